"""A used code entered again: flagged once, held when it happens in two sessions, never counted twice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors import Action, Flag, StateInvalid, TargetKind
from audit.detectors.registry import Detectors
from audit.detectors.replayed_code import WINDOW_MS, ReplayedCode
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

TEN_MINUTES = WINDOW_MS


def replayed(index: int, session: str, *, customer: str = "cu-1", after_ms: int = 0) -> OpenedEntry:
    event = Event(
        EventName.CUSTOMER_CODE_REPLAYED,
        Outcome.REFUSED,
        NOW_MS + after_ms,
        Actor(ActorKind.CUSTOMER, customer),
        session=session,
        customer=customer,
    )
    return OpenedEntry(index, index.to_bytes(16, "big"), event)


def flags(detector: ReplayedCode, *entries: OpenedEntry) -> list[Flag]:
    return [flag for entry in entries for flag in detector.observe(entry)]


def test_one_replay_is_flagged_and_says_in_which_session() -> None:
    (flag,) = flags(ReplayedCode(), replayed(7, "se-1"))
    assert flag.action is Action.FLAG
    assert (flag.target_kind, flag.target) == (TargetKind.SESSION, "se-1")
    assert flag.reason_facts == {"customer": "cu-1", "session": "se-1"}
    assert flag.entries == (7,)


def test_a_second_replay_in_the_same_session_says_nothing_new() -> None:
    assert len(flags(ReplayedCode(), replayed(7, "se-1"), replayed(8, "se-1"))) == 1


def test_replays_in_two_sessions_within_ten_minutes_hold_both() -> None:
    found = flags(ReplayedCode(), replayed(7, "se-1"), replayed(9, "se-2", after_ms=TEN_MINUTES))
    assert [(flag.action, flag.target) for flag in found] == [
        (Action.FLAG, "se-1"),
        (Action.HOLD, "se-1"),
        (Action.HOLD, "se-2"),
    ]
    assert found[-1].reason_facts == {"customer": "cu-1", "sessions": 2, "minutes": 10, "cap": 1}
    assert found[-1].entries == (7, 9)


def test_a_third_session_is_held_and_the_others_are_not_held_again() -> None:
    found = flags(ReplayedCode(), replayed(1, "se-1"), replayed(2, "se-2"), replayed(3, "se-3"))
    assert [flag.target for flag in found if flag.action is Action.HOLD] == ["se-1", "se-2", "se-3"]
    assert found[-1].score == 3


def test_replays_more_than_ten_minutes_apart_are_two_flags() -> None:
    found = flags(ReplayedCode(), replayed(1, "se-1"), replayed(2, "se-2", after_ms=TEN_MINUTES + 1))
    assert [flag.action for flag in found] == [Action.FLAG, Action.FLAG]


def test_replays_of_two_customers_have_nothing_to_do_with_each_other() -> None:
    found = flags(ReplayedCode(), replayed(1, "se-1"), replayed(2, "se-2", customer="cu-2"))
    assert [flag.action for flag in found] == [Action.FLAG, Action.FLAG]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), max_size=20))
def test_doubled_and_late_entries_change_nothing(repeats: list[tuple[int, int]]) -> None:
    entries = [replayed(n, f"se-{n % 3}", after_ms=n * 1000) for n in range(10)]
    once, again = ReplayedCode(), ReplayedCode()
    wanted = flags(once, *entries)
    found: list[Flag] = []
    for position, entry in enumerate(entries):
        found += flags(again, entry)
        for which, times in repeats:
            found += flags(again, *[entries[min(which, position)]] * times)
    assert found == wanted
    assert again.state() == once.state()


def test_other_and_unreadable_entries_are_passed_over() -> None:
    detector = ReplayedCode()
    entry = replayed(1, "se-1")
    assert entry.event is not None
    other = replace(entry.event, name=EventName.CUSTOMER_CODE_REFUSED)
    assert flags(detector, replace(entry, event=other), replace(entry, event=None)) == []
    assert len(flags(detector, entry)) == 1


def test_a_restart_between_two_replays_changes_nothing() -> None:
    before, after = Detectors(), Detectors()
    list(before.observe(replayed(1, "se-1")))
    after.restore(before.state())
    assert [flag.action for flag in after.observe(replayed(2, "se-2"))] == [Action.HOLD, Action.HOLD]
    assert list(after.observe(replayed(1, "se-1"))) == []


@pytest.mark.parametrize(
    "state", [b"", b"{}", b'{"replayed_code":"e30="}', b'{"replayed_code":"?"}', b"\xff"]
)
def test_a_state_that_is_none_is_refused_or_ignored(state: bytes) -> None:
    detectors = Detectors()
    if state == b"{}":
        detectors.restore(state)
    else:
        with pytest.raises(StateInvalid):
            detectors.restore(state)
    assert len(list(detectors.observe(replayed(1, "se-1")))) == 1


def test_memory_is_bounded_whatever_comes() -> None:
    detector = ReplayedCode()
    for number in range(12_000):
        flags(detector, replayed(number, f"se-{number}", customer=f"cu-{number}"))
    for number in range(12_000, 12_500):
        flags(detector, replayed(number, f"se-{number}"))
    assert len(detector.state()) < 2_000_000


def test_a_flag_can_be_recorded_as_an_event() -> None:
    (flag,) = flags(ReplayedCode(), replayed(7, "se-1"))
    event = Event(
        EventName.SYSTEM_FLAG_RAISED,
        Outcome.DONE,
        NOW_MS,
        Actor(ActorKind.SYSTEM),
        session="se-1",
        facts=flag.facts(),
    )
    assert b'"reason.customer":"cu-1"' in encode_event(event).org
