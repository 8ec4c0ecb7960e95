"""Agents who open far too many records, or try what is not theirs."""

from collections.abc import Iterable

import pytest

from audit.detectors import Action, Detector, Flag, StateInvalid, TargetKind
from audit.detectors.burst import Burst
from audit.detectors.refused_access import REFRACTORY_MS, WINDOW_MS, RefusedAccess
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

SECOND_MS = 1_000
MINUTE_MS = 60_000


class Work:
    """An agent's entries, one after the other, fed to one detector."""

    def __init__(self, detector: Detector, agent: str = "sta_one") -> None:
        self.detector, self.agent, self.index, self.at_ms = detector, agent, 0, NOW_MS

    def view(self, customer: int, after_ms: int = SECOND_MS) -> list[Flag]:
        return self._fed(EventName.AGENT_CASE_VIEWED, Outcome.DONE, f"cus_{customer}", after_ms)

    def refused(self, reason: str = "no_case", after_ms: int = MINUTE_MS) -> list[Flag]:
        return self._fed(EventName.AGENT_CASE_REFUSED, Outcome.REFUSED, None, after_ms, reason)

    def opened(self, customer: int, name: EventName = EventName.AGENT_CASE_OPENED) -> list[Flag]:
        return self._fed(name, Outcome.DONE, f"cus_{customer}", SECOND_MS)

    def approval_refused(self, reason: str) -> list[Flag]:
        return self._fed(EventName.AGENT_CASE_APPROVED, Outcome.REFUSED, "cus_1", MINUTE_MS, reason)

    def overridden(self, number: int) -> list[Flag]:
        name, case = EventName.AGENT_CASE_OVERRIDDEN, f"cas_{number}"
        return self._fed(name, Outcome.INTENT, f"cus_{number}", MINUTE_MS, case=case)

    def view_in_override(self, number: int) -> list[Flag]:
        case = f"cas_{number}"
        return self._fed(EventName.AGENT_CASE_VIEWED, Outcome.DONE, f"cus_{number}", SECOND_MS, case=case)

    def again(self) -> list[Flag]:
        return list(self.detector.observe(self.entry))

    def _fed(
        self,
        name: EventName,
        outcome: Outcome,
        customer: str | None,
        after_ms: int,
        reason: str = "",
        case: str | None = None,
    ) -> list[Flag]:
        self.at_ms += after_ms
        self.index += 1
        facts = {"reason": reason} if reason else {}
        event = Event(
            name,
            outcome,
            self.at_ms,
            Actor(ActorKind.AGENT, self.agent),
            case=case,
            customer=customer,
            facts=facts,
        )
        self.entry = OpenedEntry(self.index, self.index.to_bytes(16, "big"), event)
        return self.again()


def all_of(found: Iterable[list[Flag]]) -> list[Flag]:
    return [flag for flags in found for flag in flags]


def test_thirty_customers_in_ten_minutes_pass_and_the_next_is_a_block() -> None:
    work = Work(Burst())
    assert all_of(work.view(number) for number in range(30)) == []
    (flag,) = work.view(30)
    assert (flag.action, flag.target_kind, flag.target) == (Action.BLOCK, TargetKind.AGENT, "sta_one")
    assert flag.reason_facts == {"customers": 31, "minutes": 10, "cap": 30}
    assert flag.entries == tuple(range(1, 32))
    encode_event(
        Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, Actor(ActorKind.SYSTEM), facts=flag.facts())
    )


def test_looking_at_the_same_customers_again_is_no_burst() -> None:
    work = Work(Burst())
    assert all_of(work.view(number % 30) for number in range(500)) == []


def test_cases_that_an_agent_opened_and_overrides_are_looks_at_their_customers() -> None:
    work = Work(Burst())
    found = [work.view(number) for number in range(10)]
    found += [work.opened(number) for number in range(10, 20)]
    found += [work.opened(number, EventName.AGENT_CASE_OVERRIDDEN) for number in range(20, 30)]
    assert all_of(found) == []
    assert [flag.reason_facts["customers"] for flag in work.opened(30)] == [31]


def test_trying_to_approve_ones_own_case_or_one_out_of_reach_counts_and_a_late_approval_does_not() -> None:
    work = Work(RefusedAccess())
    for reason in ("not_open", "tied") * 10:
        assert work.approval_refused(reason) == []
    assert all_of(work.approval_refused(reason) for reason in ("own", "other_team", "own")) == []
    assert len(work.approval_refused("own")) == 1
    assert all_of(Work(RefusedAccess()).opened(number) for number in range(5)) == []


def test_customers_spread_over_the_hour_have_a_cap_of_their_own() -> None:
    work = Work(Burst())
    found = all_of(work.view(number, after_ms=40 * SECOND_MS) for number in range(61))
    assert [flag.reason_facts for flag in found] == [{"customers": 61, "minutes": 60, "cap": 60}]


def test_a_busy_but_possible_day_raises_nothing() -> None:
    work = Work(Burst())
    assert all_of(work.view(number, after_ms=65 * SECOND_MS) for number in range(480)) == []


def test_a_second_burst_is_a_second_block_and_others_are_judged_by_their_own_work() -> None:
    detector = Burst()
    one, other = Work(detector), Work(detector, "sta_two")
    found = []
    for number in range(62):
        found += one.view(number)
        other.index = one.index = one.index + 1
        if number % 3 == 0:
            found += other.view(number, after_ms=3 * SECOND_MS)
            one.index = other.index
    assert [(flag.target, flag.action) for flag in found] == [("sta_one", Action.BLOCK)] * 2


def test_four_refusals_and_nothing_of_their_own_are_a_flag_once() -> None:
    work = Work(RefusedAccess())
    assert all_of(work.refused() for _ in range(3)) == []
    (flag,) = work.refused("not_assigned")
    assert (flag.action, flag.target_kind, flag.reason_key) == (
        Action.FLAG,
        TargetKind.AGENT,
        "flag.refused_access",
    )
    assert flag.reason_facts == {"refused": 4, "tries": 4, "hours": 24}
    assert flag.score > 9.0
    assert all_of(work.refused() for _ in range(3)) == []


def test_ten_refusals_that_nothing_explains_are_a_block_also_after_a_flag() -> None:
    work = Work(RefusedAccess())
    found = all_of(work.refused() for _ in range(10))
    assert [flag.action for flag in found] == [Action.FLAG, Action.BLOCK]
    assert found[1].entries == tuple(range(1, 11))
    assert all_of(work.refused() for _ in range(9)) == [], "counting begins anew, within the refractory time"
    assert [flag.action for flag in work.refused()] == [Action.BLOCK]


def test_one_mistake_in_fifty_raises_nothing_all_week() -> None:
    work = Work(RefusedAccess())
    for number in range(1, 400):
        assert work.view(number, after_ms=20 * MINUTE_MS) == []
        assert number % 50 or work.refused() == []


def test_a_closed_or_resting_case_and_an_old_refusal_do_not_count() -> None:
    work = Work(RefusedAccess())
    for reason in ("closed", "inactive", "provisional") * 10:
        assert work.refused(reason) == []
    assert all_of(work.refused() for _ in range(3)) == []
    assert work.refused(after_ms=WINDOW_MS) == []


def test_after_the_refractory_time_a_flag_comes_again() -> None:
    work = Work(RefusedAccess())
    assert len(all_of(work.refused() for _ in range(4))) == 1
    work.at_ms += REFRACTORY_MS
    assert len(all_of(work.refused() for _ in range(4))) == 1


@pytest.mark.parametrize("kind", [Burst, RefusedAccess])
def test_entries_seen_again_change_nothing_and_the_state_is_carried_over(
    kind: type[Burst] | type[RefusedAccess],
) -> None:
    before, twice = Work(kind()), Work(kind())
    for number in range(9):
        assert twice.view(number) == before.view(number)
        twice.again()
        assert twice.refused() == before.refused()
        twice.again()
    assert twice.detector.state() == before.detector.state()
    after = kind()
    after.restore(before.detector.state())
    before.detector, twice.detector = after, twice.detector
    for number in range(9, 40):
        assert twice.view(number) == before.view(number)
    for state in (b"", b"{}", b"\xff", b'{"version":2,"last":1,"agents":[]}'):
        with pytest.raises(StateInvalid):
            after.restore(state)


def test_looks_within_what_overrides_opened_do_not_hide_the_overrides() -> None:
    work = Work(RefusedAccess())
    found: list[Flag] = []
    for number in range(12):
        found += work.overridden(number)
        found += work.view_in_override(number)
    assert [flag.action for flag in found] == [Action.FLAG, Action.BLOCK]
    assert found[-1].reason_facts == {"refused": 10, "tries": 10, "hours": 24}
