"""Slow rises in what an agent reaches for: found within days, never by one bad day, and not made usual by patience."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.detectors import Action, Detector, Flag, StateInvalid, TargetKind
from audit.detectors.own_cases import OwnCases
from audit.detectors.share_drift import MOST_OF_A_DAY, REFRACTORY_MS, ShareDrift
from audit.detectors.unlinked_drift import THRESHOLD, UnlinkedDrift
from audit.detectors.usual_share import MOST_OF_OTHERS, UsualShare
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry

MONDAY_MS = 1_767_571_200_000
DAY_MS = 24 * 3_600_000


class Desk:
    """The entries of agents who look at 30 customers a day, with so many odd looks beside them."""

    def __init__(self, seed: int = 1) -> None:
        self.index = self.day = 0
        self.dice = random.Random(seed)  # noqa: S311  # the order of looks

    def shift(self, agents: dict[str, int], odd: str = "overridden") -> Iterator[OpenedEntry]:
        at_ms = MONDAY_MS + (self.day // 5 * 7 + self.day % 5) * DAY_MS + 9 * 3_600_000
        self.day += 1
        for agent, extra in agents.items():
            kinds = [odd] * extra + ["viewed"] * 30
            self.dice.shuffle(kinds)
            for number, kind in enumerate(kinds):
                yield self.entry(agent, kind, at_ms + number * 60_000)

    def entry(self, agent: str, kind: str, at_ms: int) -> OpenedEntry:
        self.index += 1
        name, outcome, reason = {
            "viewed": (EventName.AGENT_CASE_VIEWED, Outcome.DONE, ""),
            "overridden": (EventName.AGENT_CASE_OVERRIDDEN, Outcome.INTENT, ""),
            "refused": (EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, "no_case"),
            "opened": (EventName.AGENT_CASE_OPENED, Outcome.DONE, ""),
        }[kind]
        event = Event(
            name,
            outcome,
            at_ms,
            Actor(ActorKind.AGENT, agent),
            customer=None if kind == "refused" else f"cus_{self.index}",
            facts={"reason": reason} if reason else {},
        )
        return OpenedEntry(self.index, self.index.to_bytes(16, "big"), event)


def flags(detector: Detector, entries: Iterator[OpenedEntry]) -> list[Flag]:
    return [flag for entry in entries for flag in detector.observe(entry)]


@pytest.mark.parametrize("kind", ["overridden", "refused"])
def test_five_more_a_day_are_found_within_a_week_and_say_on_what_they_rest(kind: str) -> None:
    desk, detector = Desk(), UnlinkedDrift()
    for _ in range(20):
        assert flags(detector, desk.shift({"sta_1": 1, "sta_2": 1, "sta_3": 0})) == []
    found = [flag for _ in range(5) for flag in flags(detector, desk.shift({"sta_1": 1, "sta_2": 6}, kind))]
    (flag,) = found
    assert (flag.action, flag.target_kind, flag.target) == (Action.STEP_UP, TargetKind.AGENT, "sta_2")
    assert flag.score >= THRESHOLD
    facts = flag.reason_facts
    assert 5 <= int(facts["unlinked"]) < int(facts["looks"])
    assert len(flag.entries) == min(50, int(facts["unlinked"]))
    encode_event(
        Event(
            EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, MONDAY_MS, Actor(ActorKind.SYSTEM), facts=flag.facts()
        )
    )


def test_cases_opened_to_cover_looks_are_found_and_the_look_that_follows_does_not_dilute_them() -> None:
    desk, detector = Desk(), OwnCases()
    for _ in range(20):
        assert flags(detector, desk.shift({"sta_1": 2, "sta_2": 3}, "opened")) == []
    found = [
        flag for _ in range(5) for flag in flags(detector, desk.shift({"sta_1": 2, "sta_2": 13}, "opened"))
    ]
    assert [flag.target for flag in found] == ["sta_2"]
    assert found[0].reason_key == "flag.own_cases"


def test_one_bad_day_of_a_whole_team_is_no_flag() -> None:
    desk, detector = Desk(), UnlinkedDrift()
    for _ in range(20):
        flags(detector, desk.shift({"sta_1": 1, "sta_2": 1}))
    assert flags(detector, desk.shift({"sta_1": 9, "sta_2": 9})) == []
    assert MOST_OF_A_DAY < THRESHOLD


def test_whoever_raises_it_slowly_is_measured_by_what_it_was_before() -> None:
    desk, detector = Desk(), UnlinkedDrift()
    others = {f"sta_{n}": 1 for n in range(5)}
    for _ in range(30):
        flags(detector, desk.shift({**others, "sta_bad": 1}))
    found: list[Flag] = []
    for day in range(30):
        found += flags(detector, desk.shift({**others, "sta_bad": min(6, 1 + day // 5)}))
    assert {flag.target for flag in found} == {"sta_bad"}


def test_nobody_has_more_than_three_times_the_share_of_all_others_as_usual() -> None:
    usual = UsualShare(0.02)
    for day in range(70):
        for number in range(100):
            usual.add("sta_bad", MONDAY_MS + day * DAY_MS, odd=number < 60)
            usual.add("sta_good", MONDAY_MS + day * DAY_MS, odd=number < 2)
    assert usual.of("sta_bad", MONDAY_MS + 71 * DAY_MS) <= MOST_OF_OTHERS * 0.0201


def test_a_second_look_on_one_day_counts_only_where_it_is_the_first_odd_one() -> None:
    drift = ShareDrift(0.02, 3.0)
    looks = [("cus_1", True), ("cus_1", True), ("cus_1", False), ("cus_2", False), ("cus_2", True)]
    found = [drift.look("sta_1", customer, MONDAY_MS, n, odd=odd) for n, (customer, odd) in enumerate(looks)]
    assert [one is not None for one in found] == [False, False, False, False, True]
    assert found[-1] is not None
    assert (found[-1].looks, found[-1].odd, found[-1].entries) == (3, 2, (0, 4))


def test_after_a_flag_there_are_five_days_without_a_second_one() -> None:
    desk, detector = Desk(), UnlinkedDrift()
    times = []
    for _ in range(25):
        for entry in desk.shift({"sta_1": 12, "sta_2": 0, "sta_3": 0}):
            times += [entry.event.at_ms for _ in detector.observe(entry) if entry.event]
    assert len(times) >= 3
    assert all(after - before >= REFRACTORY_MS for before, after in pairwise(times))


@settings(max_examples=20)
@given(st.integers(0, 1_000), st.lists(st.integers(0, 10_000), max_size=30))
def test_doubled_and_late_entries_and_a_restart_change_nothing(seed: int, again: list[int]) -> None:
    desk = Desk(seed)
    entries = [entry for _ in range(4) for entry in desk.shift({"sta_1": 8, "sta_2": 1})]
    for kind in (UnlinkedDrift, OwnCases):
        once, other = kind(), kind()
        wanted = flags(once, iter(entries))
        found: list[Flag] = []
        for position, entry in enumerate(entries):
            found += flags(other, iter([entry, *(entries[min(n, position)] for n in again[:3])]))
            if position in {n % len(entries) for n in again}:
                restarted = kind()
                restarted.restore(other.state())
                other = restarted
        assert found == wanted
        assert other.observe(entries[-1]) == ()


@pytest.mark.parametrize("kind", [UnlinkedDrift, OwnCases])
def test_a_foreign_state_is_refused_and_other_entries_are_passed_over(
    kind: type[UnlinkedDrift | OwnCases],
) -> None:
    detector = kind()
    with pytest.raises(StateInvalid):
        detector.restore(b"{}")
    entry = OpenedEntry(1, b"0" * 16, None)
    login = Event(EventName.AGENT_LOGIN_STARTED, Outcome.DONE, MONDAY_MS, Actor(ActorKind.AGENT, "sta_1"))
    assert flags(detector, iter([entry, OpenedEntry(2, b"0" * 16, login)])) == []


def test_memory_is_bounded_whatever_comes() -> None:
    drift = ShareDrift(0.02, 8.0)
    for number in range(12_000):
        drift.look(f"sta_{number}", "cus_1", MONDAY_MS, number, odd=False)
    for number in range(5_000):
        drift.look("sta_1", f"cus_{number}", MONDAY_MS, number, odd=True)
    assert len(drift.state(1)) < 2_500_000
