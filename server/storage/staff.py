"""Staff, and what they sign in with: one table, seen by two packages."""

from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from server.storage.block_lifts import lifts_overtaken
from server.storage.database import Database, batched
from server.storage.resets import approvals_forgotten
from server.storage.tables import staff as table
from support.identity import StaffId
from support.staff import Role, Staff
from verification.credentials import Door, StaffCredentials

DOORS: Final = {
    Role.AGENT: frozenset({Door.AGENT}),
    Role.SUPERVISOR: frozenset({Door.AGENT}),
    Role.SECURITY: frozenset({Door.SECURITY}),
    Role.ADMIN: frozenset({Door.SECURITY}),
    Role.SYSTEM: frozenset(),
}
_OF_IDS: Final = select(table).where(table.c.id.in_(bindparam("of", expanding=True)))
_OF_USERNAME: Final = select(table).where(table.c.username == bindparam("of"))


class SqlStaffStore:
    """Implements support.ports.StaffStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, staff: StaffId) -> Staff | None:
        return (await self.find_all(frozenset({staff}))).get(staff)

    async def find_all(self, staff: frozenset[StaffId]) -> dict[StaffId, Staff]:
        def all_of_them(connection: Connection) -> dict[StaffId, Staff]:
            found: dict[StaffId, Staff] = {}
            for some in batched(sorted(staff)):
                rows = connection.execute(_OF_IDS, {"of": some})
                found.update((StaffId(row.id), staff_of(row)) for row in rows)
            return found

        return await self._database.read(all_of_them)

    async def find_by_username(self, username: str) -> Staff | None:
        row = await self._database.read(lambda one: one.execute(_OF_USERNAME, {"of": username}).one_or_none())
        return staff_of(row) if row is not None else None

    async def add(self, staff: Staff, password_hash: str) -> None:
        """Raises AlreadyThere if the id, username or number is taken."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=staff.id,
                    username=staff.username,
                    name=staff.name,
                    number=staff.number,
                    team=staff.team,
                    role=staff.role.value,
                    password_hash=password_hash,
                    blocked_until_ms=staff.blocked_until_ms,
                )
            )

    async def change(self, seen: Staff, *, role: Role, team: str) -> bool:
        """Role and team, and nothing else. False, and nothing written, if they are no longer as they were seen."""
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(table.c.id == seen.id, table.c.role == seen.role.value, table.c.team == seen.team)
                .values(role=role.value, team=team)
            )
            return changed.rowcount == 1

    async def block(self, staff: StaffId, until_ms: int | None, *, or_longer: bool = False) -> None:
        """None lifts it. What they approved for others before a block counts no more, also after it; nor does a
        question whether an earlier block is to be lifted."""
        of_them = [table.c.id == staff]
        if or_longer:
            of_them.append(or_(table.c.blocked_until_ms.is_(None), table.c.blocked_until_ms < until_ms))
        async with self._database.writing() as connection:
            if until_ms is not None:
                for statement in (*approvals_forgotten(staff), lifts_overtaken(staff)):
                    await connection.execute(statement)
            await connection.execute(update(table).where(*of_them).values(blocked_until_ms=until_ms))


class SqlCredentialStore:
    """Implements verification.ports.CredentialStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_username(self, username: str) -> StaffCredentials | None:
        row = await self._database.read(lambda one: one.execute(_OF_USERNAME, {"of": username}).one_or_none())
        if row is None:
            return None
        return StaffCredentials(
            staff=row.id,
            username=row.username,
            password_hash=row.password_hash,
            doors=DOORS[Role(row.role)],
            blocked_until_ms=row.blocked_until_ms,
        )

    async def set_password_hash(self, staff: str, password_hash: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(
                update(table).where(table.c.id == staff).values(password_hash=password_hash)
            )


def staff_of(row: Row[Any]) -> Staff:
    return Staff(
        id=StaffId(row.id),
        username=row.username,
        name=row.name,
        number=row.number,
        team=row.team,
        role=Role(row.role),
        blocked_until_ms=row.blocked_until_ms,
        must_prove=row.must_prove,
    )
