"""What the detectors of a slow rise in a share have in common: each tells which looks count, and which are odd."""

from collections.abc import Iterable
from typing import ClassVar

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import kept
from audit.detectors.share_drift import DriftState, ShareDrift
from audit.event import Event
from audit.ports import OpenedEntry


class DriftDetector:
    """Implements Detector. The score is nats. Memory: that of `ShareDrift`."""

    name: ClassVar[str]
    reason_key: ClassVar[str]
    action: ClassVar[Action] = Action.FLAG
    odd_fact: ClassVar[str]  # the sentence's blank for how many were odd

    def __init__(self, at_first: float, threshold: float) -> None:
        self._last = -1
        self._drift = ShareDrift(at_first, threshold)

    def look(self, event: Event) -> tuple[str, bool] | None:
        """At whom, "" where the entry names nobody, and whether that is odd; None for what is no look."""
        raise NotImplementedError

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not event.actor.id:
            return ()
        look = self.look(event)
        if look is None:
            self._drift.teams.heard(event)
            return ()
        self._last = entry.index
        whom, odd = look
        named = whom or f"entry {entry.index}"  # each of those is one of its own
        drift = self._drift.look(event.actor.id, named, event.at_ms, entry.index, odd=odd)
        if drift is None:
            return ()
        return [
            Flag(
                self.name,
                event.actor.id,
                drift.nats,
                self.reason_key,
                self.action,
                {
                    self.odd_fact: drift.odd,
                    "looks": drift.looks,
                    "days": drift.days,
                    "usual": drift.usual_permille,
                },
                drift.entries,
                TargetKind.AGENT,
            )
        ]

    def state(self) -> bytes:
        return self._drift.state(self._last)

    def restore(self, state: bytes) -> None:
        found = kept(state, DriftState, version=2)
        self._last = found.last
        self._drift.restore(found)
