"""Who can sign in, as counts: for the checklist, which names nobody."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from server.checklist.facts import People
from server.storage.database import Database
from server.storage.tables import authenticators, enrolments, staff
from support.staff import Role

NO_PASSWORD: Final = "!"  # noqa: S105  # what stands for none: no hash of any password
_OFFICERS: Final = (Role.SECURITY.value, Role.ADMIN.value)


async def count_people(database: Database, now_ms: int) -> People:
    """Of those who are not blocked. Raises DatabaseUnavailable."""
    password = staff.c.password_hash != NO_PASSWORD
    async with database.reading() as connection:
        row = (
            await connection.execute(
                select(
                    _number(and_(staff.c.role.in_(_OFFICERS), password, _has_factor())),
                    _number(and_(password, ~_has_factor())),
                    _number(and_(~password, _has_link(now_ms))),
                    _number(and_(~password, ~_has_link(now_ms))),
                )
                .select_from(staff)
                .where(or_(staff.c.blocked_until_ms.is_(None), staff.c.blocked_until_ms <= now_ms))
            )
        ).one()
    officers, without_factor, pending, lapsed = (int(count or 0) for count in row)
    return People(officers=officers, without_factor=without_factor, pending=pending, lapsed=lapsed)


def _number(which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count().filter(which)


def _has_factor() -> ColumnElement[bool]:
    return exists().where(authenticators.c.owner == staff.c.id, authenticators.c.removed_at_ms.is_(None))


def _has_link(now_ms: int) -> ColumnElement[bool]:
    return exists().where(
        enrolments.c.subject == staff.c.id,
        enrolments.c.finished_at_ms.is_(None),
        enrolments.c.withdrawn_at_ms.is_(None),
        enrolments.c.expires_at_ms > now_ms,
    )
