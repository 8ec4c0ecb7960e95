"""The cases of customers who ask first: opened with the wait, taken by one agent, closed if nobody met the customer.

Entry first where something is given; the row first where it is taken away.
"""

import asyncio
import contextlib
import secrets
from functools import partial
from typing import Final

import structlog

from audit.event import Actor, ActorKind, EventName
from server.administration.register import Register
from server.identity import new_id
from server.principals import StaffPrincipal
from server.storage.database import AlreadyThere
from server.storage.stores import Stores
from server.tasks import Tasks
from session import waiting
from session.identity import CaseId, CustomerId, StaffId
from session.model import Session, State
from session.ports import Clock, StoreUnavailable
from support import asking
from support.case import Case
from support.case_rule import LIVE_FOR_MS
from support.identity import CaseId as SupportCaseId
from support.identity import CustomerId as SupportCustomerId
from support.identity import StaffId as SupportStaffId

REFERENCES_TRIED: Final = 3
AGAIN_AFTER_S: Final = 0.5
_SYSTEM: Final = Actor(ActorKind.SYSTEM)
_log: Final = structlog.get_logger("line")


class TakenByAnother(Exception):
    """Another agent was quicker. Nothing was changed."""


class LineCases:
    """Raises LogUnavailable and StoreUnavailable: then nothing was given."""

    def __init__(self, stores: Stores, register: Register, clock: Clock) -> None:
        self._stores, self._register, self._clock = stores, register, clock

    async def opened(self, customer: CustomerId, topic: str, reason: str) -> Case:
        """Nobody's, until an agent takes it."""
        for left in reversed(range(REFERENCES_TRIED)):
            case = asking.opened_case(
                SupportCaseId(new_id("cas")),
                secrets.token_bytes(asking.REFERENCE_BYTES),
                SupportCustomerId(customer),
                reason,
                self._clock.now_ms(),
            )
            intent = self._register.intent(
                EventName.CUSTOMER_CASE_OPENED,
                Actor(ActorKind.CUSTOMER, customer),
                {"topic": topic},
                case=case.id,
                customer=customer,
            )
            try:
                await self._register.carry_out([intent], partial(self._add, case))
            except AlreadyThere:
                if not left:
                    raise
            else:
                return case
        raise AssertionError("the last try returns or raises")

    async def take(self, session: Session, agent: StaffPrincipal) -> None:
        """By one conditional write. Raises TakenByAnother."""
        intent = self._register.intent(
            EventName.AGENT_CASE_TAKEN,
            Actor(ActorKind.AGENT, agent.staff.id),
            {"login": agent.login},
            case=session.case,
            customer=session.customer,
        )
        await self._register.carry_out([intent], partial(self._take, session, agent))

    async def give_back(self, session: Session, agent: StaffId) -> None:
        """Nothing came of it: nobody's again, or whose it was before. What cannot be written now is closed when the
        wait ends."""
        with contextlib.suppress(StoreUnavailable):
            await self._return(session.case, agent, _kept_by(session))

    async def give_back_surely(self, case: CaseId, agent: StaffId, tasks: Tasks) -> None:
        """Nobody's again, however long the database does not answer; waits for the first try alone."""
        try:
            await self._return(case, agent, None)
        except StoreUnavailable:
            tasks.start(self._return_surely(case, agent), name="give a case back")

    async def _return(self, case: CaseId, agent: StaffId, to: SupportStaffId | None) -> None:
        """Only while it is this agent's: a colleague may have taken it while the database did not answer."""
        roll, now = self._stores.case_roll, self._clock.now_ms()
        if await roll.leave(SupportCaseId(case), SupportStaffId(agent), to, now):
            self._register.taken_away(EventName.SYSTEM_CASE_RETURNED, _SYSTEM, {}, case=case)

    async def _return_surely(self, case: CaseId, agent: StaffId) -> None:
        while True:
            await asyncio.sleep(AGAIN_AFTER_S)
            try:
                return await self._return(case, agent, None)
            except StoreUnavailable:
                _log.warning("a case could not be given back yet", case=case)

    async def close(self, case: CaseId) -> None:
        if await self._stores.case_roll.close(SupportCaseId(case)):
            self._register.taken_away(EventName.SYSTEM_CASE_CLOSED, _SYSTEM, {}, case=case)

    async def close_surely(self, case: CaseId) -> None:
        """Again and again while the database does not answer."""
        while True:
            try:
                return await self.close(case)
            except StoreUnavailable:
                _log.warning("a case that nobody took up could not be closed yet", case=case)
                await asyncio.sleep(AGAIN_AFTER_S)

    async def close_unmet(self) -> None:
        """At a start and at a stop: the cases whose sessions have all ended and in which nobody met, whichever server
        opened them. Those of a server that runs go on."""
        for case in await self._stores.case_roll.asked_for(self._clock.now_ms() - LIVE_FOR_MS):
            sessions = await self._stores.sessions.in_case(CaseId(case))
            if sessions and all(one.state is State.ENDED and waiting.unmet(one) for one in sessions):
                await self.close(CaseId(case))

    async def _add(self, case: Case, _index: int) -> None:
        await self._stores.cases.add(case)

    async def _take(self, session: Session, agent: StaffPrincipal, _index: int) -> None:
        case = SupportCaseId(session.case)
        now, kept_by = self._clock.now_ms(), _kept_by(session)
        if not await self._stores.case_roll.take(case, agent.staff.id, now, kept_by=kept_by):
            raise TakenByAnother


def _kept_by(session: Session) -> SupportStaffId | None:
    """Who looks after the case of a customer who was handed over, until somebody else takes it."""
    handed = session.handed
    return SupportStaffId(handed.by) if handed is not None and handed.met else None
