"""Browsers in which customers were verified before."""

from typing import Any, Final

from sqlalchemy import Connection, Row, Update, bindparam, delete, select, update

from server.storage.database import Database
from server.storage.factors_tables import known_devices as table
from support.identity import CustomerId
from verification.known_device import KnownDevice

_OF_HASH: Final = select(table).where(table.c.token_hash == bindparam("of"))
_RUN_OUT: Final = delete(table).where(table.c.expires_at_ms <= bindparam("now"))
_ADD: Final = table.insert()


class SqlKnownDeviceStore:
    """Implements verification.ports.KnownDeviceStore. Every method raises StoreUnavailable; what it writes is committed
    on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_token_hash(self, token_hash: str) -> KnownDevice | None:
        row = await self._database.read(lambda one: one.execute(_OF_HASH, {"of": token_hash}).one_or_none())
        return _device(row) if row is not None else None

    async def of_customer(self, customer: CustomerId, now_ms: int) -> list[KnownDevice]:
        """Those that are good, the latest seen first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(
                    table.c.customer == customer,
                    table.c.void_at_ms.is_(None),
                    table.c.expires_at_ms > now_ms,
                )
                .order_by(table.c.seen_at_ms.desc(), table.c.id)
            )
            return [_device(row) for row in rows]

    async def add(self, device: KnownDevice, log_index: int) -> None:
        """What has run out is removed with it."""
        columns = {
            "id": device.id,
            "customer": device.customer,
            "token_hash": device.token_hash,
            "log_index": log_index,
            "made_at_ms": device.made_at_ms,
            "expires_at_ms": device.expires_at_ms,
            "seen_at_ms": device.seen_at_ms,
        }

        def added(connection: Connection) -> None:
            connection.execute(_RUN_OUT, {"now": device.made_at_ms})
            connection.execute(_ADD, columns)

        await self._database.write(added)

    async def seen(self, device: str, now_ms: int) -> None:
        await self._changed(update(table).where(table.c.id == device).values(seen_at_ms=now_ms))

    async def void(self, device: str, now_ms: int) -> bool:
        return await self._changed(_void(now_ms).where(table.c.id == device)) == 1

    async def forget(self, device: str, customer: CustomerId, now_ms: int) -> bool:
        """As `void`, for the customer's own ones."""
        own = _void(now_ms).where(table.c.id == device, table.c.customer == customer)
        return await self._changed(own) == 1

    async def void_all(self, customer: CustomerId, now_ms: int) -> int:
        """How many were good until now."""
        return await self._changed(all_void(customer, now_ms))

    async def _changed(self, statement: Update) -> int:
        return await self._database.write(lambda connection: connection.execute(statement).rowcount)


def all_void(customer: str, now_ms: int) -> Update:
    """For a transaction that takes more than these."""
    return _void(now_ms).where(table.c.customer == customer)


def _void(now_ms: int) -> Update:
    return update(table).where(table.c.void_at_ms.is_(None)).values(void_at_ms=now_ms)


def _device(row: Row[Any]) -> KnownDevice:
    return KnownDevice(
        id=row.id,
        customer=row.customer,
        token_hash=row.token_hash,
        made_at_ms=row.made_at_ms,
        expires_at_ms=row.expires_at_ms,
        seen_at_ms=row.seen_at_ms,
        void_at_ms=row.void_at_ms,
    )
