"""Who can sign in, and which keys are in use, as counts: for the checklist, which names nobody."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from server.checklist.facts import ApiKeys, People
from server.storage.database import Database
from server.storage.staff_roll import has_authenticator, has_passkey
from server.storage.tables import api_keys, enrolments, staff
from support.staff import Role

NO_PASSWORD: Final = "!"  # noqa: S105  # what stands for none: no hash of any password
UNUSED_DAYS: Final = 30
ENDING_DAYS: Final = 14
_DAY_MS: Final = 86_400_000
_OFFICERS: Final = (Role.SECURITY.value, Role.ADMIN.value)


async def count_people(database: Database, now_ms: int) -> People:
    """Of those who are not blocked. Raises DatabaseUnavailable."""
    password, officer = staff.c.password_hash != NO_PASSWORD, staff.c.role.in_(_OFFICERS)
    async with database.reading() as connection:
        row = (
            await connection.execute(
                select(
                    _number(and_(officer, or_(and_(password, has_authenticator()), has_passkey()))),
                    _number(and_(password, ~has_authenticator(), ~has_passkey())),
                    _number(and_(~password, _has_link(now_ms))),
                    _number(and_(~password, ~_has_link(now_ms))),
                    _number(and_(officer, password, ~has_passkey())),
                )
                .select_from(staff)
                .where(staff.c.role != Role.SYSTEM.value)
                .where(or_(staff.c.blocked_until_ms.is_(None), staff.c.blocked_until_ms <= now_ms))
            )
        ).one()
    officers, without_factor, pending, lapsed, without_passkey = (int(count or 0) for count in row)
    return People(
        officers=officers,
        without_factor=without_factor,
        pending=pending,
        lapsed=lapsed,
        without_passkey=without_passkey,
    )


async def count_keys(database: Database, now_ms: int) -> ApiKeys:
    """Raises DatabaseUnavailable."""
    long_ago = now_ms - UNUSED_DAYS * _DAY_MS
    last_sign = func.coalesce(api_keys.c.last_used_ms, api_keys.c.created_at_ms)
    async with database.reading() as connection:
        row = (
            await connection.execute(
                select(
                    func.count(),
                    _number(last_sign < long_ago),
                    _number(api_keys.c.expires_at_ms < now_ms + ENDING_DAYS * _DAY_MS),
                )
                .select_from(api_keys)
                .where(api_keys.c.revoked_at_ms.is_(None), api_keys.c.expires_at_ms > now_ms)
            )
        ).one()
    live, unused, ending = (int(count or 0) for count in row)
    return ApiKeys(live=live, unused=unused, ending=ending)


def _number(which: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.count().filter(which)


def _has_link(now_ms: int) -> ColumnElement[bool]:
    return exists().where(
        enrolments.c.subject == staff.c.id,
        enrolments.c.finished_at_ms.is_(None),
        enrolments.c.withdrawn_at_ms.is_(None),
        enrolments.c.expires_at_ms > now_ms,
    )
