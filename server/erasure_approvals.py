"""Erasures before officers: what waits, approving, refusing. Nothing is erased by an approval: a keeper does it, when
the wait is over."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.approvals import ApprovalRefused
from server.erasure_rule import ErasureRule
from server.erasures import SENTENCES
from server.problems import Problem, not_found
from server.second_pair import SecondPair
from server.storage.stores import Stores
from session.ports import Clock
from support.customer import Customer
from support.erasure import Erasure, Hindrance, approval
from support.identity import CustomerId, is_id
from support.reset import Objection, Step
from support.staff import Staff


@dataclass(frozen=True, slots=True)
class WaitingErasure:
    """A request with the people in it. `approved_by`: whose approvals count. `hindrance`: what is in the way now.
    `kept_until_ms`: when the retention ends or ended. `step`: what the viewer's approval would do."""

    erasure: Erasure
    customer: Customer
    proof: str
    approved_by: tuple[Staff, ...]
    hindrance: Hindrance | None
    kept_until_ms: int
    step: Step | Objection


class ErasureApprovals:
    """Raises LogUnavailable and StoreUnavailable: then nothing was approved."""

    def __init__(
        self, stores: Stores, log: AuditWriter, clock: Clock, rule: ErasureRule, second: SecondPair
    ) -> None:
        self._second_pair = second
        self._erasures, self._staff, self._customers = stores.erasures, stores.staff, stores.customers
        self._clock, self._rule = clock, rule
        self._register = Register(log, clock)

    async def waiting(self, officer: Staff) -> list[WaitingErasure]:
        """Recorded before it is shown."""
        await self._register.look(EventName.OFFICER_APPROVALS_READ, _actor(officer), {"what": "erasures"})
        return [
            await self._shown(erasure, officer)
            for erasure in await self._erasures.unfinished(self._clock.now_ms())
        ]

    async def finished(self) -> list[Erasure]:
        """The receipts of those that were carried out, the latest first. They name nobody."""
        return [erasure for erasure in await self._erasures.latest() if erasure.done_at_ms is not None]

    async def approve(self, named: str, officer: Staff) -> Step:
        """Raises ApprovalRefused, Problem."""
        erasure = await self._erasure(named)
        first = await self._counting(erasure.first_officer)
        now = self._clock.now_ms()
        apart = await self._second_pair.now(now)
        step: Step | Objection | Hindrance = approval(erasure, officer, first, now, apart)
        if isinstance(step, Step):
            step = await self._hindrance(erasure) or step
        if not isinstance(step, Step):
            await self._object(erasure, officer, step.value)
            raise ApprovalRefused(step) if isinstance(step, Objection) else hindered(step)
        facts: dict[str, Fact] = {"erasure": erasure.id, "step": step.value}
        intent = self._register.intent(
            EventName.OFFICER_ERASURE_APPROVED, _actor(officer), facts, customer=erasure.subject
        )
        await self._register.carry_out([intent], self._approving(erasure, officer, step))
        return step

    async def refuse(self, named: str, officer: Staff) -> None:
        """Ends it, whoever refuses. Raises Problem."""
        erasure = await self._erasure(named)
        if await self._erasures.close(erasure.id, self._clock.now_ms()):
            facts: dict[str, Fact] = {"erasure": erasure.id, "subject": erasure.subject}
            self._register.taken_away(EventName.OFFICER_ERASURE_REFUSED, _actor(officer), facts)

    def _approving(self, erasure: Erasure, officer: Staff, step: Step) -> Callable[[int], Awaitable[None]]:
        write = self._erasures.approve_first if step is Step.FIRST else self._erasures.approve_second

        async def approve(_: int) -> None:
            if not await write(erasure, officer.id, self._clock.now_ms()):
                raise ApprovalRefused(Objection.NOT_OPEN)

        return approve

    async def _shown(self, erasure: Erasure, officer: Staff) -> WaitingErasure:
        now = self._clock.now_ms()
        customer = await self._customer(erasure.subject)
        bonds = await self._erasures.bonds(erasure.subject)
        officers = [await self._counting(named) for named in (erasure.first_officer, erasure.second_officer)]
        return WaitingErasure(
            erasure=erasure,
            customer=customer,
            proof=await self._erasures.proof(erasure),
            approved_by=tuple(one for one in officers if one is not None),
            hindrance=self._rule.hindrance(customer, bonds, now),
            kept_until_ms=self._rule.kept_until_ms(customer, bonds),
            step=approval(erasure, officer, officers[0], now, await self._second_pair.now(now)),
        )

    async def _counting(self, named: str | None) -> Staff | None:
        """Whoever approved, if that counts as of now."""
        found = await self._staff.find(named) if named is not None else None  # type: ignore[arg-type]  # a staff id
        return found if found is not None and not found.blocked(self._clock.now_ms()) else None

    async def _hindrance(self, erasure: Erasure) -> Hindrance | None:
        bonds = await self._erasures.bonds(erasure.subject)
        return self._rule.hindrance(await self._customer(erasure.subject), bonds, self._clock.now_ms())

    async def _customer(self, named: CustomerId) -> Customer:
        customer = await self._customers.find(named)
        if customer is None:
            raise not_found()
        return customer

    async def _object(self, erasure: Erasure, officer: Staff, reason: str) -> None:
        facts: dict[str, Fact] = {"erasure": erasure.id, "subject": erasure.subject, "reason": reason}
        await self._register.refused(EventName.OFFICER_ERASURE_APPROVED, _actor(officer), facts)

    async def _erasure(self, named: str) -> Erasure:
        erasure = await self._erasures.find(named) if is_id(named, "era") else None
        if erasure is None:
            raise not_found()
        return erasure


def hindered(by: Hindrance) -> Problem:
    return Problem(409, f"erasure_{by.value}", f"{SENTENCES[by]} Nothing was changed.")


def _actor(officer: Staff) -> Actor:
    return Actor(ActorKind.OFFICER, officer.id)
