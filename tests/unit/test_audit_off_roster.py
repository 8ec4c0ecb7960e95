"""A look outside of every shift that the roster has: a flag, and with a second sign a block; no roster, no opinion."""

import pytest

from audit.detectors import Action, StateInvalid, TargetKind
from audit.detectors.off_roster import COVERED_MS, MARGIN_MS, REFRACTORY_MS, TOGETHER_MS, OffRoster
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

HOUR_MS = 3_600_000
MONDAY, TUESDAY = (NOW_MS, NOW_MS + 8 * HOUR_MS), (NOW_MS + 24 * HOUR_MS, NOW_MS + 32 * HOUR_MS)


class Feed:
    """Numbers the entries."""

    def __init__(self, *shifts: tuple[int, int], agent: str = "sta_1") -> None:
        self.detector, self.index, self.agent = OffRoster(), 0, agent
        for begins, ends in shifts:
            facts: dict[str, Fact] = {"staff": agent, "from_ms": begins, "to_ms": ends}
            self.entry(EventName.OPERATOR_SHIFT_PLANNED, NOW_MS - HOUR_MS, facts, ActorKind.OPERATOR)

    def entry(
        self,
        name: EventName,
        at_ms: int,
        facts: dict[str, Fact] | None = None,
        kind: ActorKind = ActorKind.AGENT,
        outcome: Outcome = Outcome.DONE,
    ) -> list[tuple[Action, dict[str, Fact]]]:
        self.index += 1
        actor = Actor(kind, self.agent if kind is ActorKind.AGENT else "")
        event = Event(name, outcome, at_ms, actor, customer="cus_1", facts=facts or {})
        flags = self.detector.observe(OpenedEntry(self.index, self.index.to_bytes(16, "big"), event))
        found = []
        for flag in flags:
            assert (flag.target, flag.target_kind) == (self.agent, TargetKind.AGENT)
            system = Actor(ActorKind.SYSTEM)
            encode_event(
                Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, system, facts=flag.facts())
            )
            found.append((flag.action, dict(flag.reason_facts)))
        return found

    def look(self, at_ms: int, name: EventName = EventName.AGENT_CASE_VIEWED) -> list[Action]:
        return [action for action, _ in self.entry(name, at_ms)]

    def flagged(self, at_ms: int, detector: str = "refused_access") -> list[Action]:
        facts: dict[str, Fact] = {"detector": detector, "target": self.agent}
        found = self.entry(EventName.SYSTEM_FLAG_RAISED, at_ms, facts, ActorKind.SYSTEM)
        return [action for action, _ in found]


def test_only_what_is_beyond_the_margin_is_a_flag_and_it_says_by_how_much() -> None:
    feed = Feed(MONDAY, TUESDAY)
    for at_ms in (MONDAY[0] - MARGIN_MS, MONDAY[0], MONDAY[1] - 1, MONDAY[1] + MARGIN_MS, TUESDAY[0]):
        assert feed.look(at_ms) == [], at_ms
    assert feed.entry(EventName.AGENT_CASE_VIEWED, MONDAY[1] + MARGIN_MS + 60_000) == [
        (Action.STEP_UP, {"minutes": 31, "entry": feed.index})
    ]


def test_without_a_roster_or_with_one_that_was_not_kept_up_there_is_no_opinion() -> None:
    assert Feed().look(NOW_MS) == []
    assert Feed(MONDAY, agent="sta_2").look(NOW_MS + 12 * HOUR_MS) == [Action.STEP_UP]
    for at_ms in (MONDAY[0] - COVERED_MS - 1, TUESDAY[1] + COVERED_MS):
        assert Feed(MONDAY, TUESDAY).look(at_ms) == []
    assert Feed(MONDAY, TUESDAY).look(TUESDAY[1] + COVERED_MS - 1) == [Action.STEP_UP]


def test_one_flag_in_five_days_whatever_the_agent_does_outside() -> None:
    late = (MONDAY[1] + 2 * HOUR_MS, MONDAY[1] + 3 * HOUR_MS)
    feed = Feed(MONDAY, TUESDAY, (NOW_MS + 6 * 24 * HOUR_MS, NOW_MS + 6 * 24 * HOUR_MS + HOUR_MS))
    assert feed.look(late[0], EventName.AGENT_FIELD_UNMASKED) == [Action.STEP_UP]
    assert feed.look(late[1], EventName.AGENT_SESSION_OPENED) == []
    assert feed.look(late[0] + REFRACTORY_MS) == [Action.STEP_UP]
    assert feed.look(late[1] + REFRACTORY_MS, EventName.AGENT_LOGIN_STARTED) == []


@pytest.mark.parametrize("second", ["refused_access", "unlinked_drift"])
def test_two_signs_are_a_block_in_whichever_order_they_come(second: str) -> None:
    late = MONDAY[1] + 2 * HOUR_MS
    look_last, flag_last = Feed(MONDAY, TUESDAY), Feed(MONDAY, TUESDAY)
    assert look_last.flagged(late - HOUR_MS, second) == []
    assert look_last.look(late) == [Action.BLOCK]
    assert look_last.look(late + 1) == [], "once for each time that the other spoke"
    assert flag_last.look(late) == [Action.STEP_UP]
    assert flag_last.flagged(late + HOUR_MS, second) == [Action.BLOCK]


def test_what_is_no_second_sign_blocks_nobody() -> None:
    late = MONDAY[1] + 2 * HOUR_MS
    for feed in (Feed(MONDAY, TUESDAY), Feed(MONDAY, TUESDAY)):
        assert feed.flagged(late, "searching") == []
        assert feed.flagged(late - TOGETHER_MS - 1) == []
        assert feed.look(late) == [Action.STEP_UP]
    feed = Feed(MONDAY, TUESDAY)
    assert feed.look(MONDAY[0]) == []
    assert feed.flagged(MONDAY[0] + 1) == [], "within a shift, the other detector speaks for itself"


def test_its_state_is_carried_over_and_a_foreign_one_refused() -> None:
    before, after = Feed(MONDAY, TUESDAY), Feed()
    before.flagged(MONDAY[1] + HOUR_MS)
    after.detector.restore(before.detector.state())
    after.index = before.index
    assert after.look(MONDAY[1] + 2 * HOUR_MS) == [Action.BLOCK]
    with pytest.raises(StateInvalid):
        after.detector.restore(b"{}")


def test_who_works_on_without_a_pause_stays_late_and_who_comes_back_is_outside() -> None:
    minute = 60_000
    on = Feed(MONDAY, TUESDAY)
    for after in range(-60, 121, 30):
        assert on.look(MONDAY[1] + after * minute) == [], after
    assert on.look(MONDAY[1] + 121 * minute) == [Action.STEP_UP], "two hours are the most"
    back = Feed(MONDAY, TUESDAY)
    assert back.look(MONDAY[1] - minute) == []
    assert back.look(MONDAY[1] + 61 * minute) == [Action.STEP_UP], "an hour's pause is no staying"
    early = Feed(MONDAY, TUESDAY)
    assert early.look(TUESDAY[0] - 31 * minute) == [Action.STEP_UP]
