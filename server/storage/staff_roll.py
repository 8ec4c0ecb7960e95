"""The whole staff in one look, for administration."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select

from server.storage.database import Database
from server.storage.passkey_tables import passkeys
from server.storage.staff import staff_of
from server.storage.tables import authenticators
from server.storage.tables import staff as table
from support.identity import StaffId
from support.reset import OFFICERS
from support.staff import Role, Staff
from verification.credentials import NO_PASSWORD


@dataclass(frozen=True, slots=True)
class StaffOnRoll:
    """`pending`: no password has been set yet, so nobody can sign in under this name."""

    staff: Staff
    pending: bool


class StaffRoll:
    """Raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def everybody(self) -> list[StaffOnRoll]:
        """By username; people alone."""
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table).where(table.c.role != Role.SYSTEM.value).order_by(table.c.username)
            )
            return [_on_roll(row) for row in rows]

    async def of_username(self, username: str) -> StaffOnRoll | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.username == username))).one_or_none()
        return _on_roll(row) if row is not None else None

    async def able_to_sign_in(
        self, roles: frozenset[Role], now_ms: int, *, officers_by_passkey: bool = False
    ) -> list[StaffId]:
        """Those of these roles who have a passkey, or a password and an authenticator, and are not blocked.

        `officers_by_passkey`: for security officers and administrators only a passkey counts.
        """
        ways = or_(and_(table.c.password_hash != NO_PASSWORD, has_authenticator()), has_passkey())
        if officers_by_passkey:
            ways = and_(ways, or_(table.c.role.not_in(sorted(OFFICERS)), has_passkey()))
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table).where(table.c.role.in_(sorted(roles)), ways))
            found = [staff_of(row) for row in rows]
        return [staff.id for staff in found if not staff.blocked(now_ms)]


def has_authenticator() -> ColumnElement[bool]:
    """Of a row of `staff`."""
    return exists().where(authenticators.c.owner == table.c.id, authenticators.c.removed_at_ms.is_(None))


def has_passkey() -> ColumnElement[bool]:
    """Of a row of `staff`: one that is not disabled."""
    return exists().where(passkeys.c.owner == table.c.id, passkeys.c.disabled_at_ms.is_(None))


def _on_roll(row: Row[Any]) -> StaffOnRoll:
    return StaffOnRoll(staff_of(row), row.password_hash == NO_PASSWORD)
