"""Whom a write may still be for, whatever was read before: not a record that another one stands for, and nobody whose
sign-in has ended."""

from sqlalchemy import select, update

from server.storage.database import DatabaseUnavailable
from server.storage.tables import customers, logins, staff
from server.storage.transaction import Transaction


class RecordMerged(DatabaseUnavailable):
    """The record was merged into another in this moment. Nothing was written; asked again, the other one is found."""


class Blocked(Exception):
    """Whom the write is for was blocked in this moment. Nothing was written."""


async def must_not_be_blocked(connection: Transaction, person: str, now_ms: int) -> None:
    """Part of the write that gives them something, so that a block, which closes what they were given, comes before or
    after all of it. Raises Blocked."""
    own = update(staff).where(staff.c.id == person).values(blocked_until_ms=staff.c.blocked_until_ms)
    await connection.execute(own)  # locks the row where the database does not write one at a time anyway
    until = await connection.scalar(select(staff.c.blocked_until_ms).where(staff.c.id == person))
    if until is not None and now_ms < until:
        raise Blocked("they were blocked meanwhile; nothing was written")


async def must_stand_alone(connection: Transaction, customer: str) -> None:
    """Part of the write that gives something. Raises RecordMerged."""
    if await connection.scalar(select(customers.c.merged_into).where(customers.c.id == customer)) is not None:
        raise RecordMerged("the record was merged into another meanwhile; nothing was written")


async def is_signed_in(connection: Transaction, login: str) -> bool:
    """Whether a login of staff has not ended. Changes nothing, and locks the row: whoever ends it meanwhile does so
    before or after all of this transaction."""
    own = update(logins).where(logins.c.id == login, logins.c.ended_at_ms.is_(None))
    return (await connection.execute(own.values(last_seen_ms=logins.c.last_seen_ms))).rowcount == 1
