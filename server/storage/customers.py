"""Customers and what is known about them."""

from typing import Any

import msgspec
from sqlalchemy import Row, select

from server.storage.database import Database, batched
from server.storage.tables import customers as table
from support.customer import Customer, CustomerField
from support.identity import CustomerId


class SqlCustomerStore:
    """Implements support.ports.CustomerStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, customer: CustomerId) -> Customer | None:
        return (await self.find_all(frozenset({customer}))).get(customer)

    async def find_all(self, customers: frozenset[CustomerId]) -> dict[CustomerId, Customer]:
        async with self._database.reading() as connection:
            found: dict[CustomerId, Customer] = {}
            for some in batched(sorted(customers)):
                rows = await connection.execute(select(table).where(table.c.id.in_(some)))
                found.update((CustomerId(row.id), customer_of(row)) for row in rows)
            return found

    async def add(self, customer: Customer) -> None:
        """Raises AlreadyThere if the id or reference is taken."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=customer.id,
                    reference=customer.reference,
                    display_name=customer.display_name,
                    fields=msgspec.json.encode(customer.fields).decode("utf-8"),
                )
            )


def customer_of(row: Row[Any]) -> Customer:
    return Customer(
        id=CustomerId(row.id),
        reference=row.reference,
        display_name=row.display_name,
        fields=msgspec.json.decode(row.fields, type=tuple[CustomerField, ...]),
    )
