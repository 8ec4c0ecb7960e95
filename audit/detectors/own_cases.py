"""More and more of the customers an agent looks at are reached through cases the agent opened: cover for browsing.

Opening a case for a caller is right and common, so what is watched is its share among the agent's first looks of the
day at each customer, for a slow rise (`share_drift`), one in ten being usual until more is known. At THRESHOLD nats it
is a flag, once in five days.
"""

from collections.abc import Iterable
from typing import Final

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import kept
from audit.detectors.share_drift import DriftState, ShareDrift
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

AT_FIRST: Final = 0.1
THRESHOLD: Final = 8.0


class OwnCases:
    """Implements Detector. The score is nats. Memory: that of `ShareDrift`."""

    name: Final = "own_cases"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._last = -1
        self._drift = ShareDrift(AT_FIRST, threshold)

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not event.actor.id or not event.customer:
            return ()
        own = _own(event)
        if own is None:
            return ()
        self._last = entry.index
        drift = self._drift.look(event.actor.id, event.customer, event.at_ms, entry.index, odd=own)
        if drift is None:
            return ()
        facts = {"own": drift.odd, "looks": drift.looks, "days": drift.days, "usual": drift.usual_permille}
        return [
            Flag(
                self.name,
                event.actor.id,
                drift.nats,
                "flag.own_cases",
                Action.FLAG,
                facts,
                drift.entries,
                TargetKind.AGENT,
            )
        ]

    def state(self) -> bytes:
        return self._drift.state(self._last)

    def restore(self, state: bytes) -> None:
        found = kept(state, DriftState)
        self._last = found.last
        self._drift.restore(found)


def _own(event: Event) -> bool | None:
    """Whether this look began with opening a case; None for what is no look."""
    if event.outcome is not Outcome.DONE:
        return None
    if event.name is EventName.AGENT_CASE_OPENED:
        return True
    return False if event.name is EventName.AGENT_CASE_VIEWED else None
