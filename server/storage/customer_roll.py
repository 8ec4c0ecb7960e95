"""Customers as administration sees them: by their own references, many at once."""

from typing import Any, Final

from sqlalchemy import Row, not_, select, update

from server.storage.customers import customer_of, customer_values, opened_customers, sealed_record
from server.storage.database import AlreadyThere, Database, batched
from server.storage.sealed import Sealing
from server.storage.tables import customers as table
from support.customer import Customer
from support.provisional import STAND_IN

LISTED_AT_MOST: Final = 500


class CustomerRoll:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def of_reference(self, reference: str) -> Customer | None:
        return (await self.of_references([reference])).get(reference)

    async def current(self, reference: str) -> Customer | None:
        """The record that stands for this reference: the one kept, where it was merged."""
        found = await self.of_reference(reference)
        if found is None or found.merged_into is None:
            return found
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(table).where(table.c.id == found.merged_into))).all()
        return next(iter(await opened_customers(self._sealing, rows)), None)

    async def of_references(self, references: list[str]) -> dict[str, Customer]:
        found: list[Row[Any]] = []
        async with self._database.reading() as connection:
            for some in batched(sorted(references)):
                found += await connection.execute(select(table).where(table.c.reference.in_(some)))
        return {customer.reference: customer for customer in await opened_customers(self._sealing, found)}

    async def page(self, after: str) -> list[Customer]:
        """In the order of references, from the one behind `after`; 500 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.reference > after, not_(table.c.reference.startswith(STAND_IN)))
                .order_by(table.c.reference)
                .limit(LISTED_AT_MOST)
            )
            found = rows.all()
        return await opened_customers(self._sealing, found)

    async def take_in(self, added: list[Customer], changed: list[tuple[Customer, Customer]]) -> None:
        """All or none: new ones, and those that are changed from what they were. Raises AlreadyThere if one of the
        added is there by now, or one of the changed is not as it was."""
        box = await self._sealing.writing(
            *(customer.id for customer in [*added, *(after for _, after in changed)])
        )
        async with self._database.writing() as connection:
            if added:
                await connection.execute_many(
                    table.insert(), [customer_values(customer, box) for customer in added]
                )
            for before, after in changed:
                row = (await connection.execute(select(table).where(table.c.id == before.id))).one_or_none()
                if row is None or customer_of(row, box) != before:
                    raise AlreadyThere("a customer is not as it was when the change was asked for")
                await connection.execute(
                    update(table).where(table.c.id == before.id).values(record=sealed_record(after, box))
                )
