"""Cases as administration sees them: by their references, and whoever they belong to."""

from typing import Final

from sqlalchemy import select, update

from server.storage.cases import case_of
from server.storage.database import Database
from server.storage.tables import cases as table
from support.case import Case, CaseState
from support.identity import CaseId, StaffId

LISTED_AT_MOST: Final = 500


class CaseRoll:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_reference(self, reference: str) -> Case | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(table).where(table.c.reference == reference))
            ).one_or_none()
        return case_of(row) if row is not None else None

    async def page(self, *, only_open: bool) -> list[Case]:
        """The latest activity first; 500 at most."""
        async with self._database.reading() as connection:
            wanted = select(table).order_by(table.c.last_activity_ms.desc(), table.c.id).limit(LISTED_AT_MOST)
            if only_open:
                wanted = wanted.where(table.c.state == CaseState.OPEN.value)
            return [case_of(row) for row in await connection.execute(wanted)]

    async def close(self, case: CaseId) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table).where(table.c.id == case).values(state=CaseState.CLOSED.value)
            )

    async def assign(self, case: CaseId, agent: StaffId | None, now_ms: int) -> None:
        """To nobody (None), or to an agent, which counts as activity: the agent gets eight hours."""
        values = (
            {"assigned_agent": agent}
            if agent is None
            else {"assigned_agent": agent, "last_activity_ms": now_ms}
        )
        async with self._database.writing() as connection:
            await connection.execute(update(table).where(table.c.id == case).values(**values))
