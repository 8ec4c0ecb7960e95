"""What officers found of flags, and how often a detector was right. Pure."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BUDGET: Final = 0.02  # false alerts an agent-week, over all detectors
SUFFICIENT: Final = 1.959963984540054  # standard normal quantile: 95 in 100


class Verdict(StrEnum):
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Precision:
    """Of one detector's flags in a time. What was not judged says nothing."""

    detector: str
    raised: int
    confirmed: int
    dismissed: int

    @property
    def judged(self) -> int:
        return self.confirmed + self.dismissed

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share confirmed among judged, at 95 in 100; (0, 1) where none was judged."""
        return wilson(self.confirmed, self.judged)


def wilson(hits: int, tries: int, quantile: float = SUFFICIENT) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927): right also for few tries and for none or all of them hits, where the
    usual one has no width. Raises ValueError unless 0 <= hits <= tries."""
    if not 0 <= hits <= tries:
        raise ValueError("hits lie between none and all tries")
    if tries == 0:
        return (0.0, 1.0)
    share, square = hits / tries, quantile * quantile
    middle = (share + square / (2 * tries)) / (1 + square / tries)
    spread = share * (1 - share) / tries + square / (4 * tries * tries)
    half = quantile / (1 + square / tries) * math.sqrt(spread)
    return (max(0.0, middle - half), min(1.0, middle + half))
