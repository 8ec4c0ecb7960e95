"""What leases depend on, read in one go."""

from sqlalchemy import Connection, select

from server.storage.cases import case_of
from server.storage.database import Database, batched
from server.storage.tables import cases, staff
from support.case import Case
from support.identity import CaseId, StaffId
from support.ports import Seen


class SqlDeskWatch:
    """Implements support.ports.DeskWatch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, followed: frozenset[CaseId]) -> Seen:
        return await self._database.apart(lambda connection: _seen(connection, followed))


def _seen(connection: Connection, followed: frozenset[CaseId]) -> Seen:
    found: dict[CaseId, Case] = {}
    for some in batched(sorted(followed)):
        rows = connection.execute(select(cases).where(cases.c.id.in_(some)))
        found.update((CaseId(row.id), case_of(row)) for row in rows)
    blocked = connection.execute(
        select(staff.c.id, staff.c.blocked_until_ms).where(staff.c.blocked_until_ms.is_not(None))
    )
    return Seen(found, {StaffId(row.id): int(row.blocked_until_ms) for row in blocked})
