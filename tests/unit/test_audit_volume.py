"""Far too many customers in one shift, or more and more for weeks: against the agent, and against the day."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.detectors import Action, Detector, Flag, StateInvalid, TargetKind
from audit.detectors.shift_volume import ShiftVolume
from audit.detectors.shifts import LEARNED_AT_MOST, PAUSE_MS, Shifts
from audit.detectors.volume_drift import VolumeDrift
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry

MONDAY_MS = 1_767_571_200_000
DAY_MS = 24 * 3_600_000


class Desk:
    def __init__(self) -> None:
        self.index = self.day = 0
        self.dice = random.Random(1)  # noqa: S311  # how busy each is

    def shift(self, customers: dict[str, int], hour: int = 9) -> Iterator[OpenedEntry]:
        """So many customers of each agent, spread over eight hours."""
        start = MONDAY_MS + self.day * DAY_MS + hour * 3_600_000
        self.day += 1
        looks = [
            (start + round(n * 8 * 3_600_000 / count), agent)
            for agent, count in customers.items()
            for n in range(count)
        ]
        for at_ms, agent in sorted(looks):
            self.index += 1
            event = Event(
                EventName.AGENT_CASE_VIEWED,
                Outcome.DONE,
                at_ms,
                Actor(ActorKind.AGENT, agent),
                customer=f"cus_{self.index}",
            )
            yield OpenedEntry(self.index, self.index.to_bytes(16, "big"), event)

    def usual(self) -> dict[str, int]:
        return {f"sta_{n}": self.dice.randint(22, 38) for n in range(8)}


def flags(detector: Detector, entries: Iterator[OpenedEntry]) -> list[Flag]:
    return [flag for entry in entries for flag in detector.observe(entry)]


@pytest.mark.parametrize("hour", [9, 20], ids=["by day", "over midnight"])
def test_a_shift_far_above_the_usual_is_flagged_while_it_lasts(hour: int) -> None:
    desk, detector = Desk(), ShiftVolume()
    for _ in range(20):
        assert flags(detector, desk.shift(desk.usual(), hour)) == []
    (flag,) = flags(detector, desk.shift({**desk.usual(), "sta_0": 140}, hour))
    assert (flag.action, flag.target_kind, flag.target) == (Action.FLAG, TargetKind.AGENT, "sta_0")
    assert 60 < int(flag.reason_facts["customers"]) < 140
    assert 25 <= int(flag.reason_facts["usual"]) <= 35
    encode_event(
        Event(
            EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, MONDAY_MS, Actor(ActorKind.SYSTEM), facts=flag.facts()
        )
    )


def test_twenty_more_in_each_shift_add_up_to_a_flag() -> None:
    desk, detector = Desk(), VolumeDrift()
    for _ in range(20):
        assert flags(detector, desk.shift(desk.usual())) == []
    found = [flag for _ in range(20) for flag in flags(detector, desk.shift({**desk.usual(), "sta_0": 52}))]
    assert {flag.target for flag in found} == {"sta_0"}
    facts = found[0].reason_facts
    assert int(facts["customers"]) > 1.4 * int(facts["usual"])


def test_what_the_whole_floor_does_more_is_nobodys_doing() -> None:
    desk, detector = Desk(), VolumeDrift()
    for _ in range(20):
        flags(detector, desk.shift(desk.usual()))
    busy = [{agent: round(count * 1.6) for agent, count in desk.usual().items()} for _ in range(15)]
    assert [flag for each in busy for flag in flags(detector, desk.shift(each))] == []


def test_a_shift_is_work_without_a_pause_of_six_hours() -> None:
    shifts = Shifts()
    first, ended = shifts.look("sta_1", "cus_1", MONDAY_MS, 1)
    assert (len(first.customers), ended) == (1, None)
    second, ended = shifts.look("sta_1", "cus_2", MONDAY_MS + PAUSE_MS, 2)
    assert (len(second.customers), ended) == (2, None)
    third, ended = shifts.look("sta_1", "cus_2", MONDAY_MS + 2 * PAUSE_MS + 1, 3)
    assert len(third.customers) == 1
    assert ended is not None
    assert (ended.count, ended.entries) == (2, (1, 2))


def test_of_one_shift_no_more_than_twice_everybodys_mean_is_learned() -> None:
    shifts = Shifts()
    for number in range(500):
        shifts.look("sta_1", f"cus_{number}", MONDAY_MS, number)
    shift, _ = shifts.look("sta_1", "cus_1", MONDAY_MS + DAY_MS, 501)
    assert shift.usual <= LEARNED_AT_MOST * 30


@settings(max_examples=10)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=20))
def test_doubled_and_late_entries_and_a_restart_change_nothing(again: list[int]) -> None:
    desk = Desk()
    entries = [entry for _ in range(6) for entry in desk.shift({"sta_1": 30, "sta_2": 31})]
    entries += [entry for _ in range(4) for entry in desk.shift({"sta_1": 95, "sta_2": 31})]
    for kind in (ShiftVolume, VolumeDrift):
        once, other = kind(), kind()
        wanted = flags(once, iter(entries))
        assert wanted
        found: list[Flag] = []
        for position, entry in enumerate(entries):
            found += flags(other, iter([entry, *(entries[min(n, position)] for n in again[:3])]))
            if position in {n % len(entries) for n in again}:
                restarted = kind()
                restarted.restore(other.state())
                other = restarted
        assert found == wanted


@pytest.mark.parametrize("kind", [ShiftVolume, VolumeDrift])
def test_a_foreign_state_is_refused(kind: type[ShiftVolume | VolumeDrift]) -> None:
    with pytest.raises(StateInvalid):
        kind().restore(b"{}")


def test_memory_is_bounded_whatever_comes() -> None:
    shifts = Shifts()
    for number in range(12_000):
        shifts.look(f"sta_{number}", "cus_1", MONDAY_MS, number)
    shift, _ = shifts.look("sta_1", "cus_0", MONDAY_MS, 0)
    for number in range(5_000):
        shift, _ = shifts.look("sta_1", f"cus_{number}", MONDAY_MS, number)
    assert len(shift.customers) == len(shift.entries) == 1_000
    assert len(shifts.learned().agents) == 10_000
