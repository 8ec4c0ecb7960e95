"""Requests for erasure, and the writes of which each happens once."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, update

from server.storage.blanking import blank
from server.storage.bonds import bonds_of
from server.storage.database import Database
from server.storage.merging import group_of
from server.storage.sealed import Place, Sealing
from server.storage.standing import must_stand_alone
from server.storage.tables import erasures as table
from server.storage.tables import sessions
from support.erasure import Bonds, Erasure, Hindrance
from support.identity import CustomerId, StaffId

LISTED_AT_MOST: Final = 200


class Hindered(Exception):
    """Something is in the way by now. Nothing was written."""

    def __init__(self, hindrance: Hindrance) -> None:
        super().__init__(hindrance.value)
        self.hindrance = hindrance


class SqlErasureStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database, self._sealing = database, sealing

    async def find(self, erasure: str) -> Erasure | None:
        return next(iter(await self._all(select(table).where(table.c.id == erasure))), None)

    async def proof(self, erasure: Erasure) -> str:
        """How it was made sure that the customer asks; "" once they are erased."""
        async with self._database.reading() as connection:
            sealed = await connection.scalar(select(table.c.proof).where(table.c.id == erasure.id))
        if sealed is None:
            return ""
        box = await self._sealing.reading({erasure.subject})
        return (box.open(erasure.subject, _place(erasure.id), sealed) or b"").decode()

    async def unfinished(self, now_ms: int) -> list[Erasure]:
        """Those that wait for officers, for their day or for what hinders them, the oldest first; 200 at most."""
        return [one for one in await self._all(_in_order().where(_waiting())) if one.open(now_ms)]

    async def open_of(self, subject: CustomerId, now_ms: int) -> Erasure | None:
        """The one of this customer that can still be taken back."""
        theirs = select(table).where(_waiting(), table.c.subject == subject)
        return next((one for one in await self._all(theirs) if one.open(now_ms)), None)

    async def begun(self) -> list[Erasure]:
        """Those whose rows are blanked and whose end is not written."""
        return await self._all(
            _in_order().where(table.c.intent_index.is_not(None), table.c.done_at_ms.is_(None))
        )

    async def latest(self) -> list[Erasure]:
        """The latest request first, whatever became of it; 200 at most."""
        newest = select(table).order_by(table.c.requested_at_ms.desc(), table.c.id).limit(LISTED_AT_MOST)
        return await self._all(newest)

    async def bonds(self, subject: CustomerId) -> Bonds:
        async with self._database.reading() as connection:
            return await bonds_of(connection, subject)

    async def add(self, erasure: Erasure, proof: str, log_index: int) -> bool:
        """False if one of the same customer is open."""
        box = await self._sealing.writing(erasure.subject)
        async with self._database.writing() as connection:
            await must_stand_alone(connection, erasure.subject)
            rows = await connection.execute(
                select(table).where(_waiting(), table.c.subject == erasure.subject)
            )
            if any(_erasure(row).open(erasure.requested_at_ms) for row in rows):
                return False
            await connection.execute(
                table.insert().values(
                    id=erasure.id,
                    subject=erasure.subject,
                    requested_by=erasure.requested_by,
                    level=erasure.level,
                    proof=box.seal(erasure.subject, _place(erasure.id), proof.encode()),
                    log_index=log_index,
                    requested_at_ms=erasure.requested_at_ms,
                    due_at_ms=erasure.due_at_ms,
                    expires_at_ms=erasure.expires_at_ms,
                )
            )
        return True

    async def approve_first(self, seen: Erasure, officer: StaffId, now_ms: int) -> bool:
        """False if it is no longer as it was seen."""
        return await self._changed(_as_seen(seen), {"first_officer": officer, "first_at_ms": now_ms})

    async def approve_second(self, seen: Erasure, officer: StaffId, now_ms: int) -> bool:
        """True to exactly one caller."""
        return await self._changed(_as_seen(seen), {"second_officer": officer, "second_at_ms": now_ms})

    async def close(self, erasure: str, now_ms: int) -> bool:
        """Refused or withdrawn. False if it was over, or was begun."""
        return await self._changed(and_(table.c.id == erasure, _waiting()), {"closed_at_ms": now_ms})

    async def hindered(self, erasure: str, by: Hindrance) -> bool:
        """True if this is not the reason that was told last."""
        different = table.c.hindered_by.is_distinct_from(by.value)
        return await self._changed(and_(table.c.id == erasure, different), {"hindered_by": by.value})

    async def begin(
        self, seen: Erasure, intent_index: int, now_ms: int, judged: Callable[[Bonds], Hindrance | None]
    ) -> bool:
        """In one transaction: nothing hinders it, it is approved as it was seen, and the rows are blanked. False if it
        is no longer as it was seen. Raises Hindered."""
        async with self._database.writing() as connection:
            if hindrance := judged(await bonds_of(connection, seen.subject)):
                raise Hindered(hindrance)
            begun = await connection.execute(
                update(table)
                .where(_as_seen(seen), table.c.second_officer == seen.second_officer)
                .values(intent_index=intent_index)
            )
            if begun.rowcount != 1:
                return False
            group = list(await connection.scalars(group_of(seen.subject)))
            rows = sum([await blank(connection, CustomerId(one), now_ms) for one in group])
            await connection.execute(update(table).where(table.c.id == seen.id).values(rows_blanked=rows))
        return True

    async def destroyed(self, erasure: str, keys: int) -> None:
        """The keys are gone. One that is repeated after a crash finds none, and the number of the first stays."""
        unknown = and_(table.c.id == erasure, func.coalesce(table.c.keys_destroyed, 0) == 0)
        await self._changed(unknown, {"keys_destroyed": keys})

    async def done(self, erasure: str, done_index: int, now_ms: int) -> None:
        values = {"done_index": done_index, "done_at_ms": now_ms}
        await self._changed(and_(table.c.id == erasure, table.c.done_at_ms.is_(None)), values)

    async def sessions_of(self, subject: CustomerId) -> list[str]:
        async with self._database.reading() as connection:
            found = await connection.scalars(
                select(sessions.c.id).where(sessions.c.customer.in_(group_of(subject)))
            )
            return list(found)

    async def _all(self, query: Select[Any]) -> list[Erasure]:
        async with self._database.reading() as connection:
            return [_erasure(row) for row in await connection.execute(query)]

    async def _changed(self, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
        async with self._database.writing() as connection:
            return (await connection.execute(update(table).where(which).values(**values))).rowcount == 1


def _waiting() -> ColumnElement[bool]:
    return and_(table.c.closed_at_ms.is_(None), table.c.intent_index.is_(None))


def _as_seen(seen: Erasure) -> ColumnElement[bool]:
    return and_(
        table.c.id == seen.id,
        _waiting(),
        table.c.first_officer.is_not_distinct_from(seen.first_officer),
        table.c.second_officer.is_not_distinct_from(seen.second_officer),
    )


def _in_order() -> Select[Any]:
    return select(table).order_by(table.c.requested_at_ms, table.c.id).limit(LISTED_AT_MOST)


def _place(erasure: str) -> Place:
    return Place(table.name, table.c.proof.name, erasure)


def _erasure(row: Row[Any]) -> Erasure:
    return Erasure(
        id=row.id,
        subject=CustomerId(row.subject),
        requested_by=row.requested_by,
        level=row.level,
        requested_at_ms=row.requested_at_ms,
        due_at_ms=row.due_at_ms,
        expires_at_ms=row.expires_at_ms,
        first_officer=_officer(row.first_officer),
        first_at_ms=row.first_at_ms,
        second_officer=_officer(row.second_officer),
        second_at_ms=row.second_at_ms,
        closed_at_ms=row.closed_at_ms,
        hindered_by=row.hindered_by,
        intent_index=row.intent_index,
        done_index=row.done_index,
        done_at_ms=row.done_at_ms,
        keys_destroyed=row.keys_destroyed,
        rows_blanked=row.rows_blanked,
    )


def _officer(name: str | None) -> StaffId | None:
    return None if name is None else StaffId(name)
