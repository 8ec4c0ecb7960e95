"""A customer's passkey in a session: asked over the transcript, the level and the action, and worth V2, or V3 for that
one action.

Whatever is asked for changes the challenge's binding too: of an earlier question (before a transfer, another exchange
of keys, another action) no answer counts any more.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from audit.event import ActorKind
from server.passkeys import Holder, Passkeys
from server.verifications import Attempt, NotProved, Proved
from session.model import Level, Session
from verification import passkey_challenge
from verification.assurance import Assurance
from verification.enrolment import Subject, SubjectKind
from verification.passkey_challenge import Bound, Purpose
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import AssertionResponse, decoded, encoded
from verification.passkeys import Asked

# No tries to be somebody: what a slow or reloaded page sends.
_UNCOUNTED: Final = frozenset({Refusal.MALFORMED, Refusal.CHALLENGE})


@dataclass(frozen=True, slots=True)
class _Question:
    level: Assurance
    action: str
    bound: Bound
    binding: str


class PasskeyVerifier:
    """Implements server.verifications.Verifier; its evidence is an AssertionResponse."""

    def __init__(self, passkeys: Passkeys) -> None:
        self._passkeys = passkeys

    async def options(self, session: Session, now: int) -> Asked:
        """The same whether this customer has a passkey or not. Raises StoreUnavailable."""
        question = _question(session)
        return await self._passkeys.assertion_options(
            Purpose.VERIFY,
            binding=question.binding,
            now=now,
            owner=_owner(session),
            bound=question.bound,
        )

    async def verify(self, attempt: Attempt) -> Proved | NotProved:
        session, now = attempt.session, attempt.now_ms
        holder, question = Holder(_owner(session), ActorKind.CUSTOMER), _question(session)
        if not isinstance(attempt.evidence, AssertionResponse):
            return NotProved(counted=False)
        try:
            asserted = await self._passkeys.judge(
                Purpose.VERIFY,
                attempt.evidence,
                kind=SubjectKind.CUSTOMER,
                binding=question.binding,
                now=now,
                owner=holder.subject,
            )
        except PasskeyRefused as refused:
            await self._passkeys.record_refused(holder, refused, Purpose.VERIFY, now, session=session.id)
            return NotProved(counted=refused.reason not in _UNCOUNTED)
        await self._passkeys.record_asserted(holder, asserted, Purpose.VERIFY, now, session=session.id)
        return Proved(question.level, question.action)


def transcript_of(session: Session) -> bytes:
    """T: the introduction's once keys were exchanged, else who deals with whom on which device."""
    if session.transcript:
        return decoded(session.transcript)
    return passkey_challenge.first_transcript(
        session=session.id,
        case=session.case,
        agent=session.agent,
        number=session.badge.number if session.badge else "",
        device=session.device.id if session.device else "",
    )


def _question(session: Session) -> _Question:
    for_action = session.asked is not None and session.asked.level is Level.V3
    level = Assurance.V3 if for_action else Assurance.V2
    action = session.asked.action if session.asked is not None and for_action else ""
    transcript = transcript_of(session)
    bound = passkey_challenge.for_session(transcript, level.value, decoded(action) if action else b"")
    about = [session.id.encode(), (session.device.id if session.device else "").encode(), *bound.parts]
    return _Question(
        level, action, bound, encoded(hashlib.sha256(passkey_challenge.prefixed(about)).digest())
    )


def _owner(session: Session) -> Subject:
    return Subject(SubjectKind.CUSTOMER, session.customer)
