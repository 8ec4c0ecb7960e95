"""Flags, each under the index of the log entry that raised it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from sqlalchemy import Row, func, select

from server.storage.database import Database
from server.storage.tables import flags as table
from server.storage.transaction import Within

FLAGS_AT_MOST: Final = 200

Fact = str | int | bool


@dataclass(frozen=True, slots=True)
class StoredFlag:
    """A detector's suspicion as officers list it. `reason_key` and `reason_facts` make the sentence for it."""

    log_index: int
    raised_at_ms: int
    detector: str
    target: str
    score: float
    reason_key: str
    action: str
    session: str | None = None
    reason_facts: Mapping[str, Fact] = field(default_factory=dict)


class FlagStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, flag: StoredFlag, *within: Within) -> bool:
        """With what else is to be written, once: false, and none of it, if the flag of this entry is there already, as
        entries may be seen twice. Committed on return."""
        row = {
            "log_index": flag.log_index,
            "raised_at_ms": flag.raised_at_ms,
            "detector": flag.detector,
            "target": flag.target,
            "session": flag.session,
            "score": repr(flag.score),
            "reason_key": flag.reason_key,
            "reason_facts": msgspec.json.encode(dict(flag.reason_facts)).decode("utf-8"),
            "action": flag.action,
        }
        async with self._database.writing() as connection:
            added = await connection.execute(
                self._database.insert(table).values(**row).on_conflict_do_nothing()
            )
            for one in within if added.rowcount == 1 else ():
                await one(connection)
        return added.rowcount == 1

    async def find(self, log_index: int) -> StoredFlag | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(table).where(table.c.log_index == log_index))
            ).one_or_none()
        return None if row is None else _flag(row)

    async def first_since(self, since_ms: int) -> int | None:
        """When the first flag since then was raised, UTC ms."""
        async with self._database.reading() as connection:
            found: int | None = await connection.scalar(
                select(func.min(table.c.raised_at_ms)).where(table.c.raised_at_ms >= since_ms)
            )
        return found

    async def latest(self, limit: int = FLAGS_AT_MOST) -> list[StoredFlag]:
        """The latest first; 200 at most."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table).order_by(table.c.log_index.desc()).limit(min(limit, FLAGS_AT_MOST))
            )
            return [_flag(row) for row in rows]


def _flag(row: Row[Any]) -> StoredFlag:
    return StoredFlag(
        log_index=row.log_index,
        raised_at_ms=row.raised_at_ms,
        detector=row.detector,
        target=row.target,
        session=row.session,
        score=float(row.score),
        reason_key=row.reason_key,
        reason_facts=msgspec.json.decode(row.reason_facts, type=dict[str, Fact]),
        action=row.action,
    )
