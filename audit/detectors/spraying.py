"""Guesses are sprayed: many accounts from one source, one guess over many accounts, or many accounts from few sources.

The server counts (`verification.spraying`), since an entry names neither what was typed nor from where; here what it
noticed becomes a flag. It flags only: a shared address with a bad morning looks the same, and a person must look.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import EventName
from audit.ports import OpenedEntry

_REASONS: Final = {
    "source": "flag.spraying.source",
    "guess": "flag.spraying.guess",
    "all": "flag.spraying.all",
}


class Spraying:
    """Implements Detector. The score is the number of accounts. Memory is one number."""

    name: Final = "spraying"

    def __init__(self) -> None:
        self._last = -1

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name is not EventName.SYSTEM_SPRAYING_NOTICED:
            return ()
        reason = _REASONS.get(str(event.facts.get("pattern", "")))
        accounts = event.facts.get("accounts", 0)
        if entry.index <= self._last or reason is None or not isinstance(accounts, int):
            return ()
        self._last = entry.index
        told = {name: event.facts.get(name, 0) for name in ("accounts", "sources", "minutes")}
        source = str(event.facts.get("source", ""))
        return (
            Flag(
                self.name,
                source,
                float(accounts),
                reason,
                Action.FLAG,
                told,
                (entry.index,),
                TargetKind.SOURCE,
            ),
        )

    def state(self) -> bytes:
        return msgspec.json.encode(Kept(1, self._last))

    def restore(self, state: bytes) -> None:
        self._last = kept(state, Kept).last
