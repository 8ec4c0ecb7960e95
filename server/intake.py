"""Taking in customers and cases from operators and other systems: who is new, who is the same, who is different.

One way in for the command line and the interface. Entry first: nothing is written that is not on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from audit.event import Actor, ActorKind, Event, EventName, Fact
from server.administration.register import Register
from server.identity import new_id
from server.storage.database import AlreadyThere
from server.storage.stores import Stores
from session.ports import Clock
from support.case import Case, CaseState, Origin
from support.customer import Customer, CustomerField
from support.customer_file import GivenCustomer
from support.identity import CaseId, CustomerId, StaffId

_CASE_OPENED = {ActorKind.KEY: EventName.KEY_CASE_OPENED}
_CASE_CONFIRMED = {ActorKind.KEY: EventName.KEY_CASE_CONFIRMED}
_CUSTOMER_ADDED = {ActorKind.KEY: EventName.KEY_CUSTOMER_ADDED}


class Different(Exception):
    """There is one under this reference, with other content. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a list of customers means for those that are there. `different` are rows that would change one."""

    added: list[Customer] = field(default_factory=list)
    changed: list[tuple[Customer, Customer]] = field(default_factory=list)
    unchanged: int = 0
    different: list[GivenCustomer] = field(default_factory=list)


class Intake:
    """Raises LogUnavailable, StoreUnavailable."""

    def __init__(self, stores: Stores, register: Register, clock: Clock) -> None:
        self._stores, self._register, self._clock = stores, register, clock

    async def sort(self, given: list[GivenCustomer]) -> Sorted:
        known = await self._stores.customer_roll.of_references([one.reference for one in given])
        added, changed, different, unchanged = [], [], [], 0
        for one in given:
            before = known.get(one.reference)
            if before is None:
                added.append(
                    Customer(
                        CustomerId(new_id("cus")), one.reference, one.name, one.fields, self._clock.now_ms()
                    )
                )
            elif before.fields == one.fields:
                unchanged += 1
            else:
                changed.append((before, replace(before, display_name=one.name, fields=one.fields)))
                different.append(one)
        return Sorted(added, changed, unchanged, different)

    async def import_all(self, sorted_: Sorted, by: Actor, facts: Mapping[str, Fact]) -> None:
        """All or none. Raises AlreadyThere if somebody else was quicker."""
        counted = {**facts, "added": len(sorted_.added), "changed": len(sorted_.changed)}
        intents = [self._register.intent(EventName.OPERATOR_CUSTOMERS_IMPORTED, by, counted)]
        intents += [
            self._register.intent(
                EventName.OPERATOR_CUSTOMER_CHANGED,
                by,
                {"fields": _differing(before, after)},
                customer=before.id,
            )
            for before, after in sorted_.changed
        ]
        await self._register.carry_out(
            intents, lambda _: self._stores.customer_roll.take_in(sorted_.added, sorted_.changed)
        )

    async def add_customer(
        self, reference: str, fields: tuple[CustomerField, ...], by: Actor
    ) -> tuple[Customer, bool]:
        """The customer, and whether there was none before. Raises Different."""
        given = GivenCustomer(0, reference, fields)
        found = await self.sort([given])
        if not found.added:
            return await self._known_customer(given), False
        customer = found.added[0]
        intent = self._register.intent(_CUSTOMER_ADDED[by.kind], by, {}, customer=customer.id)
        try:
            await self._register.carry_out(
                [intent], lambda _: self._stores.customer_roll.take_in(found.added, [])
            )
        except AlreadyThere:
            return await self._known_customer(given), False
        return customer, True

    async def open_case(
        self, reference: str, customer: CustomerId, reason: str, agent: StaffId | None, by: Actor
    ) -> tuple[Case, bool]:
        """A live case, and whether there was none before. Raises Different."""
        case = Case(
            id=CaseId(new_id("cas")),
            reference=reference,
            customer=customer,
            origin=Origin.SYSTEM,
            reason=reason,
            assigned_agent=agent,
            state=CaseState.OPEN,
            last_activity_ms=self._clock.now_ms(),
        )
        known = await self._stores.case_roll.of_reference(reference)
        if known is not None and known.provisional:
            return await self._confirmed(known, case, by), False
        if known is not None:
            return _same_case(known, case), False
        facts: dict[str, Fact] = {"assigned": agent or ""}
        name = _CASE_OPENED.get(by.kind, EventName.OPERATOR_CASE_OPENED)
        intent: Event = self._register.intent(name, by, facts, case=case.id, customer=customer)
        try:
            await self._register.carry_out([intent], lambda _: self._stores.cases.add(case))
        except AlreadyThere:
            raced = await self._stores.case_roll.of_reference(reference)
            if raced is None:
                raise
            return _same_case(raced, case), False
        return case, True

    async def _confirmed(self, known: Case, asked: Case, by: Actor) -> Case:
        """One that an agent opened, and that this system now stands for: no more provisional. Raises Different."""
        same = _same_case(known, asked)
        if asked.assigned_agent not in {None, known.assigned_agent}:
            raise Different("An agent opened a case with this reference, and has it. Nothing was changed.")
        now = self._clock.now_ms()

        async def write(_index: int) -> None:
            if not await self._stores.provisional.make_live(known.id, now):
                raise Different("The case of this reference is over. Open another one. Nothing was changed.")

        name = _CASE_CONFIRMED.get(by.kind, EventName.OPERATOR_CASE_CONFIRMED)
        intent: Event = self._register.intent(name, by, {}, case=known.id, customer=known.customer)
        await self._register.carry_out([intent], write)
        return replace(same, provisional=False, ends_at_ms=None)

    async def _known_customer(self, given: GivenCustomer) -> Customer:
        known = await self._stores.customer_roll.of_reference(given.reference)
        if known is None or known.fields != given.fields:
            raise Different(
                "A customer with this reference is there, with other content. Nothing was changed."
            )
        return known


def _same_case(known: Case, asked: Case) -> Case:
    """State, agent and activity go on changing; what a case is about does not. The reason of one that an agent opened
    is that agent's own."""
    about = known.reason if known.origin is not Origin.AGENT else asked.reason
    if (known.customer, about) != (asked.customer, asked.reason):
        raise Different("A case with this reference is there, about something else. Nothing was changed.")
    return known


def _differing(before: Customer, after: Customer) -> str:
    """The names of the fields that differ, with blanks between; the values are the customer's."""
    names = dict.fromkeys(field.name for field in (*before.fields, *after.fields))
    return " ".join(name for name in names if before.field(name) != after.field(name))
