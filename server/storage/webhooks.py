"""Webhooks' endpoints: by id, and by name while they stand."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select, update

from server.outbox.endpoint import Endpoint
from server.storage.database import Database
from server.storage.outbox_tables import webhooks as table

LISTED_AT_MOST: Final = 200


class WebhookStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, endpoint: str) -> Endpoint | None:
        """A removed one too."""
        return await self._one(table.c.id == endpoint)

    async def named(self, name: str) -> Endpoint | None:
        return await self._one((table.c.name == name) & table.c.removed_at_ms.is_(None))

    async def standing(self) -> list[Endpoint]:
        """By name; 200 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.removed_at_ms.is_(None))
                .order_by(table.c.name)
                .limit(LISTED_AT_MOST)
            )
            return [_endpoint(row) for row in rows]

    async def add(self, endpoint: Endpoint, log_index: int) -> None:
        """Raises AlreadyThere if the name stands."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=endpoint.id,
                    name=endpoint.name,
                    url=endpoint.url,
                    log_index=log_index,
                    created_at_ms=endpoint.created_at_ms,
                )
            )

    async def remove(self, endpoint: str, now_ms: int) -> bool:
        """False if it was removed already."""
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(table.c.id == endpoint, table.c.removed_at_ms.is_(None))
                .values(removed_at_ms=now_ms)
            )
            return changed.rowcount == 1

    async def _one(self, which: ColumnElement[bool]) -> Endpoint | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(which))).one_or_none()
        return _endpoint(row) if row is not None else None


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(row.id, row.name, row.url, row.created_at_ms, row.removed_at_ms)
