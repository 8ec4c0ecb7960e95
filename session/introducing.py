"""What the customer's getting to know the agent does to a session. Pure; called through `transitions.TABLE`.

The badge comes first. Where words are asked for besides, the session stays `introducing` until both pages found theirs:
each run of the exchange is started by the customer's own act, and one more than is allowed ends the session, since a
relay that feigns disconnects would otherwise get as many guesses as it likes.
"""

from dataclasses import replace

from session.events import (
    BadgeAccepted,
    BadgeIssued,
    ExchangeDropped,
    ExchangeSettled,
    ExchangeStarted,
    IntroductionRefused,
    WordsMatched,
)
from session.model import EXCHANGE_RUNS_ALLOWED, EndCause, Exchange, Introduction, Party, Session, State
from session.moves import Moved, Unfit, ended


def issue_badge(session: Session, event: BadgeIssued, now: int) -> Moved:
    if not session.agent:
        raise Unfit("Nobody has accepted this customer yet.")
    if event.agent != session.agent:
        raise Unfit("This customer is another agent's by now.")
    if session.introduction is not Introduction.NONE:
        raise Unfit("The customer has accepted another badge already.")
    if now >= event.badge.expires_at:
        raise Unfit("The badge has expired.")
    return replace(session, signed_badge=event.badge), ()


def accept_badge(session: Session, _event: BadgeAccepted, now: int) -> Moved:
    asked = session.introduction_asked
    if asked is not Introduction.NONE:
        _badge_must_hold(session, now)
    accepted = replace(session, introduction=Introduction.BADGE)
    return (accepted if asked is Introduction.WORDS else replace(accepted, state=State.VERIFYING)), ()


def start_exchange(session: Session, event: ExchangeStarted, now: int) -> Moved:
    if session.introduction is not Introduction.BADGE:
        raise Unfit("The agent's badge comes first.")
    if session.exchange.open:
        raise Unfit("The words are being compared already.")
    if event.run <= session.exchange.run:
        raise Unfit("That run of the comparison is over.")
    if event.run > EXCHANGE_RUNS_ALLOWED:
        return ended(session, EndCause.INTRODUCTION_FAILED, None, now)
    _badge_must_hold(session, now)
    return replace(session, exchange=Exchange(event.run, open=True), transcript=""), ()


def settle_exchange(session: Session, event: ExchangeSettled, _now: int) -> Moved:
    if not session.exchange.open or session.transcript or not event.transcript:
        raise Unfit("No run of the exchange is under way.")
    return replace(session, transcript=event.transcript), ()


def drop_exchange(session: Session, _event: ExchangeDropped, _now: int) -> Moved:
    if not session.exchange.open:
        return session, ()
    return replace(session, exchange=Exchange(session.exchange.run), transcript=""), ()


def match_words(session: Session, event: WordsMatched, _now: int) -> Moved:
    """The customer's page comes first: the agent reads out, and is read to only then."""
    if not session.exchange.open or not session.transcript:
        raise Unfit("No run of the exchange is under way.")
    matched = session.exchange.matched
    if event.party is Party.AGENT and Party.CUSTOMER not in matched:
        raise Unfit("The customer's page has not found its words yet.")
    found = replace(session, exchange=replace(session.exchange, matched=matched | {event.party}))
    if found.exchange.matched != frozenset(Party):
        return found, ()
    return replace(found, state=State.VERIFYING, introduction=Introduction.WORDS), ()


def refuse(session: Session, _event: IntroductionRefused, now: int) -> Moved:
    return ended(session, EndCause.INTRODUCTION_FAILED, None, now)


def _badge_must_hold(session: Session, now: int) -> None:
    if session.signed_badge is None:
        raise Unfit("The agent's badge has not been issued yet. Nothing was changed.")
    if now >= session.signed_badge.expires_at:
        raise Unfit("The agent's badge has expired. Nothing was changed.")
