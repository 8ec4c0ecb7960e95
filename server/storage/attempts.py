"""Wrong guesses by account. The arithmetic is `verification.throttle`'s; here it is made atomic."""

from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from server.storage.database import Database
from server.storage.tables import attempts as table
from server.storage.transaction import Transaction
from verification.throttle import FailureLimit, Failures, failed, may_try, taken_back


class SqlAttemptStore:
    """Implements verification.ports.AttemptStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, account: str, limit: FailureLimit, now_ms: int) -> bool:
        async with self._database.writing() as connection:
            failures = await self._locked(connection, account)
            allowed = may_try(limit, failures, now_ms)
            # Over the limit the row is written too, unchanged: the time it takes tells nothing.
            await _keep(connection, account, failed(limit, failures, now_ms) if allowed else failures)
        return allowed

    async def take_back(self, account: str) -> None:
        async with self._database.writing() as connection:
            await _keep(connection, account, taken_back(await self._locked(connection, account)))

    async def _locked(self, connection: Transaction, account: str) -> Failures:
        """The account's failures, with its row held until the transaction ends."""
        await connection.execute(
            self._database.insert(table)
            .values(account=account, times="[]", in_a_row=0)
            .on_conflict_do_nothing()
        )
        row = (
            await connection.execute(select(table).where(table.c.account == account).with_for_update())
        ).one()
        return _failures(row)


async def _keep(connection: Transaction, account: str, failures: Failures) -> None:
    await connection.execute(
        update(table)
        .where(table.c.account == account)
        .values(times=msgspec.json.encode(failures.times).decode("ascii"), in_a_row=failures.in_a_row)
    )


def _failures(row: Row[Any]) -> Failures:
    return Failures(times=msgspec.json.decode(row.times, type=tuple[int, ...]), in_a_row=row.in_a_row)
