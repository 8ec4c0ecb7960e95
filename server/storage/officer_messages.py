"""What officers write to agents."""

from typing import Any

from sqlalchemy import Row, delete, func, select, update

from server.storage.database import Database
from server.storage.message_tables import officer_messages as table
from support.identity import StaffId
from support.officer_message import KEPT_MS, LISTED_AT_MOST, UNREAD_AT_MOST, OfficerMessage


class OfficerMessageStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, message: OfficerMessage) -> bool:
        """False, and nothing written, where ten wait for this person unread. What is older than ninety days goes."""
        async with self._database.writing() as connection:
            waiting = await connection.scalar(
                select(func.count()).where(table.c.staff == message.to, table.c.read_at_ms.is_(None))
            )
            if waiting >= UNREAD_AT_MOST:
                return False
            await connection.execute(
                delete(table).where(table.c.written_at_ms < message.written_at_ms - KEPT_MS)
            )
            await connection.execute(
                table.insert().values(
                    id=message.id,
                    staff=message.to,
                    officer=message.officer,
                    text=message.text,
                    written_at_ms=message.written_at_ms,
                    log_index=message.log_index,
                )
            )
        return True

    async def unread_by(self, person: StaffId) -> list[OfficerMessage]:
        """The oldest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.staff == person, table.c.read_at_ms.is_(None))
                .order_by(table.c.written_at_ms, table.c.id)
            )
            return [_message(row) for row in rows]

    async def written_to(self, person: StaffId) -> list[OfficerMessage]:
        """The latest first; 50 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.staff == person)
                .order_by(table.c.written_at_ms.desc(), table.c.id)
                .limit(LISTED_AT_MOST)
            )
            return [_message(row) for row in rows]

    async def read(self, message: str, person: StaffId, at_ms: int) -> bool:
        """True to exactly one caller."""
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(table)
                .where(table.c.id == message, table.c.staff == person, table.c.read_at_ms.is_(None))
                .values(read_at_ms=at_ms)
            )
            return done.rowcount == 1


def _message(row: Row[Any]) -> OfficerMessage:
    return OfficerMessage(
        id=row.id,
        to=StaffId(row.staff),
        officer=StaffId(row.officer),
        text=row.text,
        written_at_ms=row.written_at_ms,
        log_index=row.log_index,
        read_at_ms=row.read_at_ms,
    )
