"""A new start for somebody's factors, which two officers approve: staff and customers who lost theirs. Pure.

1. An operator asks on the host, an officer or the person's supervisor on a page; nobody gets anything by asking.
2. Two different officers approve within 24 hours, neither of them the person concerned, each in a sign-in of their own
   that neither got from the other (`support.independence`).
3. An officer who was blocked since, or whose factors were replaced, has approved nothing: the approval no longer
   counts, also when the block is over.
4. Any one officer can refuse, and that ends it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from support.identity import StaffId
from support.independence import Independence
from support.staff import Role, Staff

LIFE_MS: Final = 24 * 3_600_000
OFFICERS: Final = frozenset({Role.SECURITY, Role.ADMIN})
APPROVERS_NEEDED: Final = 2


@dataclass(frozen=True, slots=True)
class Reset:
    """`subject` is a staff member's or a customer's id. `requested_by` is the host's user ("host:...") or a member of
    staff. `expires_at_ms` is exclusive."""

    id: str
    subject: str
    requested_by: str
    requested_at_ms: int
    expires_at_ms: int
    first_officer: StaffId | None = None
    first_at_ms: int | None = None
    second_officer: StaffId | None = None
    second_at_ms: int | None = None
    closed_at_ms: int | None = None

    def open(self, now_ms: int) -> bool:
        return self.second_officer is None and self.closed_at_ms is None and now_ms < self.expires_at_ms


class Step(StrEnum):
    """What an officer's approval does."""

    FIRST = "first"
    SECOND = "second"


class Objection(StrEnum):
    """Why it does nothing."""

    NOT_OPEN = "not_open"
    NO_OFFICER = "no_officer"
    OWN = "own"
    TWICE = "twice"
    TIED = "tied"  # to the first one (`support.independence`)


def approval(
    reset: Reset, officer: Staff, first: Staff | None, now_ms: int, apart: Independence
) -> Step | Objection:
    """What `officer`'s approval would be. `first` is the one who approved before, as of now; None if nobody did."""
    if not reset.open(now_ms):
        return Objection.NOT_OPEN
    if officer.role not in OFFICERS or officer.blocked(now_ms):
        return Objection.NO_OFFICER
    if officer.id == reset.subject:
        return Objection.OWN
    if first is None or first.blocked(now_ms) or first.role not in OFFICERS:
        return Step.FIRST
    return second(first.id, officer.id, apart)


def second(first: StaffId, officer: StaffId, apart: Independence) -> Step | Objection:
    """What the approval of another one would be."""
    if first == officer:
        return Objection.TWICE
    return Step.SECOND if apart.holds(first, officer) else Objection.TIED
