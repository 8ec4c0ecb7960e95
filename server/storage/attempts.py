"""Wrong guesses by account. The arithmetic is `verification.throttle`'s; here it is made atomic."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Row, bindparam, update

from server.storage.database import Database
from server.storage.tables import attempts as table
from verification.ports import Reserve, Reserved
from verification.throttle import FailureLimit, Failures, failed, may_try, taken_back

Answer = TypeVar("Answer")

_KEEP: Final = (
    update(table)
    .where(table.c.account == bindparam("of"))
    .values(times=bindparam("now_times"), in_a_row=bindparam("now_in_a_row"))
)


class SqlAttemptStore:
    """Implements verification.ports.AttemptStore."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # The row as it is, begun if there is none, and held until the transaction ends: in one statement.
        self._held = (
            database.insert(table)
            .on_conflict_do_update(index_elements=[table.c.account], set_={"in_a_row": table.c.in_a_row})
            .returning(table.c.times, table.c.in_a_row)
        )

    async def reserve(self, account: str, limit: FailureLimit, now_ms: int) -> bool:
        return (await self.reserve_all([(account, limit)], now_ms)).allowed

    async def take_back(self, account: str) -> None:
        await self.take_back_all([account])

    async def reserve_all(self, counted: Sequence[tuple[str, FailureLimit]], now_ms: int) -> Reserved:
        def reserved(connection: Connection) -> Reserved:
            before = {account: self._locked(connection, account) for account, _ in counted}
            allowed = all(may_try(limit, before[account], now_ms) for account, limit in counted)
            after = {
                # Over the limit the row is written too, unchanged: the time it takes tells nothing.
                account: failed(limit, before[account], now_ms) if allowed else before[account]
                for account, limit in counted
            }
            _keep(connection, after.items())
            return Reserved(allowed, tuple(failures.in_a_row for failures in after.values()))

        return await self._database.write(reserved)

    async def reserve_by(self, plan: Callable[[Reserve], Answer], now_ms: int) -> Answer:
        def planned(connection: Connection) -> Answer:
            after: dict[str, Failures] = {}
            kept: list[tuple[str, Failures]] = []

            def reserve(account: str, limit: FailureLimit) -> bool:
                locked = self._locked(connection, account)  # the second time too: the same work for everybody
                failures = after.get(account, locked)
                allowed = may_try(limit, failures, now_ms)
                after[account] = failed(limit, failures, now_ms) if allowed else failures
                kept.append((account, after[account]))
                return allowed

            answer = plan(reserve)
            _keep(connection, kept)
            return answer

        return await self._database.write(planned)

    async def take_back_all(self, accounts: Sequence[str]) -> None:
        def taken(connection: Connection) -> None:
            after: dict[str, Failures] = {}
            for account in accounts:
                locked = self._locked(connection, account)
                after[account] = taken_back(after.get(account, locked))
            _keep(connection, [(account, after[account]) for account in accounts])

        await self._database.write(taken)

    def _locked(self, connection: Connection, account: str) -> Failures:
        """The account's failures, with its row held until the transaction ends."""
        begun = {"account": account, "times": "[]", "in_a_row": 0}
        return _failures(connection.execute(self._held, begun).one())


def _keep(connection: Connection, rows: Iterable[tuple[str, Failures]]) -> None:
    """One statement for all of them, of which there is at least one."""
    encode = msgspec.json.encode
    connection.execute(
        _KEEP,
        [
            {"of": account, "now_times": encode(one.times).decode("ascii"), "now_in_a_row": one.in_a_row}
            for account, one in rows
        ],
    )


def _failures(row: Row[Any]) -> Failures:
    return Failures(times=msgspec.json.decode(row.times, type=tuple[int, ...]), in_a_row=row.in_a_row)
