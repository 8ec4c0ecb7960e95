"""The other way in: the customer asks first. Pure; the moves are called through `transitions.TABLE`.

Terms. *The line*: every session in `waiting` that nobody has accepted, the longest wait first. *Accepting* gives a
session its agent, and its customer's page a *meeting code*, which the customer reads out and the agent types: by that
the agent shows that they talk to this customer. Then both are where a claimed invitation leads too, in `joined`.

Each wait lasts ten minutes: for somebody to accept, which the customer may prolong, and then for the code. Whoever
leaves the page loses the place after a minute; five wrong codes end it. A guess is made at one session, by somebody
signed in, so that the code can be shorter than an invitation's (`meeting_code`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from session import presence
from session.events import (
    ConnectionLost,
    HelpAccepted,
    HelpProlonged,
    MeetingCodeMatched,
    MeetingCodeRefused,
)
from session.identity import CaseId, CustomerId, LoginId, SessionId, StaffId
from session.model import (
    INVITATION_LIFE_MS,
    MEETING_FAILURES_ALLOWED,
    PROLONGED_WITHIN_MS,
    RESERVED_MS,
    Device,
    EndCause,
    Help,
    Party,
    Purpose,
    Session,
    State,
)
from session.moves import Moved, Unfit, ended

TOPICS: Final = ("sign_in", "payment", "account", "security", "other")
NOBODY: Final = StaffId("")
NO_LOGIN: Final = LoginId("")
WAITS_NEEDED: Final = 3  # fewer are no reason to say anything
RECENT_MS: Final = 2 * 3_600_000


def asked_for(
    name: SessionId, case: CaseId, customer: CustomerId, device: Device, asked: Help, now: int
) -> Session:
    """What a customer's asking opens. Their page counts as missing until it has come."""
    return Session(
        id=name,
        case=case,
        customer=customer,
        agent=NOBODY,
        agent_login=NO_LOGIN,
        purpose=Purpose.SHARE,
        opened_at=now,
        invitation_expires_at=now + INVITATION_LIFE_MS,
        state=State.WAITING,
        state_since=now,
        device=device,
        customer_lost_at=now,
        help=asked,
    )


def accept(session: Session, event: HelpAccepted, now: int) -> Moved:
    asked = _asked(session)
    if session.agent != NOBODY:
        raise Unfit("Somebody else has accepted this customer already.")
    if not open_to(session, event.agent, now):
        raise Unfit("This customer was handed over to somebody else, who has a few minutes to accept.")
    _must_last(session, now)
    if Party.CUSTOMER not in session.present:
        raise Unfit("The customer's page is not connected at the moment.")
    accepted = replace(
        session,
        agent=event.agent,
        agent_login=event.login,
        badge=event.badge,
        introduction_asked=event.introduction_asked,
        invitation_expires_at=now + INVITATION_LIFE_MS,
        help=replace(asked, nonce=event.nonce, accepted_at=now),
    )
    return accepted, ()


def prolong(session: Session, _event: HelpProlonged, now: int) -> Moved:
    _asked(session)
    if session.agent != NOBODY:
        raise Unfit("Somebody has accepted already.")
    _must_last(session, now)
    if session.invitation_expires_at - now > PROLONGED_WITHIN_MS:
        raise Unfit("There is time enough left. Your place in line is kept.")
    return replace(session, invitation_expires_at=now + INVITATION_LIFE_MS), ()


def meet(session: Session, event: MeetingCodeMatched, now: int) -> Moved:
    asked = _accepted(session, event)
    _must_last(session, now)
    return replace(session, state=State.JOINED, customer_lost_at=None, help=replace(asked, met=True)), ()


def mistype(session: Session, event: MeetingCodeRefused, now: int) -> Moved:
    asked = _accepted(session, event)
    counted = replace(session, help=replace(asked, mistyped=asked.mistyped + 1))
    if asked.mistyped + 1 >= MEETING_FAILURES_ALLOWED:
        return ended(counted, EndCause.INTRODUCTION_FAILED, None, now)
    return counted, ()


def leave(session: Session, event: ConnectionLost, now: int) -> Moved:
    """Nothing is held up; a customer who does not come back loses the place."""
    gone, effects = presence.leave(session, event, now)
    if event.party is Party.CUSTOMER and Party.CUSTOMER in session.present:
        gone = replace(gone, customer_lost_at=now)
    return gone, effects


def unmet(session: Session) -> bool:
    """It was asked for, and nobody has shown that they talk to this customer, not even before a handing over."""
    met_before = session.handed is not None and session.handed.met
    return session.help is not None and not session.help.met and not met_before


def open_to(session: Session, agent: StaffId, now: int) -> bool:
    """Whether `agent` may accept. Who was handed over is a certain colleague's for three minutes, or goes back to
    whoever handed over."""
    handed = session.handed
    if handed is None or handed.to == NOBODY:
        return True
    return agent in {handed.to, handed.by} or not 0 <= now - handed.at < RESERVED_MS


def in_line(sessions: Iterable[Session]) -> list[Session]:
    """Those that nobody has accepted, the longest wait first."""
    waiting = (one for one in sessions if one.state is State.WAITING and one.agent == NOBODY)
    return sorted(waiting, key=lambda one: (one.opened_at, one.id))


def place_of(session: Session, sessions: Iterable[Session]) -> int | None:
    """From 1; None for whoever is not in line."""
    names = [one.id for one in in_line(sessions)]
    return names.index(session.id) + 1 if session.id in names else None


def expected_ms(waits: Sequence[tuple[int, int]], now: int) -> int | None:
    """How long people waited lately, as a rule: the median of `waits` (accepted at, after how many ms) of the last two
    hours. None if they were too few to say anything."""
    recent = [lasted for at, lasted in waits if 0 <= now - at < RECENT_MS]
    return int(median(recent)) if len(recent) >= WAITS_NEEDED else None


def _asked(session: Session) -> Help:
    if session.help is None:
        raise Unfit("Nobody asked for help in this session.")
    return session.help


def _accepted(session: Session, event: MeetingCodeMatched | MeetingCodeRefused) -> Help:
    asked = _asked(session)
    if session.agent == NOBODY:
        raise Unfit("Nobody has accepted this customer yet.")
    if event.nonce != asked.nonce:
        raise Unfit("That code was for whoever had accepted this customer before.")
    return asked


def _must_last(session: Session, now: int) -> None:
    if now >= session.invitation_expires_at:
        raise Unfit("The wait is over.")
