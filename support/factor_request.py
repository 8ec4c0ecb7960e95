"""Changes to a customer's factors that two of the staff vouch for: the paths by which an account could be taken. Pure.

    asked --vouched by a second one--> held --the hold is over--> ripe --carried out--> done
      \\__________________\\____________________\\_________ refused by staff, cancelled by the customer, or run out

1. Two different people vouch, each in a sign-in of their own that neither got from the other: supervisors, security
   officers, administrators. Each says how they made sure who asks, out of a closed list, with a reference to where that
   is filed. One who asks from a page is the first of the two; an operator on the host only asks.
2. Nobody vouches, or carries out, while they are the agent of an open session with that customer, of either record
   for a merge.
3. What weakens (a lost factor, a removal, a merge) is held for 72 hours after the second one vouched; a setting can
   only make that longer. The first authenticator of a customer who has none is not held, nor is removing the
   app of somebody who keeps a passkey.
4. Whoever is blocked since, or is no longer of such a role, has vouched for nothing: then nothing is carried out.
5. Anybody of them can refuse, and the customer can cancel, at any time before it is done; that ends it.
6. It runs out: unless a second one vouches within 24 hours, and unless it is carried out within 7 days once ripe.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from support.identity import CustomerId, StaffId
from support.independence import Independence
from support.staff import Role, Staff

HOUR_MS: Final = 3_600_000
ASKED_FOR_MS: Final = 24 * HOUR_MS
SHORTEST_HOLD_MS: Final = 72 * HOUR_MS
LONGEST_HOLD_MS: Final = 30 * 24 * HOUR_MS
RIPE_FOR_MS: Final = 7 * 24 * HOUR_MS
CAPPED_FOR_MS: Final = 7 * 24 * HOUR_MS
VOUCHERS: Final = frozenset({Role.SUPERVISOR, Role.SECURITY, Role.ADMIN})


class Kind(StrEnum):
    FIRST = "first"  # a link for a customer who has no authenticator
    LOST = "lost"  # a link in place of a lost one
    REMOVAL = "removal"  # the authenticator is taken away, and nothing is given
    APP = "app"  # the app alone is taken away: a passkey stays, so nothing is lowered
    PASSKEYS = "passkeys"  # all passkeys are taken away: the app stays, which is worth less
    MERGE = "merge"  # another record of the same customer is absorbed (`support.merging`)

    @property
    def weakens(self) -> bool:
        """What can be proved afterwards is less, or by somebody else: it is held."""
        return self not in {Kind.FIRST, Kind.APP}

    @property
    def gives(self) -> bool:
        """A link; the others only take away."""
        return self in {Kind.FIRST, Kind.LOST}


class How(StrEnum):
    """How somebody made sure that it is the customer who asks. Recorded, so append only."""

    IN_PERSON = "in_person"  # at a branch, with a document of identity
    VIDEO = "video"  # a video identification
    DOCUMENT = "document"  # a document of identity, checked by a service
    KNOWN_NUMBER = "known_number"  # called back at a number that was known before
    LETTER = "letter"  # a code sent by letter to the address that was known before


class Phase(StrEnum):
    ASKED = "asked"
    HELD = "held"
    RIPE = "ripe"
    DONE = "done"
    CLOSED = "closed"
    EXPIRED = "expired"


class Step(StrEnum):
    """What vouching does."""

    FIRST = "first"
    SECOND = "second"


class Objection(StrEnum):
    """Why something is not done. Recorded, so append only."""

    NOT_OPEN = "not_open"
    ROLE = "role"
    TWICE = "twice"
    IN_SESSION = "in_session"
    HELD = "held"
    VOUCHER_GONE = "voucher_gone"
    TIED = "tied"  # to the first one (`support.independence`)


@dataclass(frozen=True, slots=True)
class Voucher:
    staff: StaffId
    at_ms: int
    how: How


@dataclass(frozen=True, slots=True)
class FactorRequest:
    """As stored; times are UTC milliseconds. `hold_ms` is what the settings said when asked. `asked_by` is the id
    of a staff member, or a user of the host ("host:..."). `absorbed`: of a merge, the record that ceases to stand for
    itself."""

    id: str
    kind: Kind
    customer: CustomerId
    asked_by: str
    asked_at_ms: int
    hold_ms: int
    absorbed: CustomerId | None = None
    first: Voucher | None = None
    second: Voucher | None = None
    closed_at_ms: int | None = None
    done_at_ms: int | None = None

    @property
    def customers(self) -> tuple[CustomerId, ...]:
        """All whom it concerns."""
        return (self.customer,) if self.absorbed is None else (self.customer, self.absorbed)

    @property
    def due_at_ms(self) -> int | None:
        """When it is ripe; None before two have vouched."""
        return None if self.second is None else self.second.at_ms + self.hold_ms

    @property
    def ends_at_ms(self) -> int:
        """When it runs out, if nothing happens; exclusive."""
        due = self.due_at_ms
        return self.asked_at_ms + ASKED_FOR_MS if due is None else due + RIPE_FOR_MS

    def vouched(self, step: "Step", voucher: Voucher) -> "FactorRequest":
        return replace(self, first=voucher) if step is Step.FIRST else replace(self, second=voucher)

    def phase(self, now_ms: int) -> Phase:
        if self.done_at_ms is not None:
            return Phase.DONE
        if self.closed_at_ms is not None:
            return Phase.CLOSED
        if now_ms >= self.ends_at_ms:
            return Phase.EXPIRED
        due = self.due_at_ms
        if due is None:
            return Phase.ASKED
        return Phase.HELD if now_ms < due else Phase.RIPE

    def open(self, now_ms: int) -> bool:
        """Whether it can still come to something, and so be refused or cancelled."""
        return self.phase(now_ms) in {Phase.ASKED, Phase.HELD, Phase.RIPE}


def hold_of(kind: Kind, chosen_ms: int) -> int:
    """`chosen_ms` is the organisation's; it can only lengthen."""
    return max(SHORTEST_HOLD_MS, min(chosen_ms, LONGEST_HOLD_MS)) if kind.weakens else 0


def vouching(
    request: FactorRequest, staff: Staff, apart: Independence, *, in_session: bool, now_ms: int
) -> Step | Objection:
    """What vouching by `staff` would be. `in_session`: they are the agent of an open session with the customer."""
    if request.phase(now_ms) is not Phase.ASKED:
        return Objection.NOT_OPEN
    if not may_vouch(staff, now_ms):
        return Objection.ROLE
    if in_session:
        return Objection.IN_SESSION
    if request.first is None:
        return Step.FIRST
    if request.first.staff == staff.id:
        return Objection.TWICE
    return Step.SECOND if apart.holds(request.first.staff, staff.id) else Objection.TIED


def carrying_out(
    request: FactorRequest, staff: Staff, vouchers: Collection[Staff], *, in_session: bool, now_ms: int
) -> Objection | None:
    """None if `staff` may carry it out now. `vouchers`: those of the two who are still there, as of now."""
    phase = request.phase(now_ms)
    if phase is Phase.HELD:
        return Objection.HELD
    if phase is not Phase.RIPE or request.first is None or request.second is None:
        return Objection.NOT_OPEN
    if not may_vouch(staff, now_ms):
        return Objection.ROLE
    if in_session:
        return Objection.IN_SESSION
    good = {one.id for one in vouchers if may_vouch(one, now_ms)}
    wanted = {request.first.staff, request.second.staff}
    return None if wanted <= good and len(wanted) == 2 else Objection.VOUCHER_GONE


def may_vouch(staff: Staff, now_ms: int) -> bool:
    return staff.role in VOUCHERS and not staff.blocked(now_ms)
