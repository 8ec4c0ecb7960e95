"""A record opened without a live case: one flag for each time, from the intent on, and none for an entry seen again."""

import pytest

from audit.detectors import Action, StateInvalid, TargetKind
from audit.detectors.overridden import Overridden
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS


def overridden(index: int, outcome: Outcome = Outcome.INTENT) -> OpenedEntry:
    facts: dict[str, Fact] = {"minutes": 15, "number": "A-104"}
    actor = Actor(ActorKind.AGENT, "sta_1")
    event = Event(EventName.AGENT_CASE_OVERRIDDEN, outcome, NOW_MS, actor, customer="cus_1", facts=facts)
    return OpenedEntry(index, index.to_bytes(16, "big"), event)


def test_each_is_one_flag_at_its_agent_and_outcomes_and_refusals_are_none() -> None:
    detector = Overridden()
    (flag,) = detector.observe(overridden(7))
    assert (flag.action, flag.target_kind, flag.target) == (Action.FLAG, TargetKind.AGENT, "sta_1")
    assert (flag.reason_facts, flag.entries) == ({"minutes": 15, "number": "A-104"}, (7,))
    encode_event(
        Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, Actor(ActorKind.SYSTEM), facts=flag.facts())
    )
    for entry in (overridden(8, Outcome.DONE), overridden(9, Outcome.REFUSED), overridden(7)):
        assert list(detector.observe(entry)) == []
    assert len(list(detector.observe(overridden(10)))) == 1


def test_its_state_is_carried_over_and_a_foreign_one_refused() -> None:
    before, after = Overridden(), Overridden()
    list(before.observe(overridden(7)))
    after.restore(before.state())
    assert list(after.observe(overridden(7))) == []
    with pytest.raises(StateInvalid):
        after.restore(b"{}")
