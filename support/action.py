"""A change that could take an account away from its owner: proposed, confirmed, approved, held back, released. Pure.

1. An agent proposes one exact action: a kind of the closed list and a summary, which the customer reads word for word.
2. The customer confirms it with a passkey over its hash (V3). That proof lives in the session, is good for this action
   alone and for five minutes; it is no state of the action.
3. While it holds, *another* agent or supervisor approves, in a sign-in of their own. That uses the proof up: an action
   is approved once.
4. Then it is held back for a time that was fixed at the approval. Until its end the customer, either agent or a
   supervisor can cancel it. If one of the two agents is blocked by then or has set up anew how they sign in, or the
   customer was erased, it is cancelled too.
5. After that it is released, once, to the organisation's systems. Nothing here changes an account.
6. What is not approved within ten minutes has expired. What the customer says no to, in place of confirming it, is
   declined at once.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from support.identity import CaseId, CustomerId, StaffId
from support.independence import Independence
from support.staff import Role, Staff

PROPOSAL_LIFE_MS: Final = 10 * 60_000
LONGEST_SUMMARY: Final = 200
_LABEL: Final = "tachiai/action/v1"


class ActionKind(StrEnum):
    """A closed list; recorded, so append only."""

    CHANGE_EMAIL = "change_email"
    CHANGE_PHONE = "change_phone"
    CHANGE_PAYOUT_ADDRESS = "change_payout_address"
    RAISE_LIMIT = "raise_limit"
    RESET_AUTHENTICATOR = "reset_authenticator"


class ActionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    RELEASED = "released"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DECLINED = "declined"


class Step(StrEnum):
    """What can be asked of an action."""

    APPROVE = "approve"
    CANCEL = "cancel"
    EXPIRE = "expire"
    RELEASE = "release"
    DECLINE = "decline"


class Objection(StrEnum):
    """Why a step is not taken. Recorded, so append only."""

    NOT_OPEN = "not_open"
    TOO_EARLY = "too_early"
    OWN = "own"
    NO_AGENT = "no_agent"
    TIED = "tied"  # to the one who proposed it (`support.independence`)


@dataclass(frozen=True, slots=True)
class Action:
    """`due_at_ms`: from when it is released; None before it is approved. `expires_at_ms` is exclusive."""

    id: str
    kind: ActionKind
    summary: str = field(repr=False)
    session: str
    case: CaseId
    customer: CustomerId
    proposed_by: StaffId
    proposed_at_ms: int
    expires_at_ms: int
    state: ActionState = ActionState.PROPOSED
    approved_by: StaffId | None = None
    approved_at_ms: int | None = None
    due_at_ms: int | None = None
    ended_at_ms: int | None = None

    @property
    def hash(self) -> str:
        """What the customer's passkey signs: SHA-256 over the label and the parts, each behind its length in four
        bytes; base64url. The page makes it again from what it shows."""
        parts = (_LABEL, self.id, self.session, self.kind.value, self.summary)
        prefixed = b"".join(len(part).to_bytes(4, "big") + part for part in map(str.encode, parts))
        return urlsafe_b64encode(hashlib.sha256(prefixed).digest()).rstrip(b"=").decode("ascii")


def is_summary(text: str) -> bool:
    """One line that can be read aloud: the customer sees exactly this."""
    return 0 < len(text) <= LONGEST_SUMMARY and text.isprintable() and text == text.strip()


def may(action: Action, step: Step, now_ms: int) -> Objection | None:
    """Whether the action's own state lets `step` happen; None if it does."""
    proposed, approved = action.state is ActionState.PROPOSED, action.state is ActionState.APPROVED
    match step:
        case Step.APPROVE:
            return None if proposed and now_ms < action.expires_at_ms else Objection.NOT_OPEN
        case Step.CANCEL | Step.DECLINE:
            return None if proposed or (approved and step is Step.CANCEL) else Objection.NOT_OPEN
        case Step.EXPIRE:
            if not proposed:
                return Objection.NOT_OPEN
            return None if now_ms >= action.expires_at_ms else Objection.TOO_EARLY
        case Step.RELEASE:
            if not approved or action.due_at_ms is None:
                return Objection.NOT_OPEN
            return None if now_ms >= action.due_at_ms else Objection.TOO_EARLY


def approval(action: Action, approver: Staff, now_ms: int, apart: Independence) -> Objection | None:
    """Whether `approver` may approve; the customer's proof is judged beside this. None if they may."""
    if (objection := may(action, Step.APPROVE, now_ms)) is not None:
        return objection
    if not approver.helps_customers or approver.blocked(now_ms):
        return Objection.NO_AGENT
    if approver.id == action.proposed_by:
        return Objection.OWN
    return None if apart.holds(action.proposed_by, approver.id) else Objection.TIED


def concerns(action: Action, agent: Staff) -> bool:
    """Whether this is somebody who may look at it and cancel it once it is approved: one of its two agents, or a
    supervisor. Before, any agent may look, since any other one may be the second."""
    return agent.role is Role.SUPERVISOR or agent.id in {action.proposed_by, action.approved_by}


def still_good(proposer: Staff | None, approver: Staff | None, now_ms: int) -> bool:
    """Neither of the two agents is gone or blocked when the action would be released."""
    return all(person is not None and not person.blocked(now_ms) for person in (proposer, approver))
