"""What an operator may ask about detectors: what one would have said."""

from typing import Annotated, ClassVar

import msgspec

from server.administration.act import Act, Answer, Word

MOST_WEEKS = 26
Weeks = Annotated[int, msgspec.Meta(ge=1, le=MOST_WEEKS)]
Threshold = Annotated[float, msgspec.Meta(gt=0, le=1_000)]


class WhatIfTold(Answer, frozen=True, kw_only=True):
    """Of the weeks that were asked for. `threshold`: in the unit of the detector's score; null where it has none to
    turn. `agent_weeks`: for each agent at work, in how many weeks. `rate` is `flags` over these; `budget` is what a
    floor can bear of false ones, over all detectors. `confirmed` and `dismissed`: flags that officers judged so;
    `confirmed_kept` and `dismissed_kept`: how many of them would have been raised."""

    detector: str
    threshold: float | None
    shipped: float | None
    weeks: int
    flags: int
    blocks: int
    agents: int
    agent_weeks: int
    rate: float
    budget: float
    confirmed: int
    confirmed_kept: int
    dismissed: int
    dismissed_kept: int


class WhatIf(Act[WhatIfTold], frozen=True, kw_only=True, tag="flags.what_if"):
    """Reads the log again, with the quarter before the weeks; recorded. Nothing is changed by it."""

    answered_within_s: ClassVar[float] = 1_800.0

    detector: Word
    threshold: Threshold | None = None
    weeks: Weeks = 4
