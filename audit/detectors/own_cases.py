"""More and more of the customers an agent looks at are reached through cases the agent opened: cover for browsing.

Opening a case for a caller is right and common, so what is watched is its share among the agent's first looks of the
day at each customer, for a slow rise (`share_drift`), one in ten being usual until more is known. At THRESHOLD nats it
is a flag, once in five days.
"""

from typing import Final

from audit.detectors.drift_detector import DriftDetector
from audit.event import Event, EventName, Outcome

AT_FIRST: Final = 0.1
THRESHOLD: Final = 8.0


class OwnCases(DriftDetector):
    name = "own_cases"
    reason_key = "flag.own_cases"
    odd_fact = "own"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        super().__init__(AT_FIRST, threshold)

    def look(self, event: Event) -> tuple[str, bool] | None:
        """It is odd where it began with opening a case."""
        if event.outcome is not Outcome.DONE or not event.customer:
            return None
        if event.name is EventName.AGENT_CASE_OPENED:
            return event.customer, True
        return (event.customer, False) if event.name is EventName.AGENT_CASE_VIEWED else None
