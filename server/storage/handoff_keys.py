"""The keys by which the organisation's own site signs hand-offs. Only public parts are here."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select, update

from server.storage.database import Database
from server.storage.me_tables import handoff_keys as table

LISTED_AT_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class HandoffKey:
    """`public_key`: a JSON Web Key, canonical, without a private part."""

    id: str
    public_key: str
    added_at_ms: int
    removed_at_ms: int | None = None


class HandoffKeyStore:
    """Every method raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key: str) -> HandoffKey | None:
        """Removed ones too."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.id == key))).one_or_none()
        return _key(row) if row is not None else None

    async def all_keys(self) -> list[HandoffKey]:
        """The newest first; 100 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table).order_by(table.c.added_at_ms.desc(), table.c.id).limit(LISTED_AT_MOST)
            )
            return [_key(row) for row in rows]

    async def add(self, key: HandoffKey, log_index: int) -> None:
        """A key that was removed counts again: its id is made of the key itself, so it is never another one's."""
        values = {
            "public_key": key.public_key,
            "log_index": log_index,
            "added_at_ms": key.added_at_ms,
            "removed_at_ms": None,
        }
        async with self._database.writing() as connection:
            await connection.execute(
                self._database.insert(table)
                .values(id=key.id, **values)
                .on_conflict_do_update(index_elements=[table.c.id], set_=values)
            )

    async def remove(self, key: str, now_ms: int) -> bool:
        """False if it was removed already or is not there."""
        async with self._database.writing() as connection:
            done = await connection.execute(
                update(table)
                .where(table.c.id == key, table.c.removed_at_ms.is_(None))
                .values(removed_at_ms=now_ms)
            )
            return done.rowcount == 1


def _key(row: Row[Any]) -> HandoffKey:
    return HandoffKey(
        id=row.id, public_key=row.public_key, added_at_ms=row.added_at_ms, removed_at_ms=row.removed_at_ms
    )
