"""Cases as administration sees them: by their references, and whoever they belong to."""

from typing import Final

from sqlalchemy import and_, exists, not_, or_, select, update

from server.storage.cases import opened_cases
from server.storage.database import Database
from server.storage.outbox_tables import verification_requests as requests
from server.storage.sealed import Sealing
from server.storage.tables import cases as table
from server.storage.tables import staff
from support.asking import OWN_PREFIX
from support.case import Case, CaseState, Origin
from support.identity import CaseId, StaffId
from support.staff import Role

LISTED_AT_MOST: Final = 500


class CaseRoll:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def of_reference(self, reference: str) -> Case | None:
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(table).where(table.c.reference == reference))).all()
        return next(iter(await opened_cases(self._sealing, rows)), None)

    async def page(self, *, only_open: bool) -> list[Case]:
        """The latest activity first; 500 at most."""
        async with self._database.reading() as connection:
            wanted = select(table).order_by(table.c.last_activity_ms.desc(), table.c.id).limit(LISTED_AT_MOST)
            if only_open:
                wanted = wanted.where(table.c.state == CaseState.OPEN.value)
            found = (await connection.execute(wanted)).all()
        return await opened_cases(self._sealing, found)

    async def close(self, case: CaseId) -> bool:
        """False if it was not open."""
        opened = (table.c.id == case, table.c.state == CaseState.OPEN.value)
        async with self._database.writing() as connection:
            closed = await connection.execute(
                update(table).where(*opened).values(state=CaseState.CLOSED.value)
            )
        return closed.rowcount == 1

    async def of_nobodys_request(self, before_ms: int) -> list[CaseId]:
        """Open cases of other systems' verifications, not active since then, that no unsettled request belongs to."""
        systems = select(staff.c.id).where(staff.c.role == Role.SYSTEM.value)
        asked = exists().where(requests.c.case_id == table.c.id, requests.c.settled_at_ms.is_(None))
        async with self._database.reading() as connection:
            found = await connection.scalars(
                select(table.c.id).where(
                    table.c.state == CaseState.OPEN.value,
                    table.c.assigned_agent.in_(systems),
                    table.c.last_activity_ms < before_ms,
                    not_(asked),
                )
            )
            return [CaseId(case) for case in found]

    async def asked_for(self, since_ms: int) -> list[CaseId]:
        """Open cases of customers who asked first, active since then."""
        async with self._database.reading() as connection:
            found = await connection.scalars(
                select(table.c.id).where(
                    table.c.state == CaseState.OPEN.value,
                    table.c.origin == Origin.CUSTOMER.value,
                    table.c.reference.startswith(OWN_PREFIX),
                    table.c.last_activity_ms >= since_ms,
                )
            )
            return [CaseId(case) for case in found]

    async def take(
        self, case: CaseId, agent: StaffId, now_ms: int, *, kept_by: StaffId | None = None
    ) -> bool:
        """An open case that is nobody's, or that `kept_by` hands over, becomes this agent's, who gets eight hours;
        False if it is not one, was opened for its agent alone, or is by now somebody else's."""
        whose = table.c.assigned_agent
        takeable = whose.is_(None) if kept_by is None else or_(whose.is_(None), whose == kept_by)
        theirs_alone = and_(table.c.ends_at_ms.is_not(None), not_(table.c.provisional))  # by an override
        free = (table.c.id == case, takeable, not_(theirs_alone), table.c.state == CaseState.OPEN.value)
        async with self._database.writing() as connection:
            taken = await connection.execute(
                update(table).where(*free).values(assigned_agent=agent, last_activity_ms=now_ms)
            )
        return taken.rowcount == 1

    async def assign(self, case: CaseId, agent: StaffId | None, now_ms: int) -> None:
        """To nobody (None), or to an agent, which counts as activity: the agent gets eight hours."""
        values = (
            {"assigned_agent": agent}
            if agent is None
            else {"assigned_agent": agent, "last_activity_ms": now_ms}
        )
        async with self._database.writing() as connection:
            await connection.execute(update(table).where(table.c.id == case).values(**values))

    async def leave(self, case: CaseId, agent: StaffId, to: StaffId | None, now_ms: int) -> bool:
        """What `agent` took is nobody's again, or `to`'s, who gets eight hours. False, and nothing changed, where it is
        not this agent's by now."""
        activity = {} if to is None else {"last_activity_ms": now_ms}
        theirs = (table.c.id == case, table.c.assigned_agent == agent)
        async with self._database.writing() as connection:
            left = await connection.execute(
                update(table).where(*theirs).values(assigned_agent=to, **activity)
            )
        return left.rowcount == 1
