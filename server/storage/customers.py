"""Customers and what is known about them, sealed under each one's own key."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select

from server.storage.database import Database, batched
from server.storage.sealed import Box, Place, Sealing
from server.storage.tables import customers as table
from support.customer import Customer, CustomerField
from support.identity import CustomerId


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    display_name: str
    fields: tuple[CustomerField, ...]


class SqlCustomerStore:
    """Implements support.ports.CustomerStore."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def find(self, customer: CustomerId) -> Customer | None:
        return (await self.find_all(frozenset({customer}))).get(customer)

    async def find_all(self, customers: frozenset[CustomerId]) -> dict[CustomerId, Customer]:
        found: list[Row[Any]] = []
        async with self._database.reading() as connection:
            for some in batched(sorted(customers)):
                found += await connection.execute(select(table).where(table.c.id.in_(some)))
        return {customer.id: customer for customer in await opened_customers(self._sealing, found)}

    async def add(self, customer: Customer) -> None:
        """Raises AlreadyThere if the id or reference is taken."""
        box = await self._sealing.writing(customer.id)
        async with self._database.writing() as connection:
            await connection.execute(table.insert().values(customer_values(customer, box)))


async def opened_customers(sealing: Sealing, rows: Sequence[Row[Any]]) -> list[Customer]:
    """In the order of the rows. Raises DatabaseUnavailable."""
    box = await sealing.reading({row.id for row in rows if row.record is not None})
    return [customer_of(row, box) for row in rows]


def customer_of(row: Row[Any], box: Box) -> Customer:
    content = box.open(row.id, _place(row.id), row.record)
    record = _Record("", ()) if content is None else msgspec.json.decode(content, type=_Record)
    return Customer(
        id=CustomerId(row.id),
        reference=row.reference,
        display_name=record.display_name,
        fields=record.fields,
        since_ms=row.since_ms,
        erased_at_ms=row.erased_at_ms,
        merged_into=CustomerId(row.merged_into) if row.merged_into is not None else None,
    )


def sealed_record(customer: Customer, box: Box) -> bytes:
    record = _Record(customer.display_name, customer.fields)
    return box.seal(customer.id, _place(customer.id), msgspec.json.encode(record))


def customer_values(customer: Customer, box: Box) -> dict[str, Any]:
    """The row of a customer who is new."""
    return {
        "id": customer.id,
        "reference": customer.reference,
        "record": sealed_record(customer, box),
        "since_ms": customer.since_ms,
        "erased_at_ms": None,
    }


def _place(customer: str) -> Place:
    return Place(table.name, table.c.record.name, customer)
