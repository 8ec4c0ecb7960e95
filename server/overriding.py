"""Records opened without a live case (`support.overriding`). Off unless the organisation chose minutes.

The entry with the reason is durable first; the flag is raised from it. The case and the mails to the customer are
written together, so that there is none without the other.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.bus.ports import Counters
from server.clock import TrueClock
from server.identity import new_id
from server.notices import NoticeKind, Notices
from server.problems import Problem, not_allowed, not_found, too_many
from server.reference_runs import ReferenceRuns, run_facts
from server.storage.database import AlreadyThere
from server.storage.standing import Blocked, must_not_be_blocked
from server.storage.stores import Stores
from server.storage.transaction import Transaction
from support import asking, overriding
from support.case import Case
from support.customer import Customer
from support.identity import CaseId
from support.intake import IntakeRefused, reference
from support.staff import Staff
from verification.throttle import Rate
from verification.typed_secrets import secret_in

OPENING: Final = Rate(count=3, period_ms=3_600_000)  # of one agent
REFERENCES_TRIED: Final = 3


class Overriding:
    """Raises LogUnavailable and StoreUnavailable: then nothing was opened."""

    def __init__(
        self,
        stores: Stores,
        log: AuditWriter,
        notices: Notices,
        counters: Counters,
        clock: TrueClock,
        minutes: int,
        runs: ReferenceRuns,
    ) -> None:
        """`minutes`: for how long; 0 for never."""
        self._stores, self._notices, self._counters = stores, notices, counters
        self._clock, self.minutes, self._runs = clock, minutes, runs
        self._register = Register(log, clock)

    async def open(self, named: str, reason: str, agent: Staff) -> Case:
        """A case whose record opens for this agent alone, for the minutes. Every refusal is recorded. Raises
        IntakeRefused, Problem (403, 404, 409, 422, 429)."""
        if not agent.helps_customers:
            raise not_allowed()
        if self.minutes == 0:
            await self._refused(agent, "off")
            raise Problem(
                409, "override_off", "No record opens without a live case here. Nothing was opened."
            )
        cleaned = await self._checked(reason, agent)
        if await self._counters.take(f"override/{agent.id}", OPENING):
            await self._refused(agent, "too_many")
            raise too_many(
                "You have opened several records without a case in the last hour. Nothing was opened."
            )
        run = run_facts(self._runs.typed(agent.id, named.strip(), self._clock.now_ms()))
        customer = await self._customer(named, agent, run)
        for left in reversed(range(REFERENCES_TRIED)):
            now = self._clock.now_ms()
            random = secrets.token_bytes(asking.REFERENCE_BYTES)
            case = overriding.opened(
                CaseId(new_id("cas")), random, customer, cleaned, agent, now, self.minutes
            )
            said: Mapping[str, Fact] = {"override": cleaned}
            intent = self._register.intent(
                EventName.AGENT_CASE_OVERRIDDEN,
                Actor(ActorKind.AGENT, agent.id),
                {**run, "minutes": self.minutes, "number": agent.number},
                case=case.id,
                customer=customer.id,
            )
            try:
                await self._register.carry_out(
                    [replace(intent, personal={customer.id: said})], partial(self._write, case)
                )
            except AlreadyThere:
                if not left:
                    raise
            else:
                return case
        raise AssertionError("the last try returns or raises")

    async def _checked(self, reason: str, agent: Staff) -> str:
        try:
            cleaned = overriding.checked_reason(reason)
        except IntakeRefused:
            await self._refused(agent, "reason")
            raise
        if secret_in(cleaned) is not None:
            await self._refused(agent, "secret")
            raise Problem(
                422,
                "secret_in_words",
                "Your text looks as if a code or a recovery phrase were in it. It was not kept. Take it out: none of "
                "us ever needs one.",
            )
        return cleaned

    async def _customer(self, named: str, agent: Staff, run: Mapping[str, Fact]) -> Customer:
        try:
            found = await self._stores.customer_roll.current(reference(named.strip()))
        except IntakeRefused:
            found = None
        if found is None or found.gone:
            await self._refused(agent, "no_customer", run)
            raise not_found()
        return found

    async def _write(self, case: Case, _index: int) -> None:
        async def told(connection: Transaction) -> None:
            await must_not_be_blocked(connection, case.assigned_agent or "", case.last_activity_ms)
            await self._notices.tell(
                case.customer,
                NoticeKind.RECORD_OPENED,
                {"at_ms": case.last_activity_ms},
                once=f"override/{case.id}",
                within=connection,
            )

        try:
            await self._stores.provisional.add(case, None, told)
        except Blocked:  # for this very override, as a detector saw its entry, or by somebody meanwhile
            raise not_allowed() from None

    async def _refused(self, agent: Staff, reason: str, run: Mapping[str, Fact] | None = None) -> None:
        actor = Actor(ActorKind.AGENT, agent.id)
        await self._register.refused(
            EventName.AGENT_CASE_OVERRIDDEN, actor, {**(run or {}), "reason": reason}
        )
