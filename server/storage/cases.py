"""Cases."""

from typing import Any, Final

from sqlalchemy import Row, select, update

from server.storage.database import Database, batched
from server.storage.tables import cases as table
from support.case import Case, CaseState, Origin
from support.identity import CaseId, CustomerId, StaffId

CASES_AT_MOST: Final = 500


class SqlCaseStore:
    """Implements support.ports.CaseStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, case: CaseId) -> Case | None:
        return (await self.find_all(frozenset({case}))).get(case)

    async def find_all(self, cases: frozenset[CaseId]) -> dict[CaseId, Case]:
        async with self._database.reading() as connection:
            found: dict[CaseId, Case] = {}
            for some in batched(sorted(cases)):
                rows = await connection.execute(select(table).where(table.c.id.in_(some)))
                found.update((CaseId(row.id), case_of(row)) for row in rows)
            return found

    async def of_agent(self, agent: StaffId) -> list[Case]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.assigned_agent == agent)
                .order_by(table.c.last_activity_ms.desc(), table.c.id)
                .limit(CASES_AT_MOST)
            )
            return [case_of(row) for row in rows]

    async def add(self, case: Case) -> None:
        """Raises AlreadyThere if the id or reference is taken, or customer or agent are not there."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=case.id,
                    reference=case.reference,
                    customer=case.customer,
                    origin=case.origin.value,
                    reason=case.reason,
                    assigned_agent=case.assigned_agent,
                    state=case.state.value,
                    last_activity_ms=case.last_activity_ms,
                    provisional=case.provisional,
                    opened_by=case.opened_by,
                )
            )

    async def record_activity(self, case: CaseId, now_ms: int) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.c.id == case, table.c.last_activity_ms < now_ms)
                .values(last_activity_ms=now_ms)
            )

    async def confirm(self, case: CaseId) -> None:
        async with self._database.writing() as connection:
            await connection.execute(update(table).where(table.c.id == case).values(provisional=False))


def case_of(row: Row[Any]) -> Case:
    return Case(
        id=CaseId(row.id),
        reference=row.reference,
        customer=CustomerId(row.customer),
        origin=Origin(row.origin),
        reason=row.reason,
        assigned_agent=StaffId(row.assigned_agent) if row.assigned_agent is not None else None,
        state=CaseState(row.state),
        last_activity_ms=row.last_activity_ms,
        provisional=row.provisional,
        opened_by=StaffId(row.opened_by) if row.opened_by is not None else None,
    )
