"""The law of a session, whole: which event is legal in which state, what it does, and where it may lead.

What is not in the table is illegal: it raises and changes nothing. `Rule.to` is checked at every step, so the table
(and the diagram made from it) cannot tell less than what happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from session import agreeing, handing, introducing, moves, presence, verifying, waiting
from session.effects import Effect, NotifyParties
from session.events import (
    AgreementReopened,
    BadgeAccepted,
    BadgeIssued,
    BadgeShown,
    Connected,
    ConnectionLost,
    ConsentDeclined,
    ConsentGranted,
    ConsentRefused,
    EndDemanded,
    ExchangeDropped,
    ExchangeSettled,
    ExchangeStarted,
    ExtensionOpened,
    FingerprintSeen,
    HandedOver,
    HelpAccepted,
    HelpProlonged,
    IntroductionRefused,
    InvitationClaimed,
    MeetingCodeMatched,
    MeetingCodeRefused,
    Paused,
    Resumed,
    SessionEvent,
    ShareStarted,
    StepUpAsked,
    TimePassed,
    VerificationDeclined,
    VerificationLapsed,
    VerificationRefused,
    VerificationSucceeded,
    WordsMatched,
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
AGREED: Final = (S.READY, S.SHARING, S.PAUSED)
SHOWN: Final = (S.SHARING, S.PAUSED)
HANDED_ON: Final = (*UNDER_WAY, S.WAITING, S.INTERRUPTED)
UNINTRODUCED: Final = (S.INVITED, S.WAITING, S.JOINED, S.INTRODUCING)
UNAGREED: Final = (S.INVITED, S.WAITING, S.JOINED, S.INTRODUCING, S.VERIFYING, S.CONSENTING)

TABLE: Final[Mapping[tuple[State, type], Rule]] = {
    # the way
    (S.INVITED, InvitationClaimed): _rule(moves.claim, S.JOINED),
    (S.WAITING, HelpAccepted): _rule(waiting.accept, S.WAITING),
    (S.WAITING, HelpProlonged): _rule(waiting.prolong, S.WAITING),
    (S.WAITING, MeetingCodeMatched): _rule(waiting.meet, S.JOINED),
    (S.WAITING, MeetingCodeRefused): _rule(waiting.mistype, S.WAITING, S.ENDED),
    (S.JOINED, BadgeShown): _rule(moves.show_badge, S.INTRODUCING),
    (S.INTRODUCING, BadgeAccepted): _rule(introducing.accept_badge, S.INTRODUCING, S.VERIFYING),
    (S.INTRODUCING, ExchangeStarted): _rule(introducing.start_exchange, S.INTRODUCING, S.ENDED),
    (S.INTRODUCING, ExchangeSettled): _rule(introducing.settle_exchange, S.INTRODUCING),
    (S.INTRODUCING, ExchangeDropped): _rule(introducing.drop_exchange, S.INTRODUCING),
    (S.INTRODUCING, WordsMatched): _rule(introducing.match_words, S.INTRODUCING, S.VERIFYING),
    (S.VERIFYING, VerificationSucceeded): _rule(verifying.verify, S.VERIFYING, S.CONSENTING),
    (S.VERIFYING, VerificationRefused): _rule(verifying.refuse, S.VERIFYING, S.ENDED),
    (S.VERIFYING, VerificationDeclined): _rule(verifying.decline, S.VERIFYING, S.CONSENTING),
    (S.CONSENTING, VerificationLapsed): _rule(moves.lapse, S.VERIFYING),
    (S.CONSENTING, ConsentGranted): _rule(moves.grant_consent, S.READY),
    (S.CONSENTING, ConsentRefused): _rule(moves.keep, S.CONSENTING),
    (S.CONSENTING, ConsentDeclined): _rule(moves.decline, S.ENDED),
    (S.READY, ShareStarted): _rule(moves.start_share, S.SHARING),
    (S.SHARING, Paused): _rule(moves.pause, S.PAUSED),
    (S.PAUSED, Resumed): _rule(moves.resume, S.SHARING),
    # longer, or something else
    **{(state, ExtensionOpened): _rule(agreeing.open_extension, state) for state in SHOWN},
    **{(state, ConsentGranted): _rule(agreeing.extend, state) for state in SHOWN},
    **{(state, ConsentRefused): _rule(moves.keep, state) for state in SHOWN},
    **{(state, AgreementReopened): _rule(agreeing.reopen, S.CONSENTING, S.VERIFYING) for state in AGREED},
    # proving more, and the death of a proof
    **{
        (state, StepUpAsked): _rule(verifying.ask, S.VERIFYING)
        for state in (S.VERIFYING, S.CONSENTING, *AGREED)
    },
    **{(state, FingerprintSeen): _rule(verifying.see_fingerprint, state, S.VERIFYING) for state in AGREED},
    (S.INTERRUPTED, FingerprintSeen): _rule(verifying.see_fingerprint, S.INTERRUPTED),
    **{(state, BadgeIssued): _rule(introducing.issue_badge, state) for state in UNINTRODUCED},
    # another agent
    **{(state, HandedOver): _rule(handing.hand_over, S.WAITING) for state in HANDED_ON},
    # coming and going
    **{(state, Connected): _rule(presence.arrive, state) for state in UNAGREED},
    (S.READY, Connected): _rule(presence.arrive, S.READY, S.CONSENTING),
    (S.SHARING, Connected): _rule(presence.arrive, S.SHARING, S.CONSENTING),
    (S.PAUSED, Connected): _rule(presence.arrive, S.PAUSED, S.CONSENTING),
    (S.INTERRUPTED, Connected): _rule(presence.come_back, S.INTERRUPTED, *UNDER_WAY),
    (S.INVITED, ConnectionLost): _rule(presence.leave, S.INVITED),
    (S.WAITING, ConnectionLost): _rule(waiting.leave, S.WAITING),
    **{(state, ConnectionLost): _rule(presence.interrupt, state, S.INTERRUPTED) for state in UNDER_WAY},
    (S.INTERRUPTED, ConnectionLost): _rule(presence.interrupt, S.INTERRUPTED),
    # time, and whoever may end it
    **{(state, TimePassed): _rule(moves.let_time_pass, state, S.ENDED) for state in ALIVE},
    (S.CONSENTING, TimePassed): _rule(moves.let_time_pass, S.CONSENTING, S.VERIFYING, S.ENDED),
    **{(state, EndDemanded): _rule(moves.end, S.ENDED) for state in ALIVE},
    **{(state, IntroductionRefused): _rule(introducing.refuse, S.ENDED) for state in ALIVE},
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
