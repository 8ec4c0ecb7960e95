"""Erasing customers, as the host asks for it: requests, their list, taking one back; and holds."""

from audit.event import Actor, EventName
from server.administration import erasure_acts as acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.erasures import LONGEST_PROOF, LONGEST_REASON, ErasureRefused
from support.customer import Customer
from support.erasure import Erasure, HoldKind
from support.identity import CustomerId, is_id
from support.intake import IntakeRefused, plain_text


class ErasureOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def request(self, act: acts.RequestErasure, by: Actor) -> acts.ErasureLine:
        proof = _said(act.proof, "proof", LONGEST_PROOF)
        customer = await self._customer(act.customer)
        try:
            asked = await self._ground.erasures.request(customer, act.level, proof, by)
        except ErasureRefused as error:
            raise ActRefused(str(error)) from None
        return await self._line(asked)

    async def show_all(self, _: acts.ListErasures, by: Actor) -> acts.ErasureList:
        await self._ground.register.look(EventName.OPERATOR_CUSTOMERS_LISTED, by, {"what": "erasures"})
        found = await self._ground.stores.erasures.latest()
        return acts.ErasureList(erasures=[await self._line(erasure) for erasure in found])

    async def withdraw(self, act: acts.WithdrawErasure, by: Actor) -> acts.ErasureLine:
        try:
            erasure = await self._ground.erasures.withdraw(act.erasure, by)
        except ErasureRefused as error:
            raise ActRefused(str(error)) from None
        return await self._line(await self._ground.stores.erasures.find(erasure.id) or erasure)

    async def hold(self, act: acts.HoldCustomer, by: Actor) -> acts.Holds:
        reason = _said(act.reason, "reason", LONGEST_REASON)
        customer = await self._customer(act.customer)
        try:
            await self._ground.erasures.hold(customer, HoldKind(act.kind), reason, by)
        except ErasureRefused as error:
            raise ActRefused(str(error)) from None
        return await self._holds(customer)

    async def release(self, act: acts.ReleaseCustomer, by: Actor) -> acts.Holds:
        reason = _said(act.reason, "reason", LONGEST_REASON)
        customer = await self._customer(act.customer)
        try:
            await self._ground.erasures.release(customer, HoldKind(act.kind), reason, by)
        except ErasureRefused as error:
            raise ActRefused(str(error)) from None
        return await self._holds(customer)

    async def _customer(self, named: str) -> Customer:
        """By the organisation's reference, or by the pseudonym, for instance out of an older receipt."""
        stores = self._ground.stores
        customer = await stores.customer_roll.of_reference(named)
        if customer is None and is_id(named, "cus"):
            customer = await stores.customers.find(CustomerId(named))
        if customer is None:
            raise ActRefused("There is no customer with this reference. Nothing was changed.")
        return customer

    async def _holds(self, customer: Customer) -> acts.Holds:
        lines = [
            acts.HoldLine(
                hold=hold.id,
                kind=hold.kind.value,
                reason=hold.reason,
                placed_by=hold.placed_by,
                placed_at_ms=hold.placed_at_ms,
            )
            for hold in await self._ground.stores.holds.standing(customer.id)
        ]
        return acts.Holds(reference=customer.reference, holds=lines)

    async def _line(self, erasure: Erasure) -> acts.ErasureLine:
        customer = await self._ground.stores.customers.find(erasure.subject)
        open_now = erasure.open(self._ground.clock.now_ms())
        hindrance = None
        if customer is not None and open_now:
            hindrance = await self._ground.erasures.hindrance(customer)
        return acts.ErasureLine(
            erasure=erasure.id,
            customer=erasure.subject,
            reference=customer.reference if customer is not None else "",
            state=_state(erasure, hindered=hindrance is not None, open_now=open_now),
            reason=hindrance.value if hindrance is not None else None,
            level=erasure.level,
            requested_by=erasure.requested_by,
            requested_at_ms=erasure.requested_at_ms,
            due_at_ms=erasure.due_at_ms,
            approvals=sum(one is not None for one in (erasure.first_officer, erasure.second_officer)),
            done_at_ms=erasure.done_at_ms,
            entry=erasure.done_index,
            keys=erasure.keys_destroyed,
            rows=erasure.rows_blanked,
        )


def _state(erasure: Erasure, *, hindered: bool, open_now: bool) -> str:
    if erasure.done_at_ms is not None:
        return "done"
    if erasure.intent_index is not None:
        return "begun"
    if not open_now:
        return "over"
    if hindered:
        return "hindered"
    return "approved" if erasure.approved else "waiting"


def _said(text: str, what: str, longest: int) -> str:
    try:
        return plain_text(text, what=what, longest=longest)
    except IntakeRefused as error:
        raise ActRefused(f"{error} Nothing was changed.") from None
