"""Holds: what keeps a customer from being erased until somebody lifts it. Why is sealed under the customer's key."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, select, update

from server.storage.database import Database
from server.storage.sealed import Place, Sealing
from server.storage.tables import holds as table
from support.erasure import Hold, HoldKind
from support.identity import CustomerId


class HoldStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing
        self._placing = asyncio.Lock()

    async def place(self, hold: Hold, log_index: int) -> None:
        """Waits for whoever destroys keys just now (`unchanged`): on return nobody does who does not know of it."""
        box = await self._sealing.writing(hold.subject)
        async with self._placing, self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=hold.id,
                    subject=hold.subject,
                    kind=hold.kind.value,
                    reason=box.seal(hold.subject, _place(hold.id), hold.reason.encode()),
                    placed_by=hold.placed_by,
                    log_index=log_index,
                    placed_at_ms=hold.placed_at_ms,
                )
            )

    async def lift(self, subject: CustomerId, kind: HoldKind, by: str, now_ms: int) -> int:
        """How many of this kind stood."""
        async with self._database.writing() as connection:
            lifted = await connection.execute(
                update(table)
                .where(table.c.subject == subject, table.c.kind == kind.value, table.c.lifted_at_ms.is_(None))
                .values(lifted_at_ms=now_ms, lifted_by=by)
            )
            return lifted.rowcount

    async def standing(self, subject: CustomerId) -> list[Hold]:
        """The oldest first."""
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(
                    select(table)
                    .where(table.c.subject == subject, table.c.lifted_at_ms.is_(None))
                    .order_by(table.c.placed_at_ms, table.c.id)
                )
            ).all()
        return await self._opened(rows)

    async def held(self) -> list[str]:
        """Every customer with a hold."""
        async with self._database.reading() as connection:
            found = await connection.scalars(
                select(table.c.subject).where(table.c.lifted_at_ms.is_(None)).distinct()
            )
            return list(found)

    @asynccontextmanager
    async def unchanged(self) -> AsyncIterator[list[str]]:
        """As `held`; nobody is added to them while the context is open."""
        async with self._placing:
            yield await self.held()

    async def _opened(self, rows: Sequence[Row[Any]]) -> list[Hold]:
        box = await self._sealing.reading({row.subject for row in rows if row.reason is not None})
        return [
            Hold(
                id=row.id,
                subject=CustomerId(row.subject),
                kind=HoldKind(row.kind),
                reason=(box.open(row.subject, _place(row.id), row.reason) or b"").decode(),
                placed_by=row.placed_by,
                placed_at_ms=row.placed_at_ms,
                lifted_at_ms=row.lifted_at_ms,
            )
            for row in rows
        ]


def _place(hold: str) -> Place:
    return Place(table.name, table.c.reason.name, hold)
