"""The whole staff in one look, for administration."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from server.storage.database import Database
from server.storage.staff import staff_of
from server.storage.tables import staff as table
from support.staff import Staff

NO_PASSWORD: Final = "!"  # noqa: S105  # no hash of any password: nothing matches it


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
            return [StaffOnRoll(staff_of(row), row.password_hash == NO_PASSWORD) for row in rows]
