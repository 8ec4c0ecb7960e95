"""What a customer proves on their own page: judged by the verifier of its method, told to the law of the session.

A verifier is plugged in by its method. It judges one attempt and says what that proves; it knows no law, counts its own
failures beyond the session's five, and tells nobody why an attempt was refused.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

from server.clock import TrueClock, must_agree
from session.conductor import Conductor
from session.events import EndDemanded, VerificationRefused, VerificationSucceeded
from session.identity import DeviceId, SessionId
from session.model import EndCause, Level, Session, Verification
from session.transitions import IllegalEvent
from session.verifying import awaits_proof
from support.identity import CaseId
from verification.assurance import Assurance, Method, Policy, methods_for


@dataclass(frozen=True, slots=True)
class Attempt:
    """`session` as it is at this moment, in `verifying`; `device` is its device. `evidence` is what the customer's page
    sent, of the type that this method's route makes of it. `now_ms`: UTC milliseconds."""

    session: Session
    device: str
    evidence: object
    now_ms: int


@dataclass(frozen=True, slots=True)
class Proved:
    """`action`: the hash of the one action that was confirmed; then `level` is V3. `stands`: whether what it was proved
    by still counts, asked once the proof does: whoever shuts that in the same moment may not have seen the proof."""

    level: Assurance
    action: str = ""
    stands: Callable[[], Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True)
class NotProved:
    """`replayed`: right, but used before elsewhere. `counted`: it is one of the session's five failures."""

    replayed: bool = False
    counted: bool = True


class Verifier(Protocol):
    async def verify(self, attempt: Attempt) -> Proved | NotProved:
        """Judge it, once: what proves something is used up, durably, on return. Raises StoreUnavailable."""
        ...


class Caps(Protocol):
    """What counts for less than it proves: after a loss, whoever has the new factor may be another."""

    async def cap_of(self, customer: str, now_ms: int) -> str | None:
        """The highest level that counts now, None without a cap. Raises StoreUnavailable: then nothing counts."""
        ...


class Confirming(Protocol):
    async def confirm(self, case: CaseId, now_ms: int) -> None:
        """The customer of this case was here, and is who the case says. Raises LogUnavailable, StoreUnavailable."""
        ...


class MethodNotOffered(Exception):
    """This server has no verifier for the method, or it does not reach what is asked. The message is a sentence."""


class Verifications:
    """One attempt at a time for each session: tries sent at once must not outrun the count of failures."""

    def __init__(
        self,
        conductor: Conductor,
        verifiers: Mapping[Method, Verifier],
        cases: Confirming,
        clock: TrueClock,
        policy: Policy,
        caps: Caps,
    ) -> None:
        self._conductor, self._verifiers, self._cases = conductor, verifiers, cases
        self._clock, self._policy, self._caps = clock, policy, caps
        self._turns: WeakValueDictionary[SessionId, asyncio.Lock] = WeakValueDictionary()

    def methods_now(self, session: Session) -> tuple[Method, ...]:
        """Those that reach what is asked for now, none where nothing is. Whether a customer has them is not told."""
        if not awaits_proof(session):
            return ()
        asked = Assurance(session.asked.level.value) if session.asked else Assurance.V1
        return methods_for(asked, tuple(method for method in Method if method in self._verifiers))

    async def judge(self, session_id: SessionId, method: Method, evidence: object) -> tuple[Session, bool]:
        """The session afterwards, and whether the attempt proved something.

        Raises ClockUnsure, MethodNotOffered, StoreUnavailable, or IllegalEvent outside `verifying`.
        """
        must_agree(self._clock)
        turn = self._turns.setdefault(session_id, asyncio.Lock())
        async with turn:
            session = await self._conductor.load(session_id)
            attempt = self._attempt(session, method, evidence)
            return await self._judged(attempt, method, await self._verifiers[method].verify(attempt))

    def _attempt(self, session: Session, method: Method, evidence: object) -> Attempt:
        """Nothing is looked at, and so nothing used up, that the law would not take."""
        now = self._clock.now_ms()
        if session.device is None or not awaits_proof(session) or now < session.dark_from:
            reason = "No code is asked for at this point. Type it only where your own page asks for it."
            raise IllegalEvent(session.state, VerificationRefused(method.value), reason)
        if method not in self.methods_now(session):
            raise MethodNotOffered("This way to prove who you are is not offered here. Choose another one.")
        return Attempt(session, session.device.id, evidence, now)

    async def _judged(
        self, attempt: Attempt, method: Method, result: Proved | NotProved
    ) -> tuple[Session, bool]:
        session = attempt.session
        if isinstance(result, NotProved):
            refused = VerificationRefused(method.value, replayed=result.replayed, counted=result.counted)
            return await self._conductor.apply(session.id, refused), False
        capped = await self._capped(session, result, attempt.now_ms)
        if session.asked is not None and not Level(capped.level.value).at_least(session.asked.level):
            refused = VerificationRefused(method.value, replayed=False, counted=False)
            return await self._conductor.apply(session.id, refused), False
        succeeded = VerificationSucceeded(self._verification(attempt, method, capped))
        verified = await self._conductor.apply(session.id, succeeded)
        if capped.stands is not None and not await capped.stands():
            return await self._conductor.apply(session.id, EndDemanded(EndCause.VERIFICATION_FAILED)), False
        await self._note_in_case(CaseId(session.case), attempt.now_ms)
        return verified, True

    async def _capped(self, session: Session, result: Proved, now: int) -> Proved:
        """What it counts for: after a loss, no more than the cap, and never for an action."""
        cap = await self._caps.cap_of(session.customer, now)
        if cap is None or Assurance(cap).at_least(result.level):
            return result
        return Proved(Assurance(cap), stands=result.stands)

    async def _note_in_case(self, case: CaseId, now: int) -> None:
        """The customer was here and is who the case says: it is active, and provisional no more."""
        await self._cases.confirm(case, now)

    def _verification(self, attempt: Attempt, method: Method, result: Proved) -> Verification:
        session, now = attempt.session, attempt.now_ms
        return Verification(
            method=method.value,
            level=Level(result.level.value),
            at=now,
            until=now + self._policy.life(result.level),
            device=DeviceId(attempt.device),
            case=session.case,
            customer=session.customer,
            agent=session.agent,
            login=session.agent_login,
            transcript=session.transcript,
            action=result.action,
        )
