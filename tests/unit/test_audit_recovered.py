"""An officer recovered without two approvals: one flag for each time, and none for an entry seen again."""

import pytest

from audit.detectors import Action, StateInvalid, TargetKind
from audit.detectors.officer_recovered import OfficerRecovered
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS


def recovered(index: int, outcome: Outcome = Outcome.INTENT) -> OpenedEntry:
    facts: dict[str, Fact] = {"staff": "sta_1", "number": "S-012", "officers_able": 1}
    actor = Actor(ActorKind.OPERATOR, "host:root")
    event = Event(EventName.OPERATOR_OFFICER_RECOVERED, outcome, NOW_MS, actor, facts=facts)
    return OpenedEntry(index, index.to_bytes(16, "big"), event)


def test_it_says_who_was_recovered_and_by_whom() -> None:
    (flag,) = OfficerRecovered().observe(recovered(7))
    assert (flag.action, flag.target_kind, flag.target) == (Action.FLAG, TargetKind.AGENT, "sta_1")
    assert flag.reason_facts == {"number": "S-012", "operator": "host:root"}
    assert flag.entries == (7,)
    encode_event(
        Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, Actor(ActorKind.SYSTEM), facts=flag.facts())
    )


def test_an_outcome_and_an_entry_seen_again_raise_nothing() -> None:
    detector = OfficerRecovered()
    assert len(list(detector.observe(recovered(7)))) == 1
    assert list(detector.observe(recovered(8, Outcome.DONE))) == []
    assert list(detector.observe(recovered(7))) == []
    assert len(list(detector.observe(recovered(9)))) == 1


def test_its_state_is_carried_over_and_a_foreign_one_refused() -> None:
    before, after = OfficerRecovered(), OfficerRecovered()
    list(before.observe(recovered(7)))
    after.restore(before.state())
    assert list(after.observe(recovered(7))) == []
    for state in (b"", b"{}", b'{"version":2,"last":1}', b"\xff"):
        with pytest.raises(StateInvalid):
            after.restore(state)
