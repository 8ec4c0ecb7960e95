"""Two records of one customer become one: what is in the way. Pure.

1. It is asked for, vouched for by two, held and carried out as any change that weakens (`support.factor_request`), with
   both records told, and either able to stop it.
2. The record that is absorbed keeps its rows and its own key; it is found under the one that is kept from then on. What
   proved who somebody is does not come along: the absorbed one's factors end, so nobody gets in by a merge.
3. The record that is kept is capped at V1 for seven days, as after a loss: whoever holds it may have been another.
4. A merge is not undone, and an absorbed record is not merged again; one that absorbed others may be.
"""

from dataclasses import dataclass
from enum import StrEnum

from support.customer import Customer


class Obstacle(StrEnum):
    """Why two records are not merged now, in the order in which it is told. Recorded, so append only."""

    SAME = "same"
    ERASED = "erased"
    MERGED = "merged"
    REGION = "region"  # kept under different rules, so that one period could not be told for both
    ERASURE = "erasure"  # one is asked for, of either
    CASE = "case"  # of the one to be absorbed, and open
    SESSION = "session"  # of either, and not ended


@dataclass(frozen=True, slots=True)
class Ties:
    """What is under way, in one view of the database."""

    open_erasure: bool
    open_case: bool
    live_session: bool


def standing(kept: Customer, absorbed: Customer) -> Obstacle | None:
    """What the records themselves say."""
    found = {
        Obstacle.SAME: kept.id == absorbed.id,
        Obstacle.ERASED: kept.erased_at_ms is not None or absorbed.erased_at_ms is not None,
        Obstacle.MERGED: kept.merged_into is not None or absorbed.merged_into is not None,
        Obstacle.REGION: kept.region != absorbed.region,
    }
    return next((one for one, is_so in found.items() if is_so), None)


def under_way(ties: Ties, *, sessions_ended: bool) -> Obstacle | None:
    """`sessions_ended`: they were to end before; one that goes on is in the way."""
    found = {
        Obstacle.ERASURE: ties.open_erasure,
        Obstacle.CASE: ties.open_case,
        Obstacle.SESSION: sessions_ended and ties.live_session,
    }
    return next((one for one, is_so in found.items() if is_so), None)
