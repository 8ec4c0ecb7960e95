"""Which server does what only one may do at a time."""

from sqlalchemy import delete, or_, update

from server.storage.database import Database
from server.storage.outbox_tables import leaders as table


class LeaderStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, task: str, holder: str, now_ms: int, until_ms: int) -> bool:
        """Whether `task` is this holder's until then: it was already, was nobody's, or its holder's time is over."""
        async with self._database.writing() as connection:
            taken = await connection.execute(
                update(table)
                .where(table.c.task == task, or_(table.c.holder == holder, table.c.until_ms <= now_ms))
                .values(holder=holder, until_ms=until_ms)
            )
            if taken.rowcount == 1:
                return True
            first = self._database.insert(table).values(task=task, holder=holder, until_ms=until_ms)
            return (await connection.execute(first.on_conflict_do_nothing())).rowcount == 1

    async def leave(self, task: str, holder: str) -> None:
        """At once another may have it."""
        async with self._database.writing() as connection:
            await connection.execute(delete(table).where(table.c.task == task, table.c.holder == holder))
