"""Agreements that nobody can have read, or that nobody meant: counted for each agent, against all the others."""

from hypothesis import given
from hypothesis import strategies as st

from audit.detectors import Flag, TargetKind
from audit.detectors.hasty_consent import READ_MS, REFRACTORY_MS, REGRET_MS, WINDOW_MS, HastyConsent
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

E = EventName


class Floor:
    """A log that grows by whole sessions, each of an agent and a customer."""

    def __init__(self) -> None:
        self.entries: list[OpenedEntry] = []
        self.now = NOW_MS

    def tell(self, name: EventName, outcome: Outcome, session: str, actor: Actor, **facts: Fact) -> None:
        event = Event(name, outcome, self.now, actor, session=session, customer="cus_1", facts=facts)
        index = len(self.entries)
        self.entries.append(OpenedEntry(index, index.to_bytes(16, "big"), event))

    def session(
        self, agent: str, *, reads_ms: int = 9_000, shares_ms: int = 300_000, longer: bool = False
    ) -> None:
        name, customer = f"ses_{len(self.entries)}", Actor(ActorKind.CUSTOMER, "cus_1")
        self.tell(E.AGENT_SESSION_OPENED, Outcome.DONE, name, Actor(ActorKind.AGENT, agent))
        self.tell(E.CUSTOMER_CODE_VERIFIED, Outcome.DONE, name, customer)
        self.now += reads_ms
        self.tell(E.CUSTOMER_CONSENT_GRANTED, Outcome.INTENT, name, customer)
        self.now += shares_ms
        if longer:
            self.tell(E.CUSTOMER_CONSENT_GRANTED, Outcome.INTENT, name, customer, extends_sha256="0")
        self.tell(E.CUSTOMER_SESSION_ENDED, Outcome.DONE, name, customer, cause="customer_stopped")
        self.now += 1_000


def flags(detector: HastyConsent, entries: list[OpenedEntry]) -> list[Flag]:
    return [flag for entry in entries for flag in detector.observe(entry)]


def test_one_agents_customers_who_cannot_have_read_are_a_flag_and_say_how_many() -> None:
    floor = Floor()
    for _ in range(40):
        floor.session("sta_2")
    for _ in range(8):
        floor.session("sta_1", reads_ms=READ_MS - 1)
    found = flags(HastyConsent(), floor.entries)
    assert [(flag.target, flag.target_kind, flag.reason_key) for flag in found] == [
        ("sta_1", TargetKind.AGENT, "flag.hasty_consent")
    ]
    (flag,) = found
    assert flag.score >= 9.0
    assert flag.reason_facts["odd"] == flag.reason_facts["agreements"] == len(flag.entries)
    granted = {
        entry.index
        for entry in floor.entries
        if entry.event and entry.event.name is E.CUSTOMER_CONSENT_GRANTED
    }
    assert set(flag.entries) <= granted


def test_who_stops_within_seconds_did_not_mean_it() -> None:
    floor = Floor()
    for _ in range(8):
        floor.session("sta_1", shares_ms=REGRET_MS - 1)
    assert len(flags(HastyConsent(), floor.entries)) == 1
    slow = Floor()
    for _ in range(30):
        slow.session("sta_1", reads_ms=READ_MS, shares_ms=REGRET_MS)
    assert flags(HastyConsent(), slow.entries) == []


def test_what_everybody_does_is_no_agents_doing() -> None:
    floor = Floor()
    for turn in range(200):
        floor.session(f"sta_{turn % 10}", reads_ms=1_000 if turn % 3 == 0 else 9_000)
    detector = HastyConsent()
    flags(detector, floor.entries)
    assert flags(detector, _more(floor, "sta_7", 3)) == []


def _more(floor: Floor, agent: str, times: int) -> list[OpenedEntry]:
    before = len(floor.entries)
    for _ in range(times):
        floor.session(agent, reads_ms=1_000)
    return floor.entries[before:]


def test_more_time_and_a_page_loaded_anew_do_not_count() -> None:
    floor = Floor()
    for _ in range(30):
        floor.session("sta_1", shares_ms=60_000, longer=True)
    name, customer = "ses_x", Actor(ActorKind.CUSTOMER, "cus_1")
    floor.tell(E.AGENT_SESSION_OPENED, Outcome.DONE, name, Actor(ActorKind.AGENT, "sta_1"))
    for _ in range(30):
        floor.tell(E.CUSTOMER_CONSENT_GRANTED, Outcome.INTENT, name, customer)
    assert flags(HastyConsent(), floor.entries) == []


def test_after_a_hand_over_it_is_the_next_agents() -> None:
    floor = Floor()
    for turn in range(8):
        name, customer = f"ses_h{turn}", Actor(ActorKind.CUSTOMER, "cus_1")
        floor.tell(E.AGENT_SESSION_OPENED, Outcome.DONE, name, Actor(ActorKind.AGENT, "sta_1"))
        floor.tell(E.AGENT_HELP_ACCEPTED, Outcome.DONE, name, Actor(ActorKind.AGENT, "sta_2"))
        floor.tell(E.CUSTOMER_CODE_VERIFIED, Outcome.DONE, name, customer)
        floor.tell(E.CUSTOMER_CONSENT_GRANTED, Outcome.INTENT, name, customer)
    assert [flag.target for flag in flags(HastyConsent(), floor.entries)] == ["sta_2"]


def test_a_flag_rests_for_five_days_and_old_agreements_are_forgotten() -> None:
    floor = Floor()
    for _ in range(20):
        floor.session("sta_1", reads_ms=0)
    assert len(flags(detector := HastyConsent(), floor.entries)) == 1
    floor.now += REFRACTORY_MS
    assert len(flags(detector, _more(floor, "sta_1", 1))) == 1
    floor.now += WINDOW_MS + 1
    assert flags(detector, _more(floor, "sta_1", 2)) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["sta_1", "sta_2", "sta_3"]), st.booleans(), st.booleans()), max_size=40
    ),
    st.integers(0, 200),
)
def test_kept_and_taken_up_again_it_says_the_same_and_nothing_twice(
    sessions: list[tuple[str, bool, bool]], cut: int
) -> None:
    floor = Floor()
    for agent, hasty, regrets in sessions:
        floor.session(agent, reads_ms=0 if hasty else 9_000, shares_ms=0 if regrets else 60_000)
    whole = flags(HastyConsent(), floor.entries)
    first, second = HastyConsent(), HastyConsent()
    before = flags(first, floor.entries[:cut])
    second.restore(first.state())
    assert flags(second, floor.entries[:cut]) == []
    assert before + flags(second, floor.entries[cut:]) == whole
