"""Erasing a customer, which two officers approve, after a wait, unless something must be kept. Pure.

1. It is asked for with a proof that the customer asks: assurance V2 or more, told in words.
2. Two different officers approve, each in a sign-in of their own. Whose factors were replaced since, or who is blocked,
   has approved nothing. Any officer can refuse and the operator can withdraw, and that ends it.
3. It is carried out once the wait is over and both have approved, whichever comes last.
4. Nothing is erased while anything in `Hindrance` is so: asked anew at each step, the last one in the very transaction
   that blanks the rows.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from support.identity import CustomerId, StaffId
from support.independence import Independence
from support.reset import OFFICERS, Objection, Step, second
from support.staff import Staff

OPEN_AFTER_DUE_MS: Final = 30 * 86_400_000  # for approvals that come late
SUFFICIENT: Final = frozenset({"V2", "V3"})


class HoldKind(StrEnum):
    LEGAL = "legal"
    INVESTIGATION = "investigation"


class Hindrance(StrEnum):
    """Why somebody is not erased now, in the order in which it is told."""

    SESSION = "session"  # one is live
    CASE = "case"  # one is open
    FLAG = "flag"  # one is not old enough yet
    HOLD = "hold"
    INVESTIGATION = "investigation"
    RETENTION = "retention"
    COPY = "copy"  # a readable copy of the database from before a migration lies in the data folder


@dataclass(frozen=True, slots=True)
class Hold:
    id: str
    subject: CustomerId
    kind: HoldKind
    reason: str
    placed_by: str
    placed_at_ms: int
    lifted_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Bonds:
    """What ties a customer to us at a moment. `last_contact_ms`: taken in, a case's activity or a session's opening,
    whichever was last. `latest_flag_ms`: of any of their sessions."""

    last_contact_ms: int
    live_session: bool = False
    open_case: bool = False
    latest_flag_ms: int | None = None
    holds: frozenset[HoldKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Erasure:
    """`due_at_ms`: not before then. `intent_index`: of the entry that it was begun with; None before."""

    id: str
    subject: CustomerId
    requested_by: str
    level: str
    requested_at_ms: int
    due_at_ms: int
    expires_at_ms: int
    first_officer: StaffId | None = None
    first_at_ms: int | None = None
    second_officer: StaffId | None = None
    second_at_ms: int | None = None
    closed_at_ms: int | None = None
    hindered_by: str | None = None
    intent_index: int | None = None
    done_index: int | None = None
    done_at_ms: int | None = None
    keys_destroyed: int | None = None
    rows_blanked: int | None = None

    def open(self, now_ms: int) -> bool:
        """Whether it can still be approved, refused or withdrawn. An approved one does not run out."""
        over = self.closed_at_ms is not None or self.intent_index is not None
        return not over and (self.approved or now_ms < self.expires_at_ms)

    @property
    def approved(self) -> bool:
        return self.first_officer is not None and self.second_officer is not None


def approval(
    erasure: Erasure, officer: Staff, first: Staff | None, now_ms: int, apart: Independence
) -> Step | Objection:
    """What `officer`'s approval would be. `first` is the one who approved before, as of now; None if nobody did."""
    if not erasure.open(now_ms) or erasure.approved:
        return Objection.NOT_OPEN
    if officer.role not in OFFICERS or officer.blocked(now_ms):
        return Objection.NO_OFFICER
    if first is None or first.blocked(now_ms) or first.role not in OFFICERS:
        return Step.FIRST
    return second(first.id, officer.id, apart)


def hindrance(bonds: Bonds, *, kept_until_ms: int, flags_open_ms: int, now_ms: int) -> Hindrance | None:
    """The first of all that is in the way; None if nothing is."""
    flag = bonds.latest_flag_ms
    found = {
        Hindrance.SESSION: bonds.live_session,
        Hindrance.CASE: bonds.open_case,
        Hindrance.FLAG: flag is not None and now_ms < flag + flags_open_ms,
        Hindrance.HOLD: HoldKind.LEGAL in bonds.holds,
        Hindrance.INVESTIGATION: HoldKind.INVESTIGATION in bonds.holds,
        Hindrance.RETENTION: now_ms < kept_until_ms,
    }
    return next((one for one, is_so in found.items() if is_so), None)
