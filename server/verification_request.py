"""A verification that another system of the organisation asked for: what it says of itself. Pure.

    pending     the customer has not opened the invitation
    joined      they have, and look at who asks, or prove who they are
    verified    they proved it, by a method of at least the level that was wanted
    failed      they did not: wrong codes, a no, or a failure of ours (`cause`)
    expired     nobody opened it in time, or they went away
    withdrawn   the system took it back, or may not ask any more

The last four are outcomes: they never change.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from session.model import EndCause, Level, Session, State

SYSTEM_USERNAME: Final = "system:"  # with the id of its key: how a system is named among the staff


class Standing(StrEnum):
    PENDING = "pending"
    JOINED = "joined"
    VERIFIED = "verified"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OPEN: Final = frozenset({Standing.PENDING, Standing.JOINED})
_ENDED: Final = {
    EndCause.INVITATION_EXPIRED: Standing.EXPIRED,
    EndCause.CONNECTION_LOST: Standing.EXPIRED,
    EndCause.AGENT_LEFT: Standing.WITHDRAWN,
    EndCause.AGENT_SIGNED_OUT: Standing.WITHDRAWN,
    EndCause.OFFICER_ENDED: Standing.WITHDRAWN,
    EndCause.BLOCKED: Standing.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`level`, `method` and `at_ms` are of the proof where there is one; `cause` is the session's end."""

    standing: Standing
    at_ms: int
    level: str | None = None
    method: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationRequest:
    """`system` is the name of the key that asked. `expires_at_ms` is the invitation's."""

    id: str
    key: str
    system: str
    once_hash: str
    asked_hash: str
    session: str
    login: str
    case: str
    customer: str
    wanted: Level
    endpoint: str | None
    asked_at_ms: int
    expires_at_ms: int
    outcome: Outcome | None = None


def outcome_of(session: Session, wanted: Level, now: int) -> Outcome | None:
    """None while it can still go either way."""
    found = session.verification
    if found is not None and found.level.at_least(wanted):
        return Outcome(Standing.VERIFIED, found.at, found.level.value, found.method)
    if session.state is not State.ENDED:
        return None
    cause = session.end_cause or EndCause.SERVER_RESTARTED
    at = session.ended_at if session.ended_at is not None else now
    return Outcome(_ENDED.get(cause, Standing.FAILED), at, cause=cause.value)


def standing_of(session: Session) -> Standing:
    """Of one without an outcome."""
    return Standing.PENDING if session.state in {State.INVITED, State.WAITING} else Standing.JOINED
