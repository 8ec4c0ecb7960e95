"""Which sessions may be beside each other. Pure.

1. A customer is in one session at a time, and so is a customer's browser (its device key). The page of a session in
   `verifying` shows a field for a code; were another session of the same person shared meanwhile, an agent would read
   the code from that picture. So nobody enters a second session while a first one is under way.
2. A case has one session at a time. One that nobody has claimed yet makes room for the next one of its agent.
3. An agent has 20 unfinished sessions at most.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from session.deadlines import BEFORE_CLAIM
from session.model import Session, State

SESSIONS_OF_ONE_AGENT: Final = 20


class Crowd(StrEnum):
    """Why no session is opened."""

    CUSTOMER_UNDER_WAY = "customer_under_way"
    CASE_TAKEN = "case_taken"
    TOO_MANY = "too_many"


def under_way(session: Session) -> bool:
    """Somebody has claimed it, and it has not ended."""
    return session.state not in BEFORE_CLAIM and session.state is not State.ENDED


def may_enter(entering: Session, others: Iterable[Session]) -> bool:
    """Whether `entering` (with the device that claims it) may be under way beside `others`."""
    return not any(
        under_way(other) and _same_person(entering, other) for other in others if other.id != entering.id
    )


def crowd(opening: Session, unfinished: Iterable[Session]) -> Crowd | None:
    """Why `opening` may not be opened beside `unfinished`, without those it replaces; None if it may."""
    others = [other for other in unfinished if not replaces(opening, other) and other.id != opening.id]
    if any(under_way(other) and other.customer == opening.customer for other in others):
        return Crowd.CUSTOMER_UNDER_WAY
    if any(other.case == opening.case for other in others):
        return Crowd.CASE_TAKEN
    if sum(other.agent == opening.agent for other in others) >= SESSIONS_OF_ONE_AGENT:
        return Crowd.TOO_MANY
    return None


def replaces(opening: Session, other: Session) -> bool:
    """Whether `other` is an invitation that its agent gives up by making this new one."""
    return (
        other.id != opening.id
        and other.state in BEFORE_CLAIM
        and (other.case, other.agent) == (opening.case, opening.agent)
    )


def _same_person(one: Session, other: Session) -> bool:
    if one.customer == other.customer:
        return True
    return one.device is not None and other.device is not None and one.device.id == other.device.id
