"""What coming and going of the two browsers does to a session. Pure; called through `transitions.TABLE`.

A loss interrupts a session that was under way; it returns to where it was once everybody who was here is back. A page
that was loaded anew has lost its capture, so whoever had agreed is asked again.
"""

from dataclasses import replace

from session.deadlines import AGREED, proved_alone
from session.effects import CloseMedia, Effect, GrantMedia, RevokeMedia
from session.events import Connected, ConnectionLost
from session.model import Party, Session, State
from session.moves import Moved, Unfit, without_agreement


def arrive(session: Session, event: Connected, _now: int) -> Moved:
    """Somebody comes in a state that nobody's absence holds up."""
    if event.agent and event.agent != session.agent:
        raise Unfit("This customer is another agent's by now.")
    reloaded = _is_reload(session, event)
    here, effects = _forget_agreement(session, event) if reloaded else (session, ())
    return _with_presence(here, event), effects


def come_back(session: Session, event: Connected, now: int) -> Moved:
    """Somebody comes while the session is interrupted."""
    here, effects = arrive(session, event, now)
    if here.customer_lost_at is not None or here.agent_lost_at is not None:
        return here, effects
    return _returned(here, effects)


def leave(session: Session, event: ConnectionLost, _now: int) -> Moved:
    """Somebody goes before the session is under way: nothing is held up."""
    return replace(session, present=session.present - {event.party}), ()


def interrupt(session: Session, event: ConnectionLost, now: int) -> Moved:
    """Somebody goes. Who was not here cannot go."""
    if event.party not in session.present:
        return session, ()
    if proved_alone(session) and session.state is State.VERIFYING:
        return leave(session, event, now)  # on the telephone: a page that sleeps is no reason to end
    missing = _missing_since(leave(session, event, now)[0], event.party, now)
    if session.state is State.INTERRUPTED:
        return missing, ()
    held = replace(
        missing, state=State.INTERRUPTED, resume_to=session.state, interrupted_at=now, extension=None
    )
    return held, (RevokeMedia(session.epoch),) if session.state is State.SHARING else ()


def _missing_since(session: Session, party: Party, since: int | None) -> Session:
    if party is Party.CUSTOMER:
        return replace(session, customer_lost_at=since)
    return replace(session, agent_lost_at=since)


def _with_presence(session: Session, event: Connected) -> Session:
    here = _missing_since(replace(session, present=session.present | {event.party}), event.party, None)
    if event.party is Party.CUSTOMER:
        return replace(here, customer_page=event.page)
    return here


def _is_reload(session: Session, event: Connected) -> bool:
    if event.party is not Party.CUSTOMER or session.customer_page is None:
        return False
    return event.page != session.customer_page and (session.resume_to or session.state) in AGREED


def _forget_agreement(session: Session, event: Connected) -> Moved:
    """The new page holds no capture and shows no agreement: back to the question, with a question of its own."""
    if not event.consent_nonce:
        raise Unfit("A consent prompt needs a nonce.")
    asked = replace(without_agreement(session), consent_nonce=event.consent_nonce)
    effects = (RevokeMedia(session.epoch), CloseMedia())
    if session.state is State.INTERRUPTED:
        return replace(asked, resume_to=State.CONSENTING), effects
    return replace(asked, state=State.CONSENTING), effects


def _returned(session: Session, effects: tuple[Effect, ...]) -> Moved:
    target = session.resume_to or State.ENDED
    back = replace(session, state=target, resume_to=None, interrupted_at=None)
    if target is State.SHARING:
        epoch = back.epoch + 1
        return replace(back, epoch=epoch), (*effects, GrantMedia(epoch))
    return back, effects
