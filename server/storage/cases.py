"""Cases. Why somebody asked for help is sealed under that customer's own key."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, or_, select, update
from sqlalchemy import case as case_when

from server.storage.database import Database, batched
from server.storage.sealed import Box, Place, Sealing
from server.storage.standing import must_stand_alone
from server.storage.tables import cases as table
from support.case import Case, CaseState, Origin
from support.identity import CaseId, CustomerId, StaffId

CASES_AT_MOST: Final = 500
_REASON: Final = table.c.reason.name
_NAMED: Final = table.c.named.name


def still_good(now_ms: ColumnElement[int]) -> ColumnElement[bool]:
    """Not one whose time is over."""
    return or_(table.c.ends_at_ms.is_(None), table.c.ends_at_ms > now_ms)


_ACTIVE: Final = (
    update(table)
    .where(table.c.id == bindparam("of"), table.c.last_activity_ms < bindparam("now"))
    .values(last_activity_ms=bindparam("now"))
)
_CONFIRM: Final = (
    update(table)
    .where(table.c.id == bindparam("of"), still_good(bindparam("now")))
    .values(
        provisional=False,
        ends_at_ms=None,
        last_activity_ms=case_when(
            (table.c.last_activity_ms < bindparam("now"), bindparam("now")), else_=table.c.last_activity_ms
        ),
    )
)


class SqlCaseStore:
    """Implements support.ports.CaseStore."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def find(self, case: CaseId) -> Case | None:
        return (await self.find_all(frozenset({case}))).get(case)

    async def find_all(self, cases: frozenset[CaseId]) -> dict[CaseId, Case]:
        found: list[Row[Any]] = []
        async with self._database.reading() as connection:
            for some in batched(sorted(cases)):
                found += await connection.execute(select(table).where(table.c.id.in_(some)))
        return {case.id: case for case in await opened_cases(self._sealing, found)}

    async def of_agent(self, agent: StaffId) -> list[Case]:
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table)
                .where(table.c.assigned_agent == agent)
                .order_by(table.c.last_activity_ms.desc(), table.c.id)
                .limit(CASES_AT_MOST)
            )
            found = rows.all()
        return await opened_cases(self._sealing, found)

    async def add(self, case: Case) -> None:
        """Raises AlreadyThere if the id or reference is taken, or customer or agent are not there, SubjectErased,
        RecordMerged."""
        box = await self._sealing.writing(case.customer)
        async with self._database.writing() as connection:
            await must_stand_alone(connection, case.customer)
            await connection.execute(table.insert().values(case_values(case, box)))

    async def record_activity(self, case: CaseId, now_ms: int) -> None:
        asked = {"of": case, "now": now_ms}
        await self._database.write(lambda connection: connection.execute(_ACTIVE, asked))

    async def confirm(self, case: CaseId, now_ms: int) -> None:
        asked = {"of": case, "now": now_ms}
        await self._database.write(lambda connection: connection.execute(_CONFIRM, asked))


async def opened_cases(sealing: Sealing, rows: Sequence[Row[Any]]) -> list[Case]:
    """In the order of the rows. Raises DatabaseUnavailable."""
    box = await sealing.reading({row.customer for row in rows if row.reason is not None})
    return [case_of(row, _text(row, box, _REASON), _text(row, box, _NAMED)) for row in rows]


def case_values(case: Case, box: Box) -> dict[str, Any]:
    """The row of a case that is new."""
    named = box.seal(case.customer, _place(case.id, _NAMED), case.named.encode()) if case.named else None
    return {
        "id": case.id,
        "reference": case.reference,
        "customer": case.customer,
        "origin": case.origin.value,
        "reason": box.seal(case.customer, _place(case.id, _REASON), case.reason.encode()),
        "assigned_agent": case.assigned_agent,
        "state": case.state.value,
        "last_activity_ms": case.last_activity_ms,
        "provisional": case.provisional,
        "opened_by": case.opened_by,
        "ends_at_ms": case.ends_at_ms,
        "named": named,
    }


def _text(row: Row[Any], box: Box, column: str) -> str:
    """ "" once its customer was erased."""
    sealed: bytes | None = row._mapping[column]  # noqa: SLF001  # SQLAlchemy's public name for a row by columns
    return (box.open(row.customer, _place(row.id, column), sealed) or b"").decode()


def case_of(row: Row[Any], reason: str = "", named: str = "") -> Case:
    """Without reason and name for what only asks whether the case is live, and must not wait for a key."""
    return Case(
        id=CaseId(row.id),
        reference=row.reference,
        customer=CustomerId(row.customer),
        origin=Origin(row.origin),
        reason=reason,
        assigned_agent=StaffId(row.assigned_agent) if row.assigned_agent is not None else None,
        state=CaseState(row.state),
        last_activity_ms=row.last_activity_ms,
        provisional=row.provisional,
        opened_by=StaffId(row.opened_by) if row.opened_by is not None else None,
        ends_at_ms=row.ends_at_ms,
        named=named,
    )


def _place(case: str, column: str) -> Place:
    return Place(table.name, column, case)
