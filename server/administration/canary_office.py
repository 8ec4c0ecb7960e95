"""Canary customers: marked, listed, unmarked. Which they are stands in the organisation's section of the log and in no
customer's own, so that neither a customer's page nor their copy tells."""

from typing import Final

from audit.event import Actor, EventName, Fact
from server.administration import canary_acts as acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.problems import record_merged
from server.storage.canaries import AT_MOST
from server.storage.standing import RecordMerged
from support.customer import Customer

_NOBODY: Final = "There is no customer with this reference. Nothing was changed."


class CanaryOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def add(self, act: acts.AddCanary, by: Actor) -> acts.CanaryLine:
        customer = await self._customer(act.customer)
        store, now = self._ground.stores.canaries, self._ground.clock.now_ms()
        marked = await store.marked()
        if customer.id in marked:
            return _line(customer, marked[customer.id])
        if len(marked) >= AT_MOST:
            raise ActRefused(f"There are {AT_MOST} canaries already. Nothing was changed. Remove one first.")
        intent = self._ground.register.intent(EventName.OPERATOR_CANARY_ADDED, by, _about(customer))
        try:
            await self._ground.register.carry_out([intent], lambda index: store.add(customer.id, now, index))
        except RecordMerged:
            raise ActRefused(record_merged().detail) from None
        return _line(customer, now)

    async def show_all(self, _: acts.ListCanaries, by: Actor) -> acts.CanaryList:
        await self._ground.register.look(EventName.OPERATOR_CANARIES_LISTED, by, {})
        found = await self._ground.stores.canaries.everybody()
        return acts.CanaryList(canaries=[_line(customer, since) for customer, since in found])

    async def remove(self, act: acts.RemoveCanary, by: Actor) -> acts.CanaryLine:
        """Entry first: it gives agents a record back that they could not touch."""
        customer = await self._customer(act.customer)
        store = self._ground.stores.canaries
        if customer.id not in await store.marked():
            raise ActRefused("This customer is no canary. Nothing was changed.")
        intent = self._ground.register.intent(EventName.OPERATOR_CANARY_REMOVED, by, _about(customer))
        await self._ground.register.carry_out([intent], lambda _: store.remove(customer.id))
        return _line(customer, None)

    async def _customer(self, reference: str) -> Customer:
        customer = await self._ground.stores.customer_roll.of_reference(reference)
        if customer is None or customer.gone:
            raise ActRefused(_NOBODY)
        if customer.merged_into is not None:
            raise ActRefused(record_merged().detail)
        return customer


def _about(customer: Customer) -> dict[str, Fact]:
    """Not as the entry's customer: what is listed and searched by customers must not lead here."""
    return {"canary": customer.id}


def _line(customer: Customer, marked_at_ms: int | None) -> acts.CanaryLine:
    return acts.CanaryLine(
        id=customer.id, reference=customer.reference, label=customer.label, marked_at_ms=marked_at_ms
    )
