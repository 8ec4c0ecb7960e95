"""A canary customer was reached for: once is enough, whatever the agent did, and only while the customer is one."""

import pytest

from audit.detectors import Action, StateInvalid, TargetKind
from audit.detectors.canary import Canary
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS

BAIT = "cus_bait"
OPERATOR = Actor(ActorKind.OPERATOR, "host:root")


def entry(index: int, event: Event) -> OpenedEntry:
    return OpenedEntry(index, index.to_bytes(16, "big"), event)


def reach(
    index: int,
    name: EventName = EventName.AGENT_CASE_VIEWED,
    outcome: Outcome = Outcome.DONE,
    *,
    customer: str = BAIT,
    kind: ActorKind = ActorKind.AGENT,
    at_ms: int = NOW_MS,
) -> OpenedEntry:
    return entry(index, Event(name, outcome, at_ms, Actor(kind, "sta_1"), customer=customer))


def marking(index: int, name: EventName, outcome: Outcome, intent: int | None = None) -> OpenedEntry:
    facts: dict[str, Fact] = {"canary": BAIT} if outcome is Outcome.INTENT else {}
    return entry(index, Event(name, outcome, NOW_MS, OPERATOR, intent=intent, facts=facts))


def added(index: int) -> OpenedEntry:
    return marking(index, EventName.OPERATOR_CANARY_ADDED, Outcome.INTENT)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        (EventName.AGENT_CASE_VIEWED, Outcome.DONE),
        (EventName.AGENT_CASE_REFUSED, Outcome.REFUSED),
        (EventName.AGENT_FIELD_UNMASKED, Outcome.DONE),
        (EventName.AGENT_CASE_OPENED, Outcome.DONE),
        (EventName.AGENT_CASE_OVERRIDDEN, Outcome.DONE),
        (EventName.AGENT_SESSION_OPENED, Outcome.DONE),
        (EventName.AGENT_SESSION_REFUSED, Outcome.REFUSED),
        (EventName.AGENT_CONTACT_NOTED, Outcome.DONE),
    ],
)
def test_whatever_an_agent_does_about_one_is_a_block_at_once(name: EventName, outcome: Outcome) -> None:
    detector = Canary({BAIT: NOW_MS})
    (flag,) = detector.observe(reach(7, name, outcome))
    assert (flag.action, flag.target_kind, flag.target) == (Action.BLOCK, TargetKind.AGENT, "sta_1")
    assert (flag.reason_facts, flag.entries) == ({"customer": BAIT, "entry": 7}, (7,))
    encode_event(
        Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, Actor(ActorKind.SYSTEM), facts=flag.facts())
    )
    assert list(detector.observe(reach(7, name, outcome))) == [], "seen twice is once"


def test_others_customers_other_people_and_a_supervisors_decision_are_none() -> None:
    detector = Canary({BAIT: NOW_MS})
    for harmless in (
        reach(1, customer="cus_2"),
        reach(2, EventName.AGENT_CASE_APPROVED),
        reach(3, EventName.AGENT_CASE_DECLINED),
        reach(4, EventName.OFFICER_EVIDENCE_EXPORTED, kind=ActorKind.OFFICER),
        reach(5, EventName.AGENT_CASE_OVERRIDDEN, Outcome.INTENT),
        reach(6, at_ms=NOW_MS - 1),
    ):
        assert list(detector.observe(harmless)) == []


def test_one_counts_from_its_intent_and_stops_to_count_once_that_is_done() -> None:
    detector = Canary()
    assert list(detector.observe(reach(0))) == []
    assert list(detector.observe(added(1))) == []
    assert len(list(detector.observe(reach(2)))) == 1
    list(detector.observe(marking(3, EventName.OPERATOR_CANARY_REMOVED, Outcome.INTENT)))
    assert len(list(detector.observe(reach(4)))) == 1, "removing it is under way"
    list(detector.observe(marking(5, EventName.OPERATOR_CANARY_REMOVED, Outcome.FAILED, 3)))
    assert len(list(detector.observe(reach(6)))) == 1, "and came to nothing"
    list(detector.observe(marking(7, EventName.OPERATOR_CANARY_REMOVED, Outcome.INTENT)))
    list(detector.observe(marking(8, EventName.OPERATOR_CANARY_REMOVED, Outcome.DONE, 7)))
    assert list(detector.observe(reach(9))) == []


def test_its_state_is_carried_over_and_a_foreign_one_refused() -> None:
    before, after = Canary(), Canary()
    list(before.observe(added(1)))
    list(before.observe(marking(2, EventName.OPERATOR_CANARY_REMOVED, Outcome.INTENT)))
    after.restore(before.state())
    assert len(list(after.observe(reach(3)))) == 1
    list(after.observe(marking(4, EventName.OPERATOR_CANARY_REMOVED, Outcome.DONE, 2)))
    assert list(after.observe(reach(5))) == []
    with pytest.raises(StateInvalid):
        after.restore(b"{}")
