"""Those who wait without having signed in. Committed on return; raises StoreUnavailable."""

from typing import Any, Final

from sqlalchemy import Row, Update, delete, func, select, update

from server.storage.database import Database
from server.storage.visit_tables import visits as table
from support.visit import Visit, VisitEnd

KEPT_MS: Final = 3_600_000  # after the end, so that the page can still say what became of it
_COLUMNS: Final = {
    "opened_at": "opened_at_ms",
    "seen_at": "seen_at_ms",
    "until": "until_ms",
    "accepted_at": "accepted_at_ms",
    "met_at": "met_at_ms",
    "ended_at": "ended_at_ms",
    "end": "ending",
}
_FIELDS: Final = tuple(Visit.__dataclass_fields__)


class VisitStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, visit: Visit, *, at_most: int) -> bool:
        """False, and nothing kept, where so many are open already. Those that were over long ago go."""
        values = {_COLUMNS.get(name, name): getattr(visit, name) for name in _FIELDS}
        async with self._database.writing() as connection:
            await connection.execute(delete(table).where(table.c.ended_at_ms <= visit.opened_at - KEPT_MS))
            still_open = select(func.count()).select_from(table).where(table.c.ended_at_ms.is_(None))
            if (await connection.execute(still_open)).scalar_one() >= at_most:
                return False
            await connection.execute(table.insert().values(**values))
        return True

    async def of_token(self, token_hash: str) -> Visit | None:
        return await self._one(table.c.token_hash == token_hash)

    async def find(self, visit: str) -> Visit | None:
        return await self._one(table.c.id == visit)

    async def still_open(self) -> list[Visit]:
        """Those without an end, the longest first: also such as nobody has ended yet."""
        asked = select(table).where(table.c.ended_at_ms.is_(None)).order_by(table.c.opened_at_ms, table.c.id)
        async with self._database.reading() as connection:
            return [_visit(row) for row in await connection.execute(asked)]

    async def change(self, visit: Visit, **values: Any) -> bool:
        """False, and nothing written, where it has changed since `visit` was read, or is over."""
        named = {_COLUMNS.get(name, name): value for name, value in values.items()}
        as_read = (table.c.id == visit.id) & (table.c.version == visit.version)
        change = update(table).where(as_read, table.c.ended_at_ms.is_(None))
        async with self._database.writing() as connection:
            done = await connection.execute(change.values(**named, version=visit.version + 1))
        return done.rowcount == 1

    async def led_to(self, visit: str, session: str) -> None:
        await self._write(update(table).where(table.c.id == visit).values(session=session))

    async def kept_for(self, now_ms: int) -> dict[str, tuple[str, str]]:
        """Sessions that visits have led to lately, with the agent who met each visitor, and in which sign-in."""
        asked = select(table.c.session, table.c.agent, table.c.login)
        recent = asked.where(table.c.session != "", table.c.until_ms > now_ms)
        async with self._database.reading() as connection:
            return {row.session: (row.agent, row.login) for row in await connection.execute(recent)}

    async def reopen(self, visit: str) -> None:
        """No session came of signing in: it goes on as it was."""
        ended = (table.c.id == visit) & (table.c.ending == VisitEnd.SIGNED_IN.value) & (table.c.session == "")
        again = {"ending": None, "ended_at_ms": None, "version": table.c.version + 1}
        await self._write(update(table).where(ended).values(**again))

    async def seen(self, visit: str, now_ms: int) -> None:
        """The page asked again: no change of what it is about."""
        await self._write(update(table).where(table.c.id == visit).values(seen_at_ms=now_ms))

    async def _write(self, change: Update) -> None:
        async with self._database.writing() as connection:
            await connection.execute(change)

    async def _one(self, which: Any) -> Visit | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(which))).one_or_none()
        return _visit(row) if row is not None else None


def _visit(row: Row[Any]) -> Visit:
    values = {name: getattr(row, _COLUMNS.get(name, name)) for name in _FIELDS}
    values["end"] = VisitEnd(row.ending) if row.ending is not None else None
    return Visit(**values)
