"""Agreeing to something more, or to something else, while a picture may be flowing. Pure; called through
`transitions.TABLE`.

1. *Longer*: the customer opens the question, reads, and signs a consent of its own to exactly what is agreed already.
   The picture goes on meanwhile, and nobody proves anything anew: so all of it together lasts no longer than the one
   consent that could have been given at the start (`CONSENT_LONGEST_MS`), and the time that the question may stand.
2. *Anything else* (another surface, more or fewer extras, beyond that time) is a new agreement. The picture goes first.
   A proof that still counts is not asked for again; one that does not is, and before its field appears no lease can
   live.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from session.effects import CloseMedia, RevokeMedia
from session.events import AgreementReopened, ConsentGranted, ExtensionOpened
from session.gate_port import LEASE_TTL_MS
from session.model import (
    CONSENT_LONGEST_MS,
    EXTENSION_PROMPT_MS,
    Consent,
    Extension,
    Session,
    State,
)
from session.moves import Moved, Unfit, times_must_fit, without_agreement
from session.verifying import verified

LEAST_GAIN_MS: Final = 60_000  # less is not worth a question


def open_extension(session: Session, event: ExtensionOpened, now: int) -> Moved:
    """Asked again it is another question; the one before can no longer be answered."""
    if not event.consent_nonce:
        raise Unfit("A consent prompt needs a nonce.")
    return replace(session, extension=Extension(event.consent_nonce, now)), ()


def longer(session: Session, durations_ms: Iterable[int]) -> tuple[int, ...]:
    """Which of these may be agreed to now: each ends a minute or more after what is agreed to, and none too late."""
    extension, consent = session.extension, session.consent
    if extension is None or consent is None:
        return ()
    last = session.agreed_at + CONSENT_LONGEST_MS - extension.opened_at
    least = consent.until - extension.opened_at + LEAST_GAIN_MS
    return tuple(duration for duration in durations_ms if least <= duration <= last)


def extend(session: Session, event: ConsentGranted, now: int) -> Moved:
    """Nothing but the time changes. Only the consent that is signed now holds from now on."""
    before, consent, extension = session.consent, event.consent, session.extension
    if before is None or extension is None or event.nonce != extension.nonce:
        raise Unfit("This consent answers an earlier question.")
    if now >= before.until:
        raise Unfit("The consent has expired.")
    if now >= extension.opened_at + EXTENSION_PROMPT_MS:
        raise Unfit("The question about more time is too old. Ask for it again.")
    times_must_fit(consent, now)
    _must_be_the_same(consent, before)
    if not before.until < consent.until <= latest_end(session):
        raise Unfit("That would be too long without a new proof of who is there.")
    return replace(session, consent=consent, extension=None), ()


def latest_end(session: Session) -> int:
    """When everything that rests on one agreement is over, however often it was made longer. UTC milliseconds."""
    return session.agreed_at + CONSENT_LONGEST_MS + EXTENSION_PROMPT_MS


def reopen(session: Session, event: AgreementReopened, now: int) -> Moved:
    """The picture goes, and with it what was agreed; the question is asked anew."""
    if not event.consent_nonce:
        raise Unfit("A consent prompt needs a nonce.")
    open_again = without_agreement(session)
    dark = (RevokeMedia(session.epoch), CloseMedia())
    if verified(session, now):
        return replace(open_again, state=State.CONSENTING, consent_nonce=event.consent_nonce), dark
    unproved = replace(
        open_again,
        state=State.VERIFYING,
        verification=None,
        dark_from=now + LEASE_TTL_MS if session.epoch > 0 else session.dark_from,
    )
    return unproved, dark


def _must_be_the_same(consent: Consent, before: Consent) -> None:
    if consent.scopes != before.scopes or consent.level_needed is not before.level_needed:
        raise Unfit("That is something else than what is agreed to. Agree to it anew.")
