"""Three customers who proved who they are call one agent an impostor: a block; links alone block nobody."""

import pytest

from audit.detectors import Action, Flag, StateInvalid, TargetKind
from audit.detectors.impostor_reports import PROVES_WITHIN_MS, WINDOW_MS, ImpostorReports
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

MINUTE_MS = 60_000


class Feed:
    """Numbers the entries."""

    def __init__(self) -> None:
        self.detector, self.index, self.last = ImpostorReports(), 0, OpenedEntry(0, b"", None)

    def entry(self, name: EventName, who: str, session: str, customer: str, at_ms: int) -> list[Flag]:
        self.index += 1
        kind = ActorKind.AGENT if name.value.startswith("agent") else ActorKind.CUSTOMER
        event = Event(name, Outcome.DONE, at_ms, Actor(kind, who), session=session, customer=customer)
        self.last = OpenedEntry(self.index, self.index.to_bytes(16, "big"), event)
        return list(self.detector.observe(self.last))

    def proves(self, customer: str, session: str, at_ms: int) -> list[Flag]:
        return self.entry(EventName.CUSTOMER_CODE_VERIFIED, customer, session, customer, at_ms)

    def report(
        self, customer: str, at_ms: int, *, proved: bool = True, agent: str = "sta_1", opened: bool = True
    ) -> list[Flag]:
        session = f"ses_{self.index}"
        if opened:
            self.entry(EventName.AGENT_SESSION_OPENED, agent, session, customer, at_ms)
        if proved:
            assert self.proves(customer, session, at_ms) == []
        return self.entry(EventName.CUSTOMER_IMPOSTOR_REPORTED, customer, session, customer, at_ms)


def test_the_third_customer_who_verified_is_a_block_and_counting_begins_anew() -> None:
    feed = Feed()
    assert feed.report("cus_1", NOW_MS) == feed.report("cus_2", NOW_MS) == feed.report("cus_2", NOW_MS) == []
    (flag,) = feed.report("cus_3", NOW_MS)
    assert (flag.target, flag.target_kind, flag.action) == ("sta_1", TargetKind.AGENT, Action.BLOCK)
    assert flag.reason_facts == {"customers": 3, "days": 30}
    assert len(flag.entries) == 4
    system = Actor(ActorKind.SYSTEM)
    encode_event(Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, system, facts=flag.facts()))
    assert list(feed.detector.observe(feed.last)) == []
    assert feed.report("cus_4", NOW_MS) == []


def test_whoever_only_has_links_blocks_nobody() -> None:
    feed = Feed()
    assert [feed.report(f"cus_{n}", NOW_MS, proved=False) for n in range(50)] == [[]] * 50
    assert [feed.report(f"cus_{n}", NOW_MS, opened=False) for n in range(50, 60)] == [[]] * 10


def test_a_customer_who_verifies_within_a_day_after_it_counts_and_a_later_one_does_not() -> None:
    feed = Feed()
    for number in range(3):
        feed.report(f"cus_{number}", NOW_MS, proved=False)
    assert feed.proves("cus_0", "ses_other", NOW_MS + MINUTE_MS) == []
    assert feed.proves("cus_1", "ses_other", NOW_MS + PROVES_WITHIN_MS) == []
    assert feed.proves("cus_2", "ses_other", NOW_MS + PROVES_WITHIN_MS + 1) == []
    assert len(feed.report("cus_3", NOW_MS + 2 * PROVES_WITHIN_MS)) == 1


def test_reports_about_others_and_those_of_long_ago_do_not_add_up() -> None:
    feed = Feed()
    feed.report("cus_1", NOW_MS)
    feed.report("cus_2", NOW_MS, agent="sta_2")
    assert feed.report("cus_3", NOW_MS) == []
    assert feed.report("cus_4", NOW_MS + WINDOW_MS + 1) == []


def test_a_restart_between_two_reports_changes_nothing() -> None:
    feed = Feed()
    feed.report("cus_1", NOW_MS)
    feed.report("cus_2", NOW_MS, proved=False)
    again = ImpostorReports()
    again.restore(feed.detector.state())
    feed.detector = again
    feed.proves("cus_2", "ses_x", NOW_MS + MINUTE_MS)
    assert len(feed.report("cus_3", NOW_MS + MINUTE_MS)) == 1


@pytest.mark.parametrize("state", [b"", b"{}", b"\xff", b'{"version":1,"last":0}'])
def test_what_is_no_state_is_refused(state: bytes) -> None:
    with pytest.raises(StateInvalid):
        ImpostorReports().restore(state)


def test_memory_is_bounded_whatever_comes() -> None:
    feed = Feed()
    for number in range(25_000):
        feed.report(f"cus_{number}", NOW_MS, proved=False, agent=f"sta_{number}")
    assert len(feed.detector.state()) < 3_000_000
