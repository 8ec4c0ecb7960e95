"""Lifting a block, and when it takes two officers. Pure.

1. It takes two where the organisation chose that, and always where the one who asks is of the blocked person's team:
   whoever works with somebody every day is no stranger to what they did.
2. One asks with a reason; another approves within 24 hours, who is not of that team either, whom nobody can take for
   the first one (`support.independence`), and who is not the blocked person. Any officer can refuse, and that ends it.
   Where the blocked person is an officer, the second may be of their team: there may be no other officers.
3. A block that comes after the question ends the question: it may be for something that nobody had looked at.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from support.identity import StaffId
from support.independence import Independence
from support.reset import OFFICERS
from support.staff import Staff

LIFE_MS: Final = 24 * 3_600_000


class Objection(StrEnum):
    """Why an approval does nothing."""

    NOT_OPEN = "not_open"
    NO_OFFICER = "no_officer"
    OWN = "own"  # one's own block
    TWICE = "twice"  # asked for by the same person
    TEAM = "team"  # of the blocked person's team
    TIED = "tied"  # to the one who asked (`support.independence`)


@dataclass(frozen=True, slots=True)
class BlockLift:
    """`expires_at_ms` is exclusive."""

    id: str
    staff: StaffId
    asked_by: StaffId
    reason: str
    asked_at_ms: int
    expires_at_ms: int
    approved_by: StaffId | None = None
    closed_at_ms: int | None = None

    def open(self, now_ms: int) -> bool:
        return self.approved_by is None and self.closed_at_ms is None and now_ms < self.expires_at_ms


def two_needed(blocked: Staff, officer: Staff, *, always: bool) -> bool:
    return always or blocked.team == officer.team


def approval(
    lift: BlockLift, blocked: Staff, asker: Staff | None, officer: Staff, now_ms: int, apart: Independence
) -> Objection | None:
    """What stands against `officer`'s approval; None if nothing does. `asker` as of now."""
    asks_still = asker is not None and asker.role in OFFICERS and not asker.blocked(now_ms)
    if not lift.open(now_ms) or not blocked.blocked(now_ms) or not asks_still:
        return Objection.NOT_OPEN
    if officer.role not in OFFICERS or officer.blocked(now_ms):
        return Objection.NO_OFFICER
    if officer.id == blocked.id:
        return Objection.OWN
    if officer.id == lift.asked_by:
        return Objection.TWICE
    if officer.team == blocked.team and blocked.role not in OFFICERS:
        return Objection.TEAM
    return None if apart.holds(lift.asked_by, officer.id) else Objection.TIED
