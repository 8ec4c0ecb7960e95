"""A customer's typed code: judged by `verification`, told to the law of the session."""

import asyncio
from typing import Final
from weakref import WeakValueDictionary

from server.clock import TrueClock, must_agree
from session.conductor import Conductor
from session.events import VerificationRefused, VerificationSucceeded
from session.identity import SessionId
from session.model import VERIFICATION_LIFE_MS, Level, Session, State, Verification
from session.transitions import IllegalEvent
from support.identity import CaseId
from support.ports import CaseStore
from verification.customer_code import CodeVerified, CustomerCodeVerifier

METHOD: Final = "totp"


class Verifications:
    """One code at a time for each session: tries sent at once must not outrun the count of failures."""

    def __init__(
        self, conductor: Conductor, verifier: CustomerCodeVerifier, cases: CaseStore, clock: TrueClock
    ) -> None:
        self._conductor, self._verifier, self._cases, self._clock = conductor, verifier, cases, clock
        self._turns: WeakValueDictionary[SessionId, asyncio.Lock] = WeakValueDictionary()

    async def judge(self, session_id: SessionId, code: str) -> tuple[Session, bool]:
        """The session afterwards, and whether the code was right. Raises ClockUnsure, or IllegalEvent outside
        `verifying`."""
        must_agree(self._clock)
        turn = self._turns.setdefault(session_id, asyncio.Lock())
        async with turn:
            session = await self._conductor.load(session_id)
            if session.state is not State.VERIFYING or session.device is None:
                reason = "No code is asked for at this point. Type it only where your own page asks for it."
                raise IllegalEvent(session.state, VerificationRefused(METHOD), reason)
            return await self._judged(session, session.device.id, code)

    async def _judged(self, session: Session, device: str, code: str) -> tuple[Session, bool]:
        now = self._clock.now_ms()
        result = await self._verifier.verify(
            customer=session.customer, session=session.id, device=device, code=code, now_ms=now
        )
        if not isinstance(result, CodeVerified):
            refused = VerificationRefused(METHOD, replayed=result.replayed, counted=result.counted)
            return await self._conductor.apply(session.id, refused), False
        verified = await self._conductor.apply(session.id, _succeeded(session, result, now))
        await self._note_in_case(CaseId(session.case), now)
        return verified, True

    async def _note_in_case(self, case: CaseId, now: int) -> None:
        """The customer was here and is who the case says: it is active, and provisional no more."""
        await self._cases.record_activity(case, now)
        await self._cases.confirm(case)


def _succeeded(session: Session, result: CodeVerified, now: int) -> VerificationSucceeded:
    if session.device is None:
        raise AssertionError("a code was judged for a session without a device")
    found = Verification(
        method=result.method,
        level=Level(result.level),
        at=now,
        until=now + VERIFICATION_LIFE_MS,
        device=session.device.id,
    )
    return VerificationSucceeded(found)
