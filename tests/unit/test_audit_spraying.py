"""What the server noticed becomes one flag, which says how many accounts, and names nobody."""

import pytest

from audit.detectors import Action, StateInvalid, TargetKind
from audit.detectors.spraying import Spraying
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.payload import encode_event
from audit.ports import OpenedEntry
from tests.unit.audit_log_on_disk import NOW_MS


def noticed(index: int, pattern: str = "source") -> OpenedEntry:
    facts: dict[str, Fact] = {
        "pattern": pattern,
        "source": "0a1b2c3d",
        "accounts": 7,
        "sources": 1,
        "minutes": 10,
    }
    event = Event(
        EventName.SYSTEM_SPRAYING_NOTICED, Outcome.DONE, NOW_MS, Actor(ActorKind.SYSTEM), facts=facts
    )
    return OpenedEntry(index, index.to_bytes(16, "big"), event)


@pytest.mark.parametrize("pattern", ["source", "guess", "all"])
def test_each_pattern_has_its_sentence(pattern: str) -> None:
    (flag,) = Spraying().observe(noticed(4, pattern))
    assert (flag.action, flag.target_kind, flag.target) == (Action.FLAG, TargetKind.SOURCE, "0a1b2c3d")
    assert (flag.reason_key, flag.score) == (f"flag.spraying.{pattern}", 7.0)
    assert flag.reason_facts == {"accounts": 7, "sources": 1, "minutes": 10}
    encode_event(
        Event(EventName.SYSTEM_FLAG_RAISED, Outcome.DONE, NOW_MS, Actor(ActorKind.SYSTEM), facts=flag.facts())
    )


def test_an_entry_seen_again_or_of_an_unknown_pattern_raises_nothing() -> None:
    detector = Spraying()
    assert list(detector.observe(noticed(3, "unheard of"))) == []
    assert len(list(detector.observe(noticed(4)))) == 1
    assert list(detector.observe(noticed(4))) == []


def test_its_state_is_carried_over_and_a_foreign_one_refused() -> None:
    before, after = Spraying(), Spraying()
    list(before.observe(noticed(4)))
    after.restore(before.state())
    assert list(after.observe(noticed(4))) == []
    for state in (b"", b"{}", b'{"version":2,"last":1}', b"\xff"):
        with pytest.raises(StateInvalid):
            after.restore(state)
