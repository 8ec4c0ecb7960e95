"""A passkey that did not count on: one flag, about the session or the person concerned, and none for other refusals."""

import pytest

from audit.detectors import Action, StateInvalid, TargetKind
from audit.detectors.copied_passkey import CopiedPasskey
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS


def refused(
    index: int,
    name: EventName = EventName.CUSTOMER_PASSKEY_REFUSED,
    reason: str = "counter",
    session: str | None = None,
) -> OpenedEntry:
    facts: dict[str, Fact] = {"passkey": "pas_1", "purpose": "verify", "reason": reason}
    actor = Actor(ActorKind(name.value.split(":")[0]), "who_1")
    event = Event(name, Outcome.REFUSED, NOW_MS, actor, session=session, facts=facts)
    return OpenedEntry(index, index.to_bytes(16, "big"), event)


@pytest.mark.parametrize(
    ("name", "session", "kind", "target"),
    [
        (EventName.CUSTOMER_PASSKEY_REFUSED, "ses_1", TargetKind.SESSION, "ses_1"),
        (EventName.CUSTOMER_PASSKEY_REFUSED, None, TargetKind.CUSTOMER_REQUEST, "who_1"),
        (EventName.AGENT_PASSKEY_REFUSED, None, TargetKind.AGENT, "who_1"),
        (EventName.OFFICER_PASSKEY_REFUSED, None, TargetKind.AGENT, "who_1"),
    ],
)
def test_it_says_whose_passkey_and_where(
    name: EventName, session: str | None, kind: TargetKind, target: str
) -> None:
    (flag,) = CopiedPasskey().observe(refused(7, name, session=session))
    assert (flag.action, flag.target_kind, flag.target) == (Action.FLAG, kind, target)
    assert (flag.reason_facts, flag.entries) == ({"owner": "who_1", "passkey": "pas_1"}, (7,))
    encode_event(
        Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, Actor(ActorKind.SYSTEM), facts=flag.facts())
    )


def test_other_refusals_and_an_entry_seen_again_raise_nothing() -> None:
    detector = CopiedPasskey()
    assert list(detector.observe(refused(6, reason="signature"))) == []
    assert len(list(detector.observe(refused(7)))) == 1
    assert list(detector.observe(refused(7))) == []


def test_its_state_is_carried_over_and_a_foreign_one_refused() -> None:
    before, after = CopiedPasskey(), CopiedPasskey()
    list(before.observe(refused(7)))
    after.restore(before.state())
    assert list(after.observe(refused(7))) == []
    for state in (b"", b"{}", b'{"version":2,"last":1}', b"\xff"):
        with pytest.raises(StateInvalid):
            after.restore(state)
