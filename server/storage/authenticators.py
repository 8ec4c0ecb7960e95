"""Authenticators of customers and staff, and the one atomic write by which a step is used."""

from typing import Any

from sqlalchemy import Row, and_, literal, select, update

from server.storage.database import Database
from server.storage.tables import authenticators as table
from server.storage.transaction import Transaction
from verification.authenticator import Authenticator, StepClaim


class SqlAuthenticatorStore:
    """Implements verification.ports.AuthenticatorStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_owner(self, owner: str) -> Authenticator | None:
        """One row comes back and is read whether there is an authenticator or not, so that the time tells neither."""
        asked = select(literal(owner).label("owner")).subquery()
        own = and_(table.c.owner == asked.c.owner, table.c.removed_at_ms.is_(None))
        async with self._database.reading() as connection:
            row = (await connection.execute(select(table).select_from(asked.outerjoin(table, own)))).one()
        found = _authenticator(row)
        return found if row.id is not None else None

    async def claim_step(self, authenticator: str, step: int, used_by: str) -> StepClaim:
        async with self._database.writing() as connection:
            # The right-hand sides are the row's values before the write, on every database.
            changed = await connection.execute(
                update(table)
                .where(table.c.id == authenticator, table.c.removed_at_ms.is_(None), table.c.last_step < step)
                .values(
                    last_step=step,
                    last_used_by=used_by,
                    previous_step=table.c.last_step,
                    previous_used_by=table.c.last_used_by,
                )
            )
            if changed.rowcount == 1:
                return StepClaim.CLAIMED
            return await _why_not(connection, authenticator, step, used_by)

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


async def _why_not(connection: Transaction, authenticator: str, step: int, used_by: str) -> StepClaim:
    row = (await connection.execute(select(table).where(table.c.id == authenticator))).one_or_none()
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
    )
