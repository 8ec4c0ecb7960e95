"""An agent opened a record without a live case, where the organisation allows that: every officer should see each one,
and read the reason."""

from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import EventName, Outcome
from audit.ports import OpenedEntry


class Overridden:
    """Implements Detector. The score is 1: it happened, or it did not. Memory is one number."""

    name: Final = "overridden"

    def __init__(self) -> None:
        self._last = -1

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        """From the intent on: what a crash leaves open is told too."""
        event = entry.event
        if event is None or event.name is not EventName.AGENT_CASE_OVERRIDDEN:
            return ()
        if entry.index <= self._last or event.outcome is not Outcome.INTENT:
            return ()
        self._last = entry.index
        return (
            Flag(
                self.name,
                event.actor.id,
                1.0,
                "flag.overridden",
                Action.FLAG,
                {name: event.facts[name] for name in ("minutes", "number") if name in event.facts},
                (entry.index,),
                TargetKind.AGENT,
            ),
        )

    def state(self) -> bytes:
        return msgspec.json.encode(Kept(1, self._last))

    def restore(self, state: bytes) -> None:
        self._last = kept(state, Kept).last
