"""More and more of an agent's attempts reach for customers outside a live case of theirs: refused, or by override.

The share of such attempts among an agent's first looks of the day at each customer is watched for a slow rise
(`share_drift`), one in fifty being usual until more is known. At THRESHOLD nats it is a flag, once in five days,
and they prove again who they are. What happens at once and often is for `refused_access`.
"""

from typing import Final

from audit.detectors.attempts import is_unlinked
from audit.detectors.drift_detector import DriftDetector
from audit.detectors.flag import Action
from audit.event import Event

AT_FIRST: Final = 0.02
THRESHOLD: Final = 8.0


class UnlinkedDrift(DriftDetector):
    name = "unlinked_drift"
    reason_key = "flag.unlinked_drift"
    action = Action.STEP_UP
    odd_fact = "unlinked"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        super().__init__(AT_FIRST, threshold)

    def look(self, event: Event) -> tuple[str, bool] | None:
        unlinked = is_unlinked(event)
        return None if unlinked is None else (event.customer or "", unlinked)
