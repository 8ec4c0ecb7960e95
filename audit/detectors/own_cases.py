"""More and more of the customers an agent looks at are reached through cases that an agent opened: cover for browsing.

Opening a case for a caller is right and common, so what is watched is its share among the agent's first looks of the
day at each customer, for a slow rise (`share_drift`), one in ten being usual until more is known. At THRESHOLD nats it
is a flag, once in five days. A look within a case that a colleague opened counts as one within an own case does: one
opens, and a friend looks.
"""

from collections import OrderedDict
from typing import Final

import msgspec

from audit.detectors.drift_detector import DriftDetector
from audit.detectors.keeping import kept
from audit.detectors.share_drift import DriftState
from audit.event import Event, EventName, Outcome

AT_FIRST: Final = 0.1
THRESHOLD: Final = 10.0
_MOST_CASES: Final = 20_000


class _State(DriftState):
    opened: list[tuple[str, str]]


class OwnCases(DriftDetector):
    """Beside what `ShareDrift` holds: who opened each of the last 20,000 cases that agents opened."""

    name = "own_cases"
    reason_key = "flag.own_cases"
    odd_fact = "own"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        super().__init__(AT_FIRST, threshold)
        self._opened: OrderedDict[str, str] = OrderedDict()

    def look(self, event: Event) -> tuple[str, bool] | None:
        """It is odd where it began with opening a case, or lies within a colleague's."""
        if event.outcome is not Outcome.DONE or not event.customer:
            return None
        if event.name is EventName.AGENT_CASE_OPENED:
            self._keep(event.case or "", event.actor.id)
            return event.customer, True
        if event.name is not EventName.AGENT_CASE_VIEWED:
            return None
        return event.customer, self._opened.get(event.case or "", event.actor.id) != event.actor.id

    def state(self) -> bytes:
        found = msgspec.structs.asdict(self._drift.learned(self._last))
        return msgspec.json.encode(_State(**found, opened=list(self._opened.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State, version=2)
        self._last, self._opened = found.last, OrderedDict(found.opened)
        self._drift.restore(found)

    def _keep(self, case: str, opener: str) -> None:
        if case:
            self._opened[case] = opener
            if len(self._opened) > _MOST_CASES:
                self._opened.popitem(last=False)
