"""Who of the staff is who at the organisation's own provider: a pair of issuer and subject is one person's.

A link is named by the log's index of the entry that made it. So one that was taken away and made anew is another, and
what was under way by the former opens nothing.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Update, delete, select, update

from server.storage.agents_tables import staff_identities as table
from server.storage.database import Database
from server.storage.standing import is_signed_in
from support.identity import StaffId


@dataclass(frozen=True, slots=True)
class StaffIdentity:
    issuer: str
    subject: str
    staff: StaffId


@dataclass(frozen=True, slots=True)
class Link:
    """`index` names it. `last_used_ms` is None while nobody has used it."""

    index: int
    staff: StaffId
    linked_at_ms: int
    last_used_ms: int | None


class SqlStaffIdentities:
    """Raises StoreUnavailable; what it writes is committed on return."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_subject(self, issuer: str, subject: str) -> Link | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(table).where(table.c.issuer == issuer, table.c.subject == subject)
                )
            ).one_or_none()
        return _link(row) if row is not None else None

    async def everybody(self, issuer: str) -> dict[StaffId, Link]:
        """The links to this issuer, by person."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table).where(table.c.issuer == issuer))
            return {StaffId(row.staff): _link(row) for row in rows}

    async def of_staff(self, issuer: str, staff: StaffId) -> Link | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(
                    select(table).where(table.c.issuer == issuer, table.c.staff == staff)
                )
            ).one_or_none()
        return _link(row) if row is not None else None

    async def anywhere(self, staff: StaffId) -> bool:
        """Whether they are linked at any issuer, of former settings too."""
        async with self._database.reading() as connection:
            return (
                await connection.execute(select(table.c.log_index).where(table.c.staff == staff).limit(1))
            ).first() is not None

    async def link(
        self, identity: StaffIdentity, log_index: int, now_ms: int, *, login: str | None = None
    ) -> bool:
        """In place of what the person had at this issuer. `login`: in which they ask; where it has ended by now, False
        and nothing is written. Raises AlreadyThere if the identity is somebody's."""
        async with self._database.writing() as connection:
            if login is not None and not await is_signed_in(connection, login):
                return False
            await connection.execute(
                delete(table).where(table.c.issuer == identity.issuer, table.c.staff == identity.staff)
            )
            await connection.execute(
                table.insert().values(
                    issuer=identity.issuer,
                    subject=identity.subject,
                    staff=identity.staff,
                    log_index=log_index,
                    linked_at_ms=now_ms,
                )
            )
        return True

    async def unlink(self, staff: StaffId) -> bool:
        """At every issuer. False if there was none."""
        async with self._database.writing() as connection:
            gone = await connection.execute(delete(table).where(table.c.staff == staff))
            return gone.rowcount > 0


def link_used(link: int, staff: str, now_ms: int) -> Update:
    """Of one row while that link is there, of none after. It locks the row: whoever takes the link away waits for the
    transaction in which this stands, and then finds what it wrote."""
    return update(table).where(table.c.log_index == link, table.c.staff == staff).values(last_used_ms=now_ms)


def _link(row: Row[Any]) -> Link:
    return Link(row.log_index, StaffId(row.staff), row.linked_at_ms, row.last_used_ms)
