"""An operator gave an officer a new link without two officers: allowed only when fewer than two can sign in, and every
officer should see that it was done."""

from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import EventName, Outcome
from audit.ports import OpenedEntry


class OfficerRecovered:
    """Implements Detector. The score is 1: it happened, or it did not. Memory is one number."""

    name: Final = "officer_recovered"

    def __init__(self) -> None:
        self._last = -1

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name is not EventName.OPERATOR_OFFICER_RECOVERED:
            return ()
        if entry.index <= self._last or event.outcome is not Outcome.INTENT:
            return ()
        self._last = entry.index
        staff = str(event.facts.get("staff", ""))
        return (
            Flag(
                self.name,
                staff,
                1.0,
                "flag.officer_recovered",
                Action.FLAG,
                {"number": str(event.facts.get("number", staff)), "operator": event.actor.id},
                (entry.index,),
                TargetKind.AGENT,
            ),
        )

    def state(self) -> bytes:
        return msgspec.json.encode(Kept(1, self._last))

    def restore(self, state: bytes) -> None:
        self._last = kept(state, Kept).last
