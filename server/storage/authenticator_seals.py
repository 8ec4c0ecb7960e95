"""The sealed secrets of all authenticators, the active and the pending ones, as far as their keys are concerned."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Table, and_, func, literal, select, update

from server.storage.database import Database
from server.storage.tables import authenticators, enrolments
from verification.sealing import HEADER_BYTES, SUITE_AES_256_GCM, SealContext

TABLES: Final[tuple[Table, ...]] = (authenticators, enrolments)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """`place` is the index of its table in TABLES."""

    place: int
    id: str
    context: SealContext
    sealed: bytes = field(repr=False)


class AuthenticatorSeals:
    """Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stale(self, current: int, place: int, after: str, most: int) -> list[SealedRow]:
        """At most so many rows that another key than `current` seals, in the order of their ids from behind `after`."""
        table = TABLES[place]
        query = (
            select(table)
            .where(_sealed(table), _header(table) != _header_of(current), table.c.id > after)
            .order_by(table.c.id)
            .limit(most)
        )
        async with self._database.reading() as connection:
            return [_row(place, row) for row in await connection.execute(query)]

    async def replace(self, changed: Sequence[tuple[SealedRow, bytes]]) -> int:
        """Each row only if it is still as it was read; how many. One transaction, committed on return."""
        done = 0
        async with self._database.writing() as connection:
            for row, sealed in changed:
                table = TABLES[row.place]
                written = await connection.execute(
                    update(table)
                    .where(table.c.id == row.id, table.c.sealed == row.sealed)
                    .values(sealed=sealed)
                )
                done += written.rowcount
        return done

    async def count(self, key: int | None = None) -> int:
        """Rows that this key seals; all of them for None."""
        total = 0
        async with self._database.reading() as connection:
            for table in TABLES:
                which = _sealed(table)
                if key is not None:
                    which = and_(which, _header(table) == _header_of(key))
                found = await connection.scalar(select(func.count()).select_from(table).where(which))
                total += int(found)
        return total


def _sealed(table: Table) -> ColumnElement[bool]:
    return and_(table.c.sealed.is_not(None), func.length(table.c.sealed) > 0)


def _header(table: Table) -> ColumnElement[bytes]:
    return func.substr(table.c.sealed, 1, HEADER_BYTES, type_=LargeBinary)


def _header_of(key: int) -> ColumnElement[bytes]:
    return literal(bytes([SUITE_AES_256_GCM]) + key.to_bytes(4, "big"), LargeBinary)


def _row(place: int, row: Any) -> SealedRow:
    if TABLES[place] is authenticators:
        context = SealContext(row.owner, row.id, row.version)
    else:
        context = SealContext(row.subject, row.authenticator, row.version)
    return SealedRow(place, row.id, context, row.sealed)
