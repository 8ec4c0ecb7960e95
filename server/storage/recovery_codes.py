"""Customers' recovery codes, by argon2id hash, and the one atomic write by which one is used."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Delete, Select, and_, delete, func, literal, select, update

from server.identity import new_id
from server.storage.database import Database
from server.storage.factors_tables import recovery_codes as table
from server.storage.transaction import Transaction, Within
from support.identity import CustomerId
from verification.ports import StoredRecoveryCode


class Told(Protocol):
    """Who hears of it, within the very transaction: what they raise undoes it."""

    async def recovery_code_used(
        self, transaction: Transaction, customer: CustomerId, code: str, left: int, now: int
    ) -> None: ...

    async def recovery_codes_made(
        self, transaction: Transaction, customer: CustomerId, made: str, now: int
    ) -> None: ...


class SqlRecoveryCodeStore:
    """Implements verification.ports.RecoveryCodeStore. Every method raises StoreUnavailable."""

    def __init__(self, database: Database, told: Told | None = None) -> None:
        self._database, self._told = database, told

    async def of_slot(self, customer: str, slot: int) -> StoredRecoveryCode | None:
        """One row comes back and is read whether there is a code or not, so that the time tells neither."""
        asked = select(literal(customer).label("customer")).subquery()
        own = and_(table.c.customer == asked.c.customer, table.c.slot == slot)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).select_from(asked.outerjoin(table, own)))).one()
        found = StoredRecoveryCode(row.id, row.code_hash)
        return found if row.id is not None else None

    async def use(self, code: str, used_by: str, now_ms: int) -> int | None:
        async with self._database.writing() as connection:
            used = await connection.execute(
                update(table)
                .where(table.c.id == code, table.c.used_at_ms.is_(None))
                .values(used_at_ms=now_ms, used_by=used_by)
            )
            if used.rowcount != 1:
                return None
            customer = await connection.scalar(select(table.c.customer).where(table.c.id == code))
            left = int(await connection.scalar(_unused(customer)))
            if self._told is not None:
                await self._told.recovery_code_used(connection, CustomerId(customer), code, left, now_ms)
        return left

    async def used_by(self, code: str) -> str | None:
        async with self._database.reading() as connection:
            found = await connection.scalar(select(table.c.used_by).where(table.c.id == code))
        return str(found) if found is not None else None

    async def replace(
        self, customer: CustomerId, hashes: Sequence[str], log_index: int, now_ms: int, *within: Within
    ) -> None:
        """These in place of all before, in the order of the slots. Committed on return; what one of `within` raises
        takes all of it back."""
        rows = [
            {
                "id": new_id("rec"),
                "customer": customer,
                "slot": slot,
                "code_hash": code_hash,
                "log_index": log_index,
                "made_at_ms": now_ms,
            }
            for slot, code_hash in enumerate(hashes)
        ]
        async with self._database.writing() as connection:
            for one in within:
                await one(connection)
            await connection.execute(delete(table).where(table.c.customer == customer))
            await connection.execute_many(table.insert(), rows)
            if self._told is not None:
                await self._told.recovery_codes_made(connection, customer, str(log_index), now_ms)

    async def remaining(self, customer: CustomerId) -> int:
        async with self._database.reading() as connection:
            return int(await connection.scalar(_unused(customer)))


def all_forgotten(customer: str) -> Delete:
    """For a transaction that takes more than these."""
    return delete(table).where(table.c.customer == customer)


def made_since(customer: str, since_ms: int) -> Delete:
    """As `all_forgotten`, of those that were made at that time or later."""
    return all_forgotten(customer).where(table.c.made_at_ms >= since_ms)


def _unused(customer: str) -> Select[Any]:
    return (
        select(func.count())
        .select_from(table)
        .where(table.c.customer == customer, table.c.used_at_ms.is_(None))
    )
