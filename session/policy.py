"""The numbers and comparisons that the law leaves to policy. Pure."""

from collections.abc import Mapping
from typing import Final

from session.model import SURFACES, Consent, Level, Scope

LEVEL_FOR_SURFACE: Final[Mapping[Scope, Level]] = {
    Scope.TAB: Level.V1,
    Scope.WINDOW: Level.V1,
    Scope.SCREEN: Level.V2,
}
DURATIONS_MS: Final = (5 * 60_000, 10 * 60_000, 15 * 60_000, 30 * 60_000)

# Firefox does not tell what the customer picked. What is not told counts as the whole screen.
UNKNOWN_SURFACE_ALLOWED_AT_V1: Final = False

# Nobody did anything for so long, before anything was shared. Every step forward starts it anew.
IDLE_LONGEST_MS: Final = 30 * 60_000


def surfaces_at(level: Level, levels: Mapping[Scope, Level] = LEVEL_FOR_SURFACE) -> tuple[Scope, ...]:
    """What a customer verified at `level` may be offered to show, the smallest first. `levels`: what each needs by the
    organisation's choice."""
    return tuple(surface for surface, needed in levels.items() if level.at_least(needed))


def surface_fits(shown: str | None, consent: Consent) -> bool:
    """Whether what the browser says it captures is the one surface agreed to."""
    if len(consent.scopes & SURFACES) != 1:
        return False
    if shown == "unknown":
        return UNKNOWN_SURFACE_ALLOWED_AT_V1 or consent.surface is Scope.SCREEN
    return shown == consent.surface.value
