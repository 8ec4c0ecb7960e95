"""Look-ups that come to nothing, and references tried one after another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors import Action, Flag, StateInvalid, TargetKind
from audit.detectors.searching import (
    LAST_OF_AN_AGENT,
    REFRACTORY_MS,
    RUN,
    USED_WITHIN_MS,
    WINDOW_MS,
    Searching,
)
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from server.reference_runs import MOST_OF_AN_AGENT, WITHIN_MS, ReferenceRuns
from tests.unit.audit_log_on_disk import NOW_MS

E = EventName


class Floor:
    """A log that grows by look-ups, an hour apart."""

    def __init__(self) -> None:
        self.detector = Searching()
        self.entries: list[OpenedEntry] = []
        self.now = NOW_MS

    def tell(
        self, name: EventName, outcome: Outcome, agent: str, case: str | None = None, **facts: Fact
    ) -> list[Flag]:
        event = Event(name, outcome, self.now, Actor(ActorKind.AGENT, agent), case=case, facts=facts)
        index = len(self.entries)
        self.entries.append(OpenedEntry(index, index.to_bytes(16, "big"), event))
        return list(self.detector.observe(self.entries[-1]))

    def look_up(
        self, agent: str = "sta_1", *, used_by: EventName | None = None, after_ms: int = 60_000, **facts: Fact
    ) -> list[Flag]:
        case = f"cas_{len(self.entries)}"
        found = self.tell(E.AGENT_CASE_OPENED, Outcome.INTENT, agent, case, **facts)
        self.now += after_ms
        if used_by is not None:
            found += self.tell(used_by, Outcome.DONE, agent, case)
        self.now += 3_600_000
        return found

    def many(self, times: int, agent: str = "sta_1", used_by: EventName | None = None) -> list[Flag]:
        return [flag for _ in range(times) for flag in self.look_up(agent, used_by=used_by)]


def test_six_look_ups_left_are_a_flag_on_the_agent_and_says_how_many_and_five_are_none() -> None:
    floor = Floor()
    assert floor.many(6) == []
    (flag,) = floor.many(1)  # the sixth is known to be left when somebody is looked up again
    assert (flag.target, flag.target_kind, flag.action) == ("sta_1", TargetKind.AGENT, Action.STEP_UP)
    assert (flag.reason_key, dict(flag.reason_facts)) == (
        "flag.searching",
        {"left": 6, "look_ups": 6, "days": 7},
    )
    assert (flag.entries, flag.score >= 9.0) == ((0, 1, 2, 3, 4, 5), True)
    system = Actor(ActorKind.SYSTEM)
    encode_event(Event(E.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, system, facts=flag.facts()))


@pytest.mark.parametrize("name", [E.AGENT_SESSION_OPENED, E.AGENT_CASE_VIEWED])
def test_what_is_used_in_time_is_no_searching_and_what_is_used_late_was_left(name: EventName) -> None:
    floor = Floor()
    assert floor.many(60, used_by=name) == []
    late = Floor()
    found = [flag for _ in range(7) for flag in late.look_up(used_by=name, after_ms=USED_WITHIN_MS + 1)]
    assert len(found) == 1


def test_what_found_nobody_or_was_one_too_many_is_left_at_once_and_a_slip_is_none() -> None:
    floor = Floor()
    for reason in ("secret", "reason", "off") * 5:
        assert floor.tell(E.AGENT_CASE_OVERRIDDEN, Outcome.REFUSED, "sta_1", reason=reason) == []
    found = [
        floor.tell(E.AGENT_CASE_OVERRIDDEN, Outcome.REFUSED, "sta_1", reason=reason)
        for reason in ("no_customer", "too_many") * 3
    ]
    assert [len(flags) for flags in found] == [0, 0, 0, 0, 0, 1]


def test_what_every_agent_leaves_is_nobodys_doing() -> None:
    floor = Floor()
    for turn in range(200):
        floor.look_up(f"sta_x{turn}", used_by=None if turn % 2 else E.AGENT_SESSION_OPENED)
        floor.look_up(f"sta_x{turn}", used_by=None if turn % 2 else E.AGENT_SESSION_OPENED)
    assert floor.many(7) == []


def test_a_run_of_five_references_is_a_flag_and_one_of_four_is_none() -> None:
    floor = Floor()
    for run in range(1, RUN):
        assert floor.tell(E.AGENT_CASE_OPENED, Outcome.INTENT, "sta_1", f"cas_{run}", run=run) == []
    (flag,) = floor.tell(E.AGENT_CASE_OPENED, Outcome.INTENT, "sta_1", "cas_x", run=RUN)
    assert (flag.reason_key, dict(flag.reason_facts)) == ("flag.searching.run", {"run": 5, "minutes": 10})
    assert (flag.score, flag.entries) == (1.0, (0, 1, 2, 3, 4))


def test_a_flag_rests_for_five_days_and_old_look_ups_are_forgotten() -> None:
    floor = Floor()
    assert len(floor.many(30)) == 1
    floor.now += REFRACTORY_MS
    assert len(floor.many(1)) == 1
    floor.now += WINDOW_MS + 1
    assert floor.many(4) == []


def test_of_an_agent_the_last_hundred_are_remembered() -> None:
    floor = Floor()
    floor.many(LAST_OF_AN_AGENT)
    size = len(floor.detector.state())
    floor.many(LAST_OF_AN_AGENT)
    assert len(floor.detector.state()) < size + 500


def test_at_most_ten_thousand_agents_are_remembered_the_one_quiet_for_longest_forgotten_first() -> None:
    floor = Floor()
    floor.many(6)
    floor.now -= 6 * 3_600_000
    for turn in range(10_000):
        case = f"cas_x{turn}"
        floor.tell(E.AGENT_CASE_OPENED, Outcome.INTENT, f"sta_x{turn}", case)
    floor.now += 6 * 3_600_000
    assert floor.many(1) == []


def test_a_foreign_state_is_refused() -> None:
    for state in (b"{}", b"\xff", b'{"version":2,"last":1,"agents":[]}'):
        with pytest.raises(StateInvalid):
            Searching().restore(state)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sta_1", "sta_2"]),
            st.sampled_from([None, E.AGENT_SESSION_OPENED]),
            st.integers(1, 6),
        ),
        max_size=40,
    ),
    st.integers(0, 80),
)
def test_kept_and_taken_up_again_it_says_the_same_and_nothing_twice(
    steps: list[tuple[str, EventName | None, int]], cut: int
) -> None:
    floor, whole = Floor(), list[Flag]()
    for agent, used_by, run in steps:
        whole += floor.look_up(agent, used_by=used_by, run=run)
    first, second = Searching(), Searching()
    before = [flag for entry in floor.entries[:cut] for flag in first.observe(entry)]
    second.restore(first.state())
    assert [flag for entry in floor.entries[:cut] for flag in second.observe(entry)] == []  # doubled and late
    assert before + [flag for entry in floor.entries[cut:] for flag in second.observe(entry)] == whole
    third = Searching()
    assert [flag for entry in floor.entries for _ in range(2) for flag in third.observe(entry)] == whole


def test_the_server_tells_how_far_references_run_on_in_whatever_order_for_ten_minutes() -> None:
    runs = ReferenceRuns()
    typed = ["A-104", "B-105", "a-106", "A-105", "A-105", "Smith", "A-0107"]
    assert [runs.typed("sta_1", one, NOW_MS) for one in typed] == [1, 1, 1, 3, 3, 1, 4]
    assert runs.typed("sta_2", "A-108", NOW_MS) == 1
    assert runs.typed("sta_1", "A-108", NOW_MS + WITHIN_MS) == 5
    assert runs.typed("sta_1", "A-109", NOW_MS + WITHIN_MS + 1) == 2
    assert [runs.typed("sta_3", f"K{n}", NOW_MS) for n in range(200)][-1] == MOST_OF_AN_AGENT
