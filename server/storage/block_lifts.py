"""Questions whether a block is to be lifted, and the writes of which each happens once."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Update, or_, select, update

from server.storage.database import Database
from server.storage.flag_tables import block_lifts as table
from server.storage.tables import staff
from support.block_lift import BlockLift
from support.identity import StaffId

LISTED_AT_MOST: Final = 200


class BlockLiftStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, lift: str) -> BlockLift | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.id == lift))).one_or_none()
        return None if row is None else _lift(row)

    async def unfinished(self, now_ms: int) -> list[BlockLift]:
        """Those that can still be approved, the oldest first; 200 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(*_open(now_ms))
                .order_by(table.c.asked_at_ms, table.c.id)
                .limit(LISTED_AT_MOST)
            )
            return [_lift(row) for row in rows]

    async def add(self, lift: BlockLift, log_index: int) -> None:
        """Earlier ones about the same person are closed: one question at a time."""
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.staff == lift.staff, *_open(lift.asked_at_ms))
                .values(closed_at_ms=lift.asked_at_ms)
            )
            await connection.execute(
                table.insert().values(
                    id=lift.id,
                    staff=lift.staff,
                    asked_by=lift.asked_by,
                    reason=lift.reason,
                    log_index=log_index,
                    asked_at_ms=lift.asked_at_ms,
                    expires_at_ms=lift.expires_at_ms,
                )
            )

    async def approve(self, lift: BlockLift, officer: StaffId, now_ms: int) -> bool:
        """With the block lifted in the same write. False if the question is over; true to exactly one caller."""
        async with self._database.writing() as connection:
            approved = await connection.execute(
                update(table).where(table.c.id == lift.id, *_open(now_ms)).values(approved_by=officer)
            )
            if approved.rowcount != 1:
                return False
            await connection.execute(
                update(staff).where(staff.c.id == lift.staff).values(blocked_until_ms=None)
            )
        return True

    async def close(self, lift: str, now_ms: int) -> bool:
        """False if it was over already."""
        async with self._database.writing() as connection:
            closed = await connection.execute(
                update(table).where(table.c.id == lift, *_open(now_ms)).values(closed_at_ms=now_ms)
            )
            return closed.rowcount == 1


def lifts_overtaken(blocked: str) -> Update:
    """Part of the write of a block: questions about somebody who is blocked anew, or asked by them, are over."""
    theirs = or_(table.c.staff == blocked, table.c.asked_by == blocked)
    return (
        update(table)
        .where(theirs, table.c.approved_by.is_(None), table.c.closed_at_ms.is_(None))
        .values(closed_at_ms=table.c.asked_at_ms)
    )


def _open(now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (table.c.approved_by.is_(None), table.c.closed_at_ms.is_(None), table.c.expires_at_ms > now_ms)


def _lift(row: Row[Any]) -> BlockLift:
    return BlockLift(
        id=row.id,
        staff=StaffId(row.staff),
        asked_by=StaffId(row.asked_by),
        reason=row.reason,
        asked_at_ms=row.asked_at_ms,
        expires_at_ms=row.expires_at_ms,
        approved_by=None if row.approved_by is None else StaffId(row.approved_by),
        closed_at_ms=row.closed_at_ms,
    )
