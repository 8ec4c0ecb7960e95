"""Which sessions may be beside each other. Pure.

1. A customer is in one session at a time, and so is a customer's browser (its device key). The page of a session in
   `verifying` shows a field for a code; were another session of the same person shared meanwhile, an agent would read
   the code from that picture. So nobody enters a second session while a first one is under way.
2. A case has one session at a time. One that nobody has claimed yet makes room for the next one of its agent.
3. An agent has 20 unfinished sessions at most; a system that asks for verifications, and looks at nobody, 500.
4. A customer waits in line once: who asks again gives the former wait up. 200 wait at most.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from session.deadlines import BEFORE_CLAIM
from session.identity import StaffId
from session.model import Session, State
from session.waiting import in_line

SESSIONS_OF_ONE_AGENT: Final = 20
SESSIONS_OF_ONE_SYSTEM: Final = 500
IN_LINE: Final = 200
SYSTEM: Final = "sys_"  # how the id of a system that asks for verifications begins


class Crowd(StrEnum):
    """Why no session is opened."""

    CUSTOMER_UNDER_WAY = "customer_under_way"
    CASE_TAKEN = "case_taken"
    TOO_MANY = "too_many"
    LINE_FULL = "line_full"


def under_way(session: Session) -> bool:
    """Somebody has claimed it, and it has not ended."""
    return session.state not in BEFORE_CLAIM and session.state is not State.ENDED


def may_enter(entering: Session, others: Iterable[Session]) -> bool:
    """Whether `entering` (with the device that claims it) may be under way beside `others`."""
    return not any(
        under_way(other) and _same_person(entering, other) for other in others if other.id != entering.id
    )


def crowd(opening: Session, unfinished: Iterable[Session], *, unknown: bool = False) -> Crowd | None:
    """Why `opening` may not be opened beside `unfinished`, without those it replaces; None if it may. `unknown`: its
    agent may not learn anything of the customer, so whether they are under way is asked when they enter, not before."""
    others = [other for other in unfinished if not replaces(opening, other) and other.id != opening.id]
    if not unknown and any(under_way(other) and other.customer == opening.customer for other in others):
        return Crowd.CUSTOMER_UNDER_WAY
    if any(other.case == opening.case for other in others):
        return Crowd.CASE_TAKEN
    if opening.state is State.WAITING:
        return Crowd.LINE_FULL if len(in_line(others)) >= IN_LINE else None
    most = SESSIONS_OF_ONE_SYSTEM if opening.agent.startswith(SYSTEM) else SESSIONS_OF_ONE_AGENT
    return Crowd.TOO_MANY if _held_by(opening.agent, others) >= most else None


def may_accept(agent: StaffId, unfinished: Iterable[Session]) -> bool:
    """Whether an agent may take on one more customer of the line."""
    return _held_by(agent, unfinished) < SESSIONS_OF_ONE_AGENT


def replaces(opening: Session, other: Session) -> bool:
    """Whether `other` is an invitation that its agent gives up by making this new one, or a wait that its customer
    gives up by asking anew."""
    if other.id == opening.id or other.state is not opening.state:
        return False
    if opening.state is State.WAITING:
        return other.customer == opening.customer
    return other.state is State.INVITED and (other.case, other.agent) == (opening.case, opening.agent)


def _held_by(agent: StaffId, sessions: Iterable[Session]) -> int:
    return sum(session.agent == agent for session in sessions)


def _same_person(one: Session, other: Session) -> bool:
    if one.customer == other.customer:
        return True
    return one.device is not None and other.device is not None and one.device.id == other.device.id
