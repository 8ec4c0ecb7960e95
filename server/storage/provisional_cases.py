"""Cases that only their agents stand for: added with their stand-in or their notices, and moved on by one conditional
write each."""

from typing import Final

from sqlalchemy import ColumnElement, not_, select, update

from server.storage.cases import case_values, opened_cases
from server.storage.customers import customer_values
from server.storage.database import Database
from server.storage.sealed import Sealing
from server.storage.standing import must_stand_alone
from server.storage.tables import cases as table
from server.storage.tables import customers
from server.storage.transaction import Within
from support.case import Case, CaseState
from support.customer import Customer
from support.identity import CaseId, StaffId

LISTED_AT_MOST: Final = 500


class ProvisionalCaseStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def add(self, case: Case, stand_in: Customer | None, *within: Within) -> None:
        """`within` go into the same write. Raises AlreadyThere if the reference is taken, SubjectErased,
        RecordMerged."""
        box = await self._sealing.writing(case.customer)
        async with self._database.writing() as connection:
            if stand_in is not None:
                await connection.execute(customers.insert().values(customer_values(stand_in, box)))
            await must_stand_alone(connection, case.customer)
            await connection.execute(table.insert().values(case_values(case, box)))
            for one in within:
                await one(connection)

    async def waiting(self, now_ms: int) -> list[Case]:
        """Open provisional ones, the first to end first."""
        wanted = select(table).where(*_open(), table.c.provisional, table.c.ends_at_ms > now_ms)
        async with self._database.reading() as connection:
            rows = await connection.execute(
                wanted.order_by(table.c.ends_at_ms, table.c.id).limit(LISTED_AT_MOST)
            )
            found = rows.all()
        return await opened_cases(self._sealing, found)

    async def is_one(self, case: CaseId) -> bool:
        async with self._database.reading() as connection:
            ends = await connection.scalar(select(table.c.ends_at_ms).where(table.c.id == case))
        return ends is not None

    async def make_live(self, case: CaseId, now_ms: int) -> bool:
        """A case like any other, active now. False if it is not open, is one already, or over."""
        good = (table.c.id == case, *_open(), table.c.ends_at_ms > now_ms)
        async with self._database.writing() as connection:
            made = await connection.execute(
                update(table).where(*good).values(provisional=False, ends_at_ms=None, last_activity_ms=now_ms)
            )
        return made.rowcount == 1

    async def close(self, case: CaseId) -> bool:
        """False if it was not open, or is a case like any other by now."""
        async with self._database.writing() as connection:
            closed = await connection.execute(
                update(table).where(table.c.id == case, *_open()).values(state=CaseState.CLOSED.value)
            )
        return closed.rowcount == 1

    async def close_overrides(self, agent: StaffId) -> list[CaseId]:
        """What this agent opened by an override and still has for its minutes; which those were."""
        theirs = (*_open(), not_(table.c.provisional), table.c.opened_by == agent)
        async with self._database.writing() as connection:
            found = await connection.scalars(select(table.c.id).where(*theirs))
            closed = [CaseId(case) for case in found]
            if closed:
                await connection.execute(
                    update(table).where(table.c.id.in_(closed), *theirs).values(state=CaseState.CLOSED.value)
                )
        return closed

    async def over(self, now_ms: int) -> list[CaseId]:
        """Open ones whose time has run out."""
        async with self._database.reading() as connection:
            found = await connection.scalars(select(table.c.id).where(*_open(), table.c.ends_at_ms <= now_ms))
            return [CaseId(case) for case in found]


def _open() -> tuple[ColumnElement[bool], ...]:
    return (table.c.ends_at_ms.is_not(None), table.c.state == CaseState.OPEN.value)
