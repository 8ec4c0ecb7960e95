"""The whole staff in one look, for administration."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, select

from server.storage.database import Database
from server.storage.staff import staff_of
from server.storage.tables import authenticators
from server.storage.tables import staff as table
from support.identity import StaffId
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
        """By username."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(table).order_by(table.c.username))
            return [_on_roll(row) for row in rows]

    async def of_username(self, username: str) -> StaffOnRoll | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).where(table.c.username == username))).one_or_none()
        return _on_roll(row) if row is not None else None

    async def able_to_sign_in(self, roles: frozenset[Role], now_ms: int) -> list[StaffId]:
        """Those of these roles who have a password and an authenticator and are not blocked."""
        has_authenticator = exists().where(
            authenticators.c.owner == table.c.id, authenticators.c.removed_at_ms.is_(None)
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(
                select(table).where(
                    table.c.role.in_(sorted(roles)), table.c.password_hash != NO_PASSWORD, has_authenticator
                )
            )
            found = [staff_of(row) for row in rows]
        return [staff.id for staff in found if not staff.blocked(now_ms)]


def _on_roll(row: Row[Any]) -> StaffOnRoll:
    return StaffOnRoll(staff_of(row), row.password_hash == NO_PASSWORD)
