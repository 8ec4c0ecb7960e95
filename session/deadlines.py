"""When the mere passing of time changes a session, and how. Pure.

Every state that is not `ended` has a deadline or waits for one that is certain to come, so no session lives for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from session.model import (
    AGENT_ABSENCE_MS,
    CUSTOMER_ABSENCE_MS,
    WAITING_ABSENCE_MS,
    EndCause,
    Purpose,
    Session,
    State,
)
from session.policy import IDLE_LONGEST_MS


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """At `at` (UTC ms) the session ends with `cause`; where that is None, its verification lapses instead."""

    at: int
    cause: EndCause | None


BEFORE_CLAIM: Final = frozenset({State.INVITED, State.WAITING})
TALKING: Final = frozenset({State.JOINED, State.INTRODUCING, State.VERIFYING, State.CONSENTING})
AGREED: Final = frozenset({State.READY, State.SHARING, State.PAUSED})


def first_due(session: Session) -> Deadline | None:
    """The earliest deadline, whether reached or not; None only for an ended session."""
    return min(_deadlines(session), key=lambda deadline: deadline.at, default=None)


def proved_alone(session: Session) -> bool:
    """It was for a verification alone, and that is done: nothing more happens in it unless the agent asks anew."""
    return session.purpose is Purpose.VERIFY and session.verification is not None


def _deadlines(session: Session) -> Iterator[Deadline]:
    if session.state in BEFORE_CLAIM:
        yield Deadline(session.invitation_expires_at, EndCause.INVITATION_EXPIRED)
    if session.state is State.WAITING and session.customer_lost_at is not None:
        yield Deadline(session.customer_lost_at + WAITING_ABSENCE_MS, EndCause.CONNECTION_LOST)
    if session.state in TALKING:
        yield Deadline(session.state_since + IDLE_LONGEST_MS, EndCause.CONNECTION_LOST)
    if session.state is State.CONSENTING and session.verification is not None:
        yield Deadline(session.verification.until, None)
    if proved_alone(session) and session.verification is not None and session.asked is None:
        yield Deadline(session.verification.until, EndCause.VERIFIED)
    if session.state in AGREED | {State.INTERRUPTED} and session.consent is not None:
        yield Deadline(session.consent.until, EndCause.CONSENT_EXPIRED)
    if session.state is State.INTERRUPTED:
        yield from _absences(session)


def _absences(session: Session) -> Iterator[Deadline]:
    if session.customer_lost_at is not None:
        yield Deadline(session.customer_lost_at + CUSTOMER_ABSENCE_MS, EndCause.CONNECTION_LOST)
    if session.agent_lost_at is not None:
        yield Deadline(session.agent_lost_at + AGENT_ABSENCE_MS, EndCause.CONNECTION_LOST)
