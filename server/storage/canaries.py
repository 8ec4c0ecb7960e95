"""Canary customers: whom nobody has a reason to look at."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, select

from server.storage.customers import opened_customers
from server.storage.database import Database
from server.storage.flag_tables import canaries as table
from server.storage.sealed import Sealing
from server.storage.standing import must_stand_alone
from server.storage.tables import customers
from support.customer import Customer
from support.identity import CustomerId

AT_MOST: Final = 1_000


class CanaryStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def marked(self) -> Mapping[str, int]:
        """Since when each of them is one, UTC ms."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table.c.customer, table.c.marked_at_ms))
            return {row.customer: row.marked_at_ms for row in rows}

    async def everybody(self) -> list[tuple[Customer, int]]:
        """In the order of references, each with since when."""
        together = select(customers, table.c.marked_at_ms).join(table, table.c.customer == customers.c.id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(together.order_by(customers.c.reference))).all()
        found = await opened_customers(self._sealing, rows)
        return [(customer, row.marked_at_ms) for customer, row in zip(found, rows, strict=True)]

    async def add(self, customer: CustomerId, now_ms: int, log_index: int) -> bool:
        """False if it is one already. Raises RecordMerged."""
        values = {"customer": customer, "marked_at_ms": now_ms, "log_index": log_index}
        async with self._database.writing() as connection:
            await must_stand_alone(connection, customer)
            added = await connection.execute(
                self._database.insert(table).values(**values).on_conflict_do_nothing()
            )
        return added.rowcount == 1

    async def remove(self, customer: CustomerId) -> bool:
        """False if it is none."""
        async with self._database.writing() as connection:
            removed = await connection.execute(delete(table).where(table.c.customer == customer))
        return removed.rowcount == 1
