"""Resets of factors, and the writes of which each happens once."""

from typing import Any, Final

from sqlalchemy import Row, Update, and_, select, update

from server.storage.database import Database
from server.storage.factor_requests import no_longer_vouched
from server.storage.tables import erasures
from server.storage.tables import resets as table
from support.identity import StaffId
from support.reset import Reset

LISTED_AT_MOST: Final = 200


class SqlResetStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, reset: str) -> Reset | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.id == reset))).one_or_none()
        return _reset(row) if row is not None else None

    async def unfinished(self, now_ms: int) -> list[Reset]:
        """Those that can still be approved, the oldest first; 200 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(
                    table.c.second_officer.is_(None),
                    table.c.closed_at_ms.is_(None),
                    table.c.expires_at_ms > now_ms,
                )
                .order_by(table.c.requested_at_ms, table.c.id)
                .limit(LISTED_AT_MOST)
            )
            return [_reset(row) for row in rows]

    async def add(self, reset: Reset, log_index: int) -> None:
        """Earlier ones of the same person that are unfinished are closed: one question at a time."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(
                    table.c.subject == reset.subject,
                    table.c.second_officer.is_(None),
                    table.c.closed_at_ms.is_(None),
                )
                .values(closed_at_ms=reset.requested_at_ms)
            )
            await connection.execute(
                table.insert().values(
                    id=reset.id,
                    subject=reset.subject,
                    requested_by=reset.requested_by,
                    log_index=log_index,
                    requested_at_ms=reset.requested_at_ms,
                    expires_at_ms=reset.expires_at_ms,
                )
            )

    async def approve_first(self, seen: Reset, officer: StaffId, now_ms: int) -> bool:
        """False if it is no longer as it was seen."""
        return await self._changed(seen, {"first_officer": officer, "first_at_ms": now_ms})

    async def approve_second(self, seen: Reset, officer: StaffId, now_ms: int) -> bool:
        """True to exactly one caller."""
        return await self._changed(seen, {"second_officer": officer, "second_at_ms": now_ms})

    async def close(self, reset: str, now_ms: int) -> bool:
        """False if it was over already."""
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(table.c.id == reset, table.c.second_officer.is_(None), table.c.closed_at_ms.is_(None))
                .values(closed_at_ms=now_ms)
            )
            return changed.rowcount == 1

    async def _changed(self, seen: Reset, values: dict[str, Any]) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(
                    table.c.id == seen.id,
                    table.c.first_officer.is_not_distinct_from(seen.first_officer),
                    table.c.second_officer.is_(None),
                    table.c.closed_at_ms.is_(None),
                )
                .values(**values)
            )
            return changed.rowcount == 1


def approvals_forgotten(officer: str) -> tuple[Update, ...]:
    """Approvals that came to nothing yet, of somebody who is blocked or gets new factors: whoever gave them may have
    been another. An erasure waits after both: the second approval then takes the first one's place."""
    waiting = and_(erasures.c.intent_index.is_(None), erasures.c.closed_at_ms.is_(None))
    return (
        update(table)
        .where(table.c.first_officer == officer, table.c.second_officer.is_(None))
        .values(first_officer=None, first_at_ms=None),
        no_longer_vouched(officer),
        update(erasures)
        .where(waiting, erasures.c.second_officer == officer)
        .values(second_officer=None, second_at_ms=None),
        update(erasures)
        .where(waiting, erasures.c.first_officer == officer)
        .values(
            first_officer=erasures.c.second_officer,
            first_at_ms=erasures.c.second_at_ms,
            second_officer=None,
            second_at_ms=None,
        ),
    )


def _reset(row: Row[Any]) -> Reset:
    return Reset(
        id=row.id,
        subject=row.subject,
        requested_by=row.requested_by,
        requested_at_ms=row.requested_at_ms,
        expires_at_ms=row.expires_at_ms,
        first_officer=StaffId(row.first_officer) if row.first_officer is not None else None,
        first_at_ms=row.first_at_ms,
        second_officer=StaffId(row.second_officer) if row.second_officer is not None else None,
        second_at_ms=row.second_at_ms,
        closed_at_ms=row.closed_at_ms,
    )
