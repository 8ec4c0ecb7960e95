"""The law of a session, whole: which event is legal in which state, what it does, and where it may lead.

What is not in the table is illegal: it raises and changes nothing. `Rule.to` is checked at every step, so the table
(and the diagram made from it) cannot tell less than what happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from session import moves, presence
from session.effects import Effect, NotifyParties
from session.events import (
    BadgeAccepted,
    BadgeShown,
    Connected,
    ConnectionLost,
    ConsentDeclined,
    ConsentGranted,
    ConsentRefused,
    EndDemanded,
    InvitationClaimed,
    Paused,
    Resumed,
    SessionEvent,
    ShareStarted,
    TimePassed,
    VerificationLapsed,
    VerificationRefused,
    VerificationSucceeded,
)
from session.model import Session, State
from session.moves import Moved, SurfaceUnfit, Unfit

Move = Callable[[Session, Any, int], Moved]


@dataclass(frozen=True, slots=True)
class Rule:
    """`to`: every state the move may end in."""

    move: Move
    to: frozenset[State]


def _rule(move: Move, *to: State) -> Rule:
    return Rule(move, frozenset(to))


S = State
ALIVE: Final = tuple(state for state in State if state is not S.ENDED)
UNDER_WAY: Final = (S.JOINED, S.INTRODUCING, S.VERIFYING, S.CONSENTING, S.READY, S.SHARING, S.PAUSED)
UNAGREED: Final = (S.INVITED, S.WAITING, S.JOINED, S.INTRODUCING, S.VERIFYING, S.CONSENTING)

TABLE: Final[Mapping[tuple[State, type], Rule]] = {
    # the way
    (S.INVITED, InvitationClaimed): _rule(moves.claim, S.JOINED),
    (S.JOINED, BadgeShown): _rule(moves.show_badge, S.INTRODUCING),
    (S.INTRODUCING, BadgeAccepted): _rule(moves.accept_badge, S.VERIFYING),
    (S.VERIFYING, VerificationSucceeded): _rule(moves.verify, S.CONSENTING),
    (S.VERIFYING, VerificationRefused): _rule(moves.refuse_code, S.VERIFYING, S.ENDED),
    (S.CONSENTING, VerificationLapsed): _rule(moves.lapse, S.VERIFYING),
    (S.CONSENTING, ConsentGranted): _rule(moves.grant_consent, S.READY),
    (S.CONSENTING, ConsentRefused): _rule(moves.keep, S.CONSENTING),
    (S.CONSENTING, ConsentDeclined): _rule(moves.decline, S.ENDED),
    (S.READY, ShareStarted): _rule(moves.start_share, S.SHARING),
    (S.SHARING, Paused): _rule(moves.pause, S.PAUSED),
    (S.PAUSED, Resumed): _rule(moves.resume, S.SHARING),
    # coming and going
    **{(state, Connected): _rule(presence.arrive, state) for state in UNAGREED},
    (S.READY, Connected): _rule(presence.arrive, S.READY, S.CONSENTING),
    (S.SHARING, Connected): _rule(presence.arrive, S.SHARING, S.CONSENTING),
    (S.PAUSED, Connected): _rule(presence.arrive, S.PAUSED, S.CONSENTING),
    (S.INTERRUPTED, Connected): _rule(presence.come_back, S.INTERRUPTED, *UNDER_WAY),
    (S.INVITED, ConnectionLost): _rule(presence.leave, S.INVITED),
    (S.WAITING, ConnectionLost): _rule(presence.leave, S.WAITING),
    **{(state, ConnectionLost): _rule(presence.interrupt, state, S.INTERRUPTED) for state in UNDER_WAY},
    (S.INTERRUPTED, ConnectionLost): _rule(presence.interrupt, S.INTERRUPTED),
    # time, and whoever may end it
    **{(state, TimePassed): _rule(moves.let_time_pass, state, S.ENDED) for state in ALIVE},
    (S.CONSENTING, TimePassed): _rule(moves.let_time_pass, S.CONSENTING, S.VERIFYING, S.ENDED),
    **{(state, EndDemanded): _rule(moves.end, S.ENDED) for state in ALIVE},
}


class IllegalEvent(Exception):
    """The law does not allow this event now; nothing has changed. `state` and `event` say what met what."""

    def __init__(self, state: State, event: SessionEvent, reason: str) -> None:
        super().__init__(reason)
        self.state, self.event, self.reason = state, event, reason


class SurfaceRefused(IllegalEvent):
    """The surface captured is not the surface agreed. The session stays `ready`."""


def step(session: Session, event: SessionEvent, now: int) -> tuple[Session, tuple[Effect, ...]]:
    """The session after `event` at `now` (UTC ms), and what has to be done. Raises IllegalEvent."""
    rule = TABLE.get((session.state, type(event)))
    if rule is None:
        raise IllegalEvent(session.state, event, _not_now(session.state))
    try:
        after, effects = rule.move(session, event, now)
    except SurfaceUnfit as error:
        raise SurfaceRefused(session.state, event, str(error)) from error
    except Unfit as error:
        raise IllegalEvent(session.state, event, str(error)) from error
    return _checked(session, after, effects, rule, now)


def _checked(before: Session, after: Session, effects: tuple[Effect, ...], rule: Rule, now: int) -> Moved:
    if after.state not in rule.to:
        raise AssertionError(f"the table says nothing of {before.state} to {after.state}")
    if after == before and not effects:
        return before, ()
    if after.state is not before.state:
        after = replace(after, state_since=now)
    return after, (*effects, NotifyParties())


def _not_now(state: State) -> str:
    if state is State.ENDED:
        return "The session has ended. Nothing more can happen in it."
    return f"That is not possible while the session is {state.value}. Nothing was changed."
