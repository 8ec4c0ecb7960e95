"""Outcomes of verifications that other systems asked for are written down, told, and what was open for them closed.

Woken by every change of such a session; and every few seconds all that is open is looked at again, so that a crash
between a proof and its outcome costs a moment.
"""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from server.clock import TrueClock
from server.identity import new_id
from server.outbox.message import WEBHOOK_LIFE_MS, Channel, Message
from server.storage.stores import Stores
from server.verification_request import Outcome, Standing, VerificationRequest, outcome_of
from server.verification_requests import VerificationRequests
from session.conductor import Conductor
from session.errors import NotRecorded, SessionUnknown
from session.events import EndDemanded, StepUpAsked
from session.identity import SessionId
from session.model import EndCause, Level, Purpose, Session, State
from session.transitions import IllegalEvent
from support.identity import CustomerId
from support.ports import StoreUnavailable

EVERY_S: Final = 3.0
OPENED_WITHIN_MS: Final = 60_000
TYPE: Final = "verification.finished"
_log: Final = structlog.get_logger("verification outcomes")


class VerificationOutcomes:
    """Implements Keeper."""

    name: Final = "verification outcomes"

    def __init__(
        self,
        stores: Stores,
        conductor: Conductor,
        requests: VerificationRequests,
        clock: TrueClock,
        every_s: float = EVERY_S,
    ) -> None:
        self._stores, self._conductor, self._requests = stores, conductor, requests
        self._clock, self._every_s = clock, every_s
        self._changed = asyncio.Event()
        self._swept_ms = 0

    def heard(self, session: Session) -> None:
        """An observer of sessions."""
        if session.purpose is Purpose.VERIFY:
            self._changed.set()

    async def run(self) -> None:
        while True:
            with suppress(TimeoutError):  # what runs out by itself changes no session
                async with asyncio.timeout(self._every_s):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self.look()
            except (NotRecorded, StoreUnavailable) as error:
                _log.warning("outcomes of verifications wait", reason=str(error))

    async def look(self) -> None:
        """At everything that is open. Raises NotRecorded, StoreUnavailable."""
        for request in await self._stores.verification_requests.unsettled():
            try:
                session = await self._conductor.load(SessionId(request.session))
            except SessionUnknown:
                if self._clock.now_ms() < request.asked_at_ms + OPENED_WITHIN_MS:
                    continue  # it is being opened at this moment
                if await self._settle(request, _never(self._clock.now_ms())):
                    await self._requests.tidy(request)
                continue
            outcome = outcome_of(session, request.wanted, self._clock.now_ms())
            if outcome is not None:
                settled = await self._settle(request, outcome)
                await self._end(session)  # before its sign-in ends: that would be another cause
                if settled:
                    await self._requests.tidy(request)
            elif _wants_more(session, request):
                await self._ask_more(session, request.wanted)
        await self._close_left_cases()

    async def _close_left_cases(self) -> None:
        """Of whoever was killed between a case and its request, or between an outcome and the end of its case."""
        now = self._clock.now_ms()
        if 0 <= now - self._swept_ms < OPENED_WITHIN_MS:
            return
        for case in await self._stores.case_roll.of_nobodys_request(now - OPENED_WITHIN_MS):
            await self._stores.case_roll.close(case)
        self._swept_ms = now

    async def _settle(self, request: VerificationRequest, outcome: Outcome) -> bool:
        now = self._clock.now_ms()
        told = await self._told(request, outcome, now)
        return await self._stores.verification_requests.settle(request.id, outcome, now, told)

    async def _told(self, request: VerificationRequest, outcome: Outcome, now: int) -> list[Message]:
        """To nobody where no webhook was named, or about somebody who was erased meanwhile."""
        if request.endpoint is None:
            return []
        customer = (await self._stores.customers.find_all(frozenset({CustomerId(request.customer)}))).get(
            CustomerId(request.customer)
        )
        if customer is None or customer.erased_at_ms is not None:
            return []
        data = {
            "id": request.id,
            "customer": customer.reference,
            "wanted": request.wanted.value,
            "state": outcome.standing.value,
            "level": outcome.level,
            "method": outcome.method,
            "cause": outcome.cause,
            "at_ms": outcome.at_ms,
        }
        return [
            Message(
                id=new_id("msg"),
                once=f"{TYPE}/{request.id}",
                part=0,
                channel=Channel.WEBHOOK,
                about=TYPE,
                body=msgspec.json.encode({"type": TYPE, "timestamp_ms": now, "data": data}),
                created_at_ms=now,
                last_at_ms=now + WEBHOOK_LIFE_MS,
                subject=customer.id,
                endpoint=request.endpoint,
            )
        ]

    async def _end(self, session: Session) -> None:
        if session.state is not State.ENDED:
            await self._conductor.apply(session.id, EndDemanded(EndCause.VERIFIED))

    async def _ask_more(self, session: Session, level: Level) -> None:
        try:
            await self._conductor.apply(session.id, StepUpAsked(level))
        except IllegalEvent:
            _log.info("a verification changed while more was asked", session=session.id)


def _wants_more(session: Session, request: VerificationRequest) -> bool:
    """A stronger proof than any is wanted, and the customer's page does not say so yet."""
    return session.state is State.VERIFYING and session.asked is None and request.wanted is not Level.V1


def _never(now: int) -> Outcome:
    return Outcome(Standing.FAILED, now, cause=EndCause.SERVER_RESTARTED.value)
