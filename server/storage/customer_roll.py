"""Customers as administration sees them: by their own references, many at once."""

from typing import Final

import msgspec
from sqlalchemy import select, update

from server.storage.customers import customer_of
from server.storage.database import AlreadyThere, Database, batched
from server.storage.tables import customers as table
from support.customer import Customer

LISTED_AT_MOST: Final = 500


class CustomerRoll:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_reference(self, reference: str) -> Customer | None:
        return (await self.of_references([reference])).get(reference)

    async def of_references(self, references: list[str]) -> dict[str, Customer]:
        async with self._database.reading() as connection:
            found: dict[str, Customer] = {}
            for some in batched(sorted(references)):
                rows = await connection.execute(select(table).where(table.c.reference.in_(some)))
                found.update((row.reference, customer_of(row)) for row in rows)
            return found

    async def page(self, after: str) -> list[Customer]:
        """In the order of references, from the one behind `after`; 500 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.reference > after)
                .order_by(table.c.reference)
                .limit(LISTED_AT_MOST)
            )
            return [customer_of(row) for row in rows]

    async def take_in(self, added: list[Customer], changed: list[tuple[Customer, Customer]]) -> None:
        """All or none: new ones, and those that are changed from what they were. Raises AlreadyThere if one of the
        added is there by now, or one of the changed is not as it was."""
        async with self._database.writing() as connection:
            if added:
                await connection.execute_many(table.insert(), [_values(customer) for customer in added])
            for before, after in changed:
                done = await connection.execute(
                    update(table)
                    .where(table.c.id == before.id, table.c.fields == _encoded(before))
                    .values(display_name=after.display_name, fields=_encoded(after))
                )
                if done.rowcount != 1:
                    raise AlreadyThere("a customer is not as it was when the change was asked for")


def _values(customer: Customer) -> dict[str, str]:
    return {
        "id": customer.id,
        "reference": customer.reference,
        "display_name": customer.display_name,
        "fields": _encoded(customer),
    }


def _encoded(customer: Customer) -> str:
    return msgspec.json.encode(customer.fields).decode("utf-8")
