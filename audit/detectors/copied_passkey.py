"""A passkey did not count on: its authenticator may have been copied, and the copy or the original was used before. The
passkey is shut already; somebody should ask its owner, and look at what it opened."""

from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import EventName
from audit.ports import OpenedEntry

_REFUSED: Final = frozenset(
    {
        EventName.CUSTOMER_PASSKEY_REFUSED,
        EventName.AGENT_PASSKEY_REFUSED,
        EventName.OFFICER_PASSKEY_REFUSED,
    }
)
_COUNTER: Final = "counter"


class CopiedPasskey:
    """Implements Detector. The score is 1: a passkey is shut once. Memory is one number."""

    name: Final = "copied_passkey"

    def __init__(self) -> None:
        self._last = -1

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name not in _REFUSED or event.facts.get("reason") != _COUNTER:
            return ()
        if entry.index <= self._last:
            return ()
        self._last = entry.index
        target, kind = event.actor.id, TargetKind.AGENT
        if event.name is EventName.CUSTOMER_PASSKEY_REFUSED:
            kind = TargetKind.SESSION if event.session else TargetKind.CUSTOMER_REQUEST
            target = event.session or event.actor.id
        facts = {"owner": event.actor.id, "passkey": str(event.facts.get("passkey", ""))}
        return (
            Flag(self.name, target, 1.0, "flag.copied_passkey", Action.FLAG, facts, (entry.index,), kind),
        )

    def state(self) -> bytes:
        return msgspec.json.encode(Kept(1, self._last))

    def restore(self, state: bytes) -> None:
        self._last = kept(state, Kept).last
