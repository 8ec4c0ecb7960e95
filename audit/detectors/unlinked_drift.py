"""More and more of an agent's attempts reach for customers outside a live case of theirs: refused, or by override.

The share of such attempts among an agent's first looks of the day at each customer is watched for a slow rise
(`share_drift`), one in fifty being usual until more is known. At THRESHOLD nats it is a flag, once in five days. What
happens at once and often is for `refused_access`.
"""

from collections.abc import Iterable
from typing import Final

from audit.detectors.attempts import is_unlinked
from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import kept
from audit.detectors.share_drift import DriftState, ShareDrift
from audit.ports import OpenedEntry

AT_FIRST: Final = 0.02
THRESHOLD: Final = 8.0


class UnlinkedDrift:
    """Implements Detector. The score is nats. Memory: that of `ShareDrift`."""

    name: Final = "unlinked_drift"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._last = -1
        self._drift = ShareDrift(AT_FIRST, threshold)

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not event.actor.id:
            return ()
        unlinked = is_unlinked(event)
        if unlinked is None:
            return ()
        self._last = entry.index
        whom = (
            event.customer or f"entry {entry.index}"
        )  # a refused reference names nobody: each is one of its own
        drift = self._drift.look(event.actor.id, whom, event.at_ms, entry.index, odd=unlinked)
        if drift is None:
            return ()
        facts = {
            "unlinked": drift.odd,
            "looks": drift.looks,
            "days": drift.days,
            "usual": drift.usual_permille,
        }
        return [
            Flag(
                self.name,
                event.actor.id,
                drift.nats,
                "flag.unlinked_drift",
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
