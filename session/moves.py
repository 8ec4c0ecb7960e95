"""What each event does to a session. Pure; called through `transitions.TABLE`, never directly.

A move returns the new session and its effects, or raises: `Unfit` where the event's own data do not allow it. It never
has to say that the state is right; the table did.
"""

from dataclasses import replace
from typing import Final

from session.deadlines import first_due, proved_alone
from session.effects import CloseMedia, Effect, GrantMedia, RevokeMedia
from session.events import (
    BadgeShown,
    ConsentDeclined,
    ConsentGranted,
    ConsentRefused,
    EndDemanded,
    InvitationClaimed,
    Paused,
    Resumed,
    ShareStarted,
    TimePassed,
    VerificationLapsed,
)
from session.model import (
    CONSENT_LONGEST_MS,
    SURFACES,
    Consent,
    EndCause,
    Party,
    Session,
    State,
)
from session.policy import LEVEL_FOR_SURFACE, surface_fits

Moved = tuple[Session, tuple[Effect, ...]]

# A session for a verification alone, once that is done, ends well however it ends by itself.
_WELL_ENOUGH: Final = frozenset(
    {EndCause.AGENT_LEFT, EndCause.CUSTOMER_STOPPED, EndCause.CONNECTION_LOST, EndCause.VERIFIED}
)


class Unfit(Exception):
    """The event is legal in this state, but not with these data. The message is a sentence."""


class SurfaceUnfit(Unfit):
    """What the browser captures is not what was agreed."""


def without_agreement(session: Session) -> Session:
    """Nothing is agreed to any more, and nothing is asked."""
    return replace(session, consent=None, consent_nonce=None, agreed_at=0, extension=None, surface_shown=None)


def claim(session: Session, event: InvitationClaimed, now: int) -> Moved:
    if now >= session.invitation_expires_at:
        raise Unfit("The invitation has expired.")
    return replace(session, state=State.JOINED, device=event.device), ()


def show_badge(session: Session, _event: BadgeShown, _now: int) -> Moved:
    return replace(session, state=State.INTRODUCING), ()


def lapse(session: Session, _event: VerificationLapsed | TimePassed, _now: int) -> Moved:
    return replace(session, state=State.VERIFYING, verification=None, consent_nonce=None), ()


def grant_consent(session: Session, event: ConsentGranted, now: int) -> Moved:
    _consent_must_fit(session, event, now)
    agreed = replace(
        session,
        state=State.READY,
        consent=event.consent,
        agreed_at=event.consent.granted_at,
        consent_nonce=None,
        surface_shown=None,
    )
    return agreed, ()


def _consent_must_fit(session: Session, event: ConsentGranted, now: int) -> None:
    consent, verification, device = event.consent, session.verification, session.device
    if verification is None or device is None or now >= verification.until:
        raise Unfit("The verification is too old; the customer has to verify again.")
    if verification.device != device.id:
        raise Unfit("The verification was made on another device.")
    if event.nonce != session.consent_nonce:
        raise Unfit("This consent answers an earlier question.")
    times_must_fit(consent, now)
    if len(consent.scopes & SURFACES) != 1:
        raise Unfit("A consent names exactly one surface.")
    if not consent.level_needed.at_least(LEVEL_FOR_SURFACE[consent.surface]):
        raise Unfit("The consent asks for less verification than its surface needs.")
    if not verification.level.at_least(consent.level_needed):
        raise Unfit("The customer is not verified well enough for this surface.")


def times_must_fit(consent: Consent, now: int) -> None:
    if not consent.granted_at <= now < consent.until:
        raise Unfit("The consent is not of now.")
    if consent.until - consent.granted_at > CONSENT_LONGEST_MS:
        raise Unfit("A consent lasts at most 30 minutes.")


def keep(session: Session, _event: ConsentRefused, _now: int) -> Moved:
    return session, ()


def decline(session: Session, _event: ConsentDeclined, now: int) -> Moved:
    return ended(session, EndCause.CUSTOMER_STOPPED, None, now)


def start_share(session: Session, event: ShareStarted, now: int) -> Moved:
    consent = _live_consent(session, now)
    _both_must_be_here(session)
    if not surface_fits(event.surface, consent):
        raise SurfaceUnfit("What was chosen in the browser is not what was agreed. Nothing was shown.")
    return _granted(replace(session, surface_shown=event.surface))


def pause(session: Session, _event: Paused, _now: int) -> Moved:
    return replace(session, state=State.PAUSED), (RevokeMedia(session.epoch),)


def resume(session: Session, _event: Resumed, now: int) -> Moved:
    _live_consent(session, now)
    _both_must_be_here(session)
    return _granted(session)


def _live_consent(session: Session, now: int) -> Consent:
    if session.consent is None or now >= session.consent.until:
        raise Unfit("The consent has expired.")
    return session.consent


def _both_must_be_here(session: Session) -> None:
    if session.present != frozenset(Party):
        raise Unfit("Both the customer and the agent have to be connected.")


def _granted(session: Session) -> Moved:
    epoch = session.epoch + 1
    return replace(session, state=State.SHARING, epoch=epoch, resume_to=None), (GrantMedia(epoch),)


def let_time_pass(session: Session, event: TimePassed, now: int) -> Moved:
    due = first_due(session)
    if due is None or now < due.at:
        return session, ()
    if due.cause is None:
        return lapse(session, event, now)
    return ended(session, due.cause, None, now)


def end(session: Session, event: EndDemanded, now: int) -> Moved:
    blocked = session.blocked or event.cause is EndCause.BLOCKED
    return ended(replace(session, blocked=blocked), event.cause, event.by, now)


def ended(session: Session, cause: EndCause, by: str | None, now: int) -> Moved:
    done_well = proved_alone(session) and cause in _WELL_ENOUGH
    over = replace(
        session,
        state=State.ENDED,
        ended_at=now,
        end_cause=EndCause.VERIFIED if done_well else cause,
        ended_by=by,
        consent_nonce=None,
        extension=None,
        asked=None,
        resume_to=None,
        interrupted_at=None,
        customer_lost_at=None,
        agent_lost_at=None,
    )
    return over, (RevokeMedia(session.epoch), CloseMedia())
