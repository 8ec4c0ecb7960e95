"""Approvals that nobody can have weighed, and approvers who approve one asker above all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors import Action, Flag, StateInvalid, TargetKind
from audit.detectors.quick_approval import (
    LAST_OF_AN_APPROVER,
    QUICK_MS,
    REFRACTORY_MS,
    WINDOW_MS,
    QuickApproval,
)
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

E = EventName
PAUSE_MS = 60_000


class Floor:
    """A log that grows by whole approvals."""

    def __init__(self) -> None:
        self.entries: list[OpenedEntry] = []
        self.now = NOW_MS

    def tell(self, name: EventName, by: str, case: str | None = None, **facts: Fact) -> None:
        actor = Actor(ActorKind.AGENT, by)
        event = Event(name, Outcome.INTENT, self.now, actor, case=case, customer="cus_1", facts=facts)
        index = len(self.entries)
        self.entries.append(OpenedEntry(index, index.to_bytes(16, "big"), event))

    def approved(self, asker: str, approver: str, after_ms: int = PAUSE_MS) -> None:
        case = f"cas_{len(self.entries)}"
        self.tell(E.AGENT_CASE_OPENED, asker, case)
        self.now += after_ms
        self.tell(E.AGENT_CASE_APPROVED, approver, case)
        self.now += PAUSE_MS


def flags(detector: QuickApproval, entries: list[OpenedEntry]) -> list[Flag]:
    return [flag for entry in entries for flag in detector.observe(entry)]


def quick(times: int, after_ms: int = QUICK_MS - 1) -> list[Flag]:
    floor = Floor()
    for turn in range(times):
        floor.approved(f"sta_{turn}", "sta_sup", after_ms)
    return flags(QuickApproval(), floor.entries)


def test_four_of_four_in_under_ten_seconds_are_a_flag_on_the_approver_and_three_or_slower_ones_are_none() -> (
    None
):
    (flag,) = quick(4)
    assert (flag.target, flag.target_kind, flag.action) == ("sta_sup", TargetKind.AGENT, Action.FLAG)
    assert flag.reason_key == "flag.quick_approval"
    assert dict(flag.reason_facts) == {"quick": 4, "approvals": 4, "days": 30}
    assert (flag.entries, flag.score >= 9.0) == ((1, 3, 5, 7), True)
    system = Actor(ActorKind.SYSTEM)
    encode_event(Event(E.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, system, facts=flag.facts()))
    assert quick(3) == []
    assert quick(40, QUICK_MS) == []


def test_actions_and_second_vouchings_count_alike_and_a_first_vouching_is_the_asking() -> None:
    floor = Floor()
    for turn in range(2):
        floor.tell(E.AGENT_ACTION_PROPOSED, f"sta_{turn}", "cas_1", action=f"act_{turn}")
        floor.tell(E.AGENT_ACTION_APPROVED, "sta_sup", "cas_1", action=f"act_{turn}")
    floor.tell(E.AGENT_FACTOR_REQUEST_MADE, "sta_3", request="frq_1")
    floor.tell(E.AGENT_FACTOR_REQUEST_VOUCHED, "sta_sup", request="frq_1", step="second")
    floor.tell(E.OPERATOR_FACTOR_REQUEST_MADE, "host", request="frq_2")
    floor.tell(E.OFFICER_FACTOR_REQUEST_VOUCHED, "sta_4", request="frq_2", step="first")
    detector = QuickApproval()
    assert flags(detector, floor.entries) == []
    before = len(floor.entries)
    floor.tell(E.AGENT_FACTOR_REQUEST_VOUCHED, "sta_sup", request="frq_2", step="second")
    (flag,) = flags(detector, floor.entries[before:])
    assert (flag.target, flag.reason_facts["quick"]) == ("sta_sup", 4)


def test_what_every_approver_does_is_nobodys_doing() -> None:
    floor, detector = Floor(), QuickApproval()
    for turn in range(200):
        floor.approved(f"sta_{turn}", f"sta_sup{turn % 10}", 1_000 if turn % 20 < 10 else PAUSE_MS)
    flags(detector, floor.entries)
    before = len(floor.entries)
    for turn in range(4):
        floor.approved(f"sta_x{turn}", "sta_new", 1_000)
    assert flags(detector, floor.entries[before:]) == []


def test_one_asker_above_all_is_a_flag_where_others_spread_their_approvals() -> None:
    floor = Floor()
    for turn in range(80):
        floor.approved(f"sta_{turn % 8}", f"sta_sup{turn // 40}")
    detector = QuickApproval()
    assert flags(detector, floor.entries) == []
    before = len(floor.entries)
    for _ in range(12):
        floor.approved("sta_7", "sta_sup9")
    (flag,) = flags(detector, floor.entries[before:])
    assert (flag.target, flag.reason_key) == ("sta_sup9", "flag.quick_approval.pair")
    assert flag.reason_facts["asker"] == "sta_7"
    assert flag.reason_facts["times"] == flag.reason_facts["approvals"] == len(flag.entries)


def test_a_flag_rests_for_five_days_and_old_approvals_are_forgotten() -> None:
    floor, detector = Floor(), QuickApproval()

    def more(times: int) -> list[Flag]:
        before = len(floor.entries)
        for _ in range(times):
            floor.approved(f"sta_{len(floor.entries)}", "sta_sup", 0)
        return flags(detector, floor.entries[before:])

    assert len(more(20)) == 1
    floor.now += REFRACTORY_MS
    assert len(more(1)) == 1
    floor.now += WINDOW_MS + 1
    assert more(3) == []


def test_what_was_approved_is_bounded_and_what_nobody_asked_for_does_not_count() -> None:
    floor, detector = Floor(), QuickApproval()
    for turn in range(2 * LAST_OF_AN_APPROVER):
        floor.approved(f"sta_{turn}", "sta_sup")
    flags(detector, floor.entries)
    size, before = len(detector.state()), len(floor.entries)
    for turn in range(LAST_OF_AN_APPROVER):
        floor.approved(f"sta_{turn}", "sta_sup")
        floor.tell(E.AGENT_CASE_APPROVED, "sta_sup", "cas_unknown")
    flags(detector, floor.entries[before:])
    assert len(detector.state()) < size + 500


def test_at_most_ten_thousand_approvers_and_twenty_thousand_questions_are_remembered() -> None:
    floor, detector = Floor(), QuickApproval()
    for turn in range(3):
        floor.approved(f"sta_{turn}", "sta_sup", 0)
    for turn in range(10_000):
        floor.approved("sta_x", f"sta_sup{turn}")
    floor.approved("sta_3", "sta_sup", 0)
    assert flags(detector, floor.entries) == []
    before = len(floor.entries)
    for turn in range(20_001):
        floor.tell(E.AGENT_CASE_OPENED, f"sta_{turn}", f"cas_w{turn}")
    for turn in range(4):
        floor.tell(E.AGENT_CASE_APPROVED, "sta_new", f"cas_w{turn}")
    since = floor.entries[before:]
    assert flags(detector, since) == []  # the first question was forgotten, and three of three are none


def test_a_foreign_state_is_refused() -> None:
    for state in (b"{}", b"\xff", b'{"version":2,"last":1,"approvers":[],"asked":[]}'):
        with pytest.raises(StateInvalid):
            QuickApproval().restore(state)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["s", "t"]), st.booleans()), max_size=40),
    st.integers(0, 80),
)
def test_kept_and_taken_up_again_it_says_the_same_and_nothing_twice(
    approvals: list[tuple[str, str, bool]], cut: int
) -> None:
    floor = Floor()
    for asker, approver, hasty in approvals:
        floor.approved(asker, approver, 0 if hasty else PAUSE_MS)
    whole = flags(QuickApproval(), floor.entries)
    first, second = QuickApproval(), QuickApproval()
    before = flags(first, floor.entries[:cut])
    second.restore(first.state())
    assert flags(second, floor.entries[:cut]) == []  # doubled and late
    assert second.state() == first.state()
    assert before + flags(second, floor.entries[cut:]) == whole
    assert flags(QuickApproval(), [entry for entry in floor.entries for _ in range(2)]) == whole
