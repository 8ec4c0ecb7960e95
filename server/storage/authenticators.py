"""Authenticators of customers and staff, and the one atomic write by which a step is used."""

from typing import Any, Final

from sqlalchemy import Connection, Row, Text, and_, bindparam, select, update

from server.storage.database import Database
from server.storage.tables import authenticators as table
from server.storage.transaction import Within
from verification.authenticator import Authenticator, StepClaim

_ASKED: Final = select(bindparam("of", type_=Text).label("owner")).subquery()
_OF_OWNER: Final = select(table).select_from(
    _ASKED.outerjoin(table, and_(table.c.owner == _ASKED.c.owner, table.c.removed_at_ms.is_(None)))
)
_OF_ID: Final = select(table).where(table.c.id == bindparam("of"))
# The right-hand sides are the row's values before the write, on every database.
_CLAIM: Final = (
    update(table)
    .where(
        table.c.id == bindparam("of"),
        table.c.removed_at_ms.is_(None),
        table.c.last_step < bindparam("step"),
    )
    .values(
        last_step=bindparam("step"),
        last_used_by=bindparam("used_by"),
        previous_step=table.c.last_step,
        previous_used_by=table.c.last_used_by,
    )
)


class SqlAuthenticatorStore:
    """Implements verification.ports.AuthenticatorStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_owner(self, owner: str) -> Authenticator | None:
        """One row comes back and is read whether there is an authenticator or not, so that the time tells neither."""
        row = await self._database.read(lambda connection: connection.execute(_OF_OWNER, {"of": owner}).one())
        found = _authenticator(row)
        return found if row.id is not None else None

    async def claim_step(self, authenticator: str, step: int, used_by: str) -> StepClaim:
        def claimed(connection: Connection) -> StepClaim:
            changed = connection.execute(_CLAIM, {"of": authenticator, "step": step, "used_by": used_by})
            if changed.rowcount == 1:
                return StepClaim.CLAIMED
            return _why_not(connection, authenticator, step, used_by)

        return await self._database.write(claimed)

    async def add(self, authenticator: Authenticator) -> None:
        """Raises AlreadyThere if the owner has an active one."""
        async with self._database.writing() as connection:
            await connection.execute(
                table.insert().values(
                    id=authenticator.id,
                    owner=authenticator.owner,
                    version=authenticator.version,
                    sealed=authenticator.sealed,
                    clock_offset=authenticator.offset,
                    last_step=authenticator.last_step,
                    last_used_by="",
                    previous_step=-1,
                    previous_used_by="",
                )
            )

    async def disable(self, authenticator: str, now_ms: int) -> bool:
        async with self._database.writing() as connection:
            changed = await connection.execute(
                update(table)
                .where(
                    table.c.id == authenticator,
                    table.c.disabled_at_ms.is_(None),
                    table.c.removed_at_ms.is_(None),
                )
                .values(disabled_at_ms=now_ms)
            )
        return changed.rowcount == 1

    async def set_offset(self, seen: Authenticator, offset: int, step: int, *within: Within) -> bool:
        """`within`: judged in the same transaction; what one of them raises takes it back."""
        async with self._database.writing() as connection:
            for one in within:
                await one(connection)
            changed = await connection.execute(
                update(table)
                .where(table.c.id == seen.id, table.c.removed_at_ms.is_(None), table.c.last_step < step)
                .values(
                    clock_offset=offset,
                    last_step=step,
                    last_used_by="resynchronised",
                    previous_step=step - 1,
                    previous_used_by="resynchronised",
                )
            )
        return changed.rowcount == 1


def _why_not(connection: Connection, authenticator: str, step: int, used_by: str) -> StepClaim:
    row = connection.execute(_OF_ID, {"of": authenticator}).one_or_none()
    if row is None:
        return StepClaim.PASSED
    users = {row.previous_step: row.previous_used_by, row.last_step: row.last_used_by}
    user = users.get(step, "")
    if user == "":
        return StepClaim.PASSED
    return StepClaim.USED_HERE if user == used_by else StepClaim.USED_ELSEWHERE


def _authenticator(row: Row[Any]) -> Authenticator:
    return Authenticator(
        id=row.id,
        owner=row.owner,
        version=row.version,
        sealed=row.sealed,
        offset=row.clock_offset,
        last_step=row.last_step,
        disabled_at_ms=row.disabled_at_ms,
    )
