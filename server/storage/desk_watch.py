"""What leases depend on, read in one go."""

from sqlalchemy import Connection, or_, select

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
    stopped = connection.execute(
        select(staff.c.id, staff.c.blocked_until_ms, staff.c.must_prove).where(
            or_(staff.c.blocked_until_ms.is_not(None), staff.c.must_prove.is_not(None))
        )
    ).all()
    blocked = {StaffId(one.id): one.blocked_until_ms for one in stopped if one.blocked_until_ms is not None}
    return Seen(
        found, blocked, {StaffId(one.id): one.must_prove for one in stopped if one.must_prove is not None}
    )
