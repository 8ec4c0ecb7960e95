"""Whether two people of the staff are two. Pure.

1. Whoever gave somebody the link by which they set up how they sign in could hold that account themselves. For a week
   after it was used (a setting can make that longer, not shorter than 72 hours) the two count as one.
2. So do two who got theirs from the same hand, and this goes on through several hands.
3. What comes from the host is no such hand: whoever has the host needs no colleague.

Every act that needs a second person asks this, of the two whose words count.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from support.identity import StaffId

HOUR_MS: Final = 3_600_000
SHORTEST_MS: Final = 72 * HOUR_MS
LONGEST_MS: Final = 720 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Giving:
    """`giver` made, or approved, the link by which `receiver` set up how they sign in."""

    receiver: StaffId
    giver: StaffId


@dataclass(frozen=True, slots=True)
class Independence:
    """`recent`: what was given lately enough to count."""

    recent: Collection[Giving]

    def holds(self, first: StaffId, second: StaffId) -> bool:
        """Whether nobody could have been both."""
        return _hands(first, self.recent).isdisjoint(_hands(second, self.recent))


def apart_of(chosen_ms: int) -> int:
    """How long a giving counts; the organisation's choice can only lengthen the shortest."""
    return max(SHORTEST_MS, min(chosen_ms, LONGEST_MS))


def _hands(person: StaffId, recent: Iterable[Giving]) -> set[StaffId]:
    """Everybody who could hold this account, its owner among them."""
    found, last = {person}, 0
    while len(found) != last:
        last = len(found)
        found |= {giving.giver for giving in recent if giving.receiver in found}
    return found
