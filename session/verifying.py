"""What proving who one is does to a session, from the first field to the death of the proof. Pure.

Called through `transitions.TABLE`.
1. A field for a code is on the customer's page in `verifying` alone, and there only while something is asked for
   (`awaits_proof`). After a picture may have flowed it waits until no lease can live (`dark_from`).
2. The agent may ask for more, or for a fresh proof, at any time from `verifying` on. That ends the agreement and its
   media first; it begins again with the customer's own yes.
3. A proof is bound to the people, the device and the introduction of this session. One for an action stands beside the
   other (`assertion`) and shows nobody anything.
4. A session for a verification alone stays in `verifying` once that is done: nobody is asked for a consent.
"""

from dataclasses import replace
from typing import Final

from session.deadlines import AGREED
from session.effects import CloseMedia, Effect, RevokeMedia
from session.events import (
    FingerprintSeen,
    StepUpAsked,
    VerificationDeclined,
    VerificationRefused,
    VerificationSucceeded,
)
from session.gate_port import LEASE_TTL_MS
from session.identity import CustomerId
from session.model import (
    ACTION_LIFE_MS,
    CODE_FAILURES_ALLOWED,
    VERIFICATION_LIFE_MS,
    Asked,
    EndCause,
    Level,
    Purpose,
    Session,
    State,
    Verification,
)
from session.moves import Moved, Unfit, ended, without_agreement

MOST_ASKED: Final = 12  # in one session: more often an agent has no reason to


def verified(session: Session, now: int) -> bool:
    """Somebody proved to be the customer, and that still counts."""
    return session.verification is not None and now < session.verification.until


def rests_on(session: Session, customer: CustomerId, method: str) -> bool:
    """This customer's, and with a `method`, proved by it."""
    proofs = (session.verification, session.assertion)
    by_it = not method or any(proof is not None and proof.method == method for proof in proofs)
    return session.customer == customer and by_it


def awaits_proof(session: Session) -> bool:
    """A field for a code may be on the customer's page."""
    done = session.purpose is Purpose.VERIFY and session.verification is not None and session.asked is None
    return session.state is State.VERIFYING and not done


def verify(session: Session, event: VerificationSucceeded, now: int) -> Moved:
    found = event.verification
    _must_be_bound(session, found)
    _must_be_awaited(session, found, now)
    if found.level is Level.V3 or found.action:
        return _confirmed(session, event, now), ()
    if not found.at <= now < found.until or found.until - found.at > VERIFICATION_LIFE_MS:
        raise Unfit("The verification is not fresh.")
    if not found.level.at_least(Level.V1):
        raise Unfit("The verification is too weak for anything to be shared.")
    proved = replace(session, verification=found, code_failures=0, asked=None, talk_only=False)
    return _onward(proved, event.consent_nonce), ()


def ask(session: Session, event: StepUpAsked, now: int) -> Moved:
    """The picture goes first; what was agreed has to be agreed again."""
    if (event.level is Level.V3) != bool(event.action) or event.level is Level.V0:
        raise Unfit("A proof of the highest kind is for one action, and only that.")
    if event.by and event.by != session.agent:
        raise Unfit("This customer is another agent's by now.")
    if session.asked_often >= MOST_ASKED:
        raise Unfit("The customer was asked often enough in this session. Open a new one.")
    asked = replace(
        without_agreement(session),
        state=State.VERIFYING,
        asked=Asked(event.level, event.action, now),
        asked_often=session.asked_often + 1,
        dark_from=now + LEASE_TTL_MS if session.epoch > 0 else session.dark_from,
        assertion=None,
        talk_only=False,
    )
    return asked, _dark(session)


def decline(session: Session, event: VerificationDeclined, now: int) -> Moved:
    """The customer does not prove more. What was proved before counts as long as it would have."""
    if session.asked is not None and verified(session, now):
        return _onward(replace(session, asked=None), event.consent_nonce), ()
    return replace(session, asked=None, talk_only=True), ()


def refuse(session: Session, event: VerificationRefused, now: int) -> Moved:
    counted = replace(session, code_failures=session.code_failures + int(event.counted))
    if counted.code_failures >= CODE_FAILURES_ALLOWED:
        return ended(counted, EndCause.VERIFICATION_FAILED, None, now)
    return counted, ()


def see_fingerprint(session: Session, event: FingerprintSeen, now: int) -> Moved:
    """The customer's page offers a connection. Another certificate than before is another page, for all we know."""
    if session.media_fingerprint in {"", event.fingerprint}:
        return replace(session, media_fingerprint=event.fingerprint), ()
    voided = replace(
        without_agreement(session),
        media_fingerprint=event.fingerprint,
        verification=None,
        assertion=None,
        asked=None,
        dark_from=now + LEASE_TTL_MS,
    )
    if session.state is State.INTERRUPTED:
        return replace(voided, resume_to=State.VERIFYING), _dark(session)
    return replace(voided, state=State.VERIFYING), _dark(session)


def _confirmed(session: Session, event: VerificationSucceeded, now: int) -> Session:
    found, asked = event.verification, session.asked
    if found.level is not Level.V3 or asked is None or not found.action or asked.action != found.action:
        raise Unfit("That was a proof for another action.")
    if not found.at <= now < found.until or found.until - found.at > ACTION_LIFE_MS:
        raise Unfit("The proof is not fresh.")
    confirmed = replace(session, assertion=found, asked=None, code_failures=0, talk_only=False)
    if verified(session, now):
        return _onward(confirmed, event.consent_nonce)
    return replace(confirmed, verification=None)


def _onward(session: Session, nonce: str) -> Session:
    if session.purpose is Purpose.VERIFY:
        return session
    if not nonce:
        raise Unfit("A consent prompt needs a nonce.")
    return replace(session, state=State.CONSENTING, consent_nonce=nonce)


def _must_be_bound(session: Session, found: Verification) -> None:
    if session.device is None or found.device != session.device.id:
        raise Unfit("The verification was made on another device.")
    people = (found.case, found.customer, found.agent, found.login)
    if people != (session.case, session.customer, session.agent, session.agent_login):
        raise Unfit("The verification was made for somebody else.")
    if found.transcript != session.transcript:
        raise Unfit("The verification was made before the introduction that counts now.")


def _must_be_awaited(session: Session, found: Verification, now: int) -> None:
    if not awaits_proof(session):
        raise Unfit("Nothing is asked for at this point.")
    if now < session.dark_from:
        raise Unfit("The agent's view is still being closed.")
    if session.asked is not None and not found.level.at_least(session.asked.level):
        raise Unfit("A stronger proof was asked for.")


def _dark(session: Session) -> tuple[Effect, ...]:
    agreed = (session.resume_to or session.state) in AGREED
    return (RevokeMedia(session.epoch), CloseMedia()) if agreed else ()
