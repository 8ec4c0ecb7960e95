"""One transaction whose caller never waits beyond a deadline, whatever the database does.

Cancelling a statement does not help against a disk that hangs: the driver's thread stays in it, and tidying up waits
for the thread. So work that is not done in time is *left*: its caller is told, and it ends, is rolled back and closed
by itself when the database comes back. It may have been written by then: a caller that was told assumes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, ScalarResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Answer = TypeVar("Answer")


class LeftWork:
    """Runs what callers may stop waiting for, and holds it until it ends."""

    def __init__(self) -> None:
        self._running: set[asyncio.Future[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Answer]) -> "asyncio.Future[tuple[Answer]]":
        future = asyncio.gather(work)
        self._running.add(future)
        future.add_done_callback(self._ended)
        return future

    async def ended(self, within_s: float) -> None:
        """Wait until nothing runs any more, but not longer than that."""
        if self._running:
            await asyncio.wait(self._running, timeout=within_s)

    def _ended(self, future: "asyncio.Future[Any]") -> None:
        self._running.discard(future)
        if not future.cancelled():
            future.exception()  # its caller may be gone; an error is told to whoever still waits


class Transaction:
    """The few ways of asking that stores need. Each raises TimeoutError at the deadline (event loop's clock)."""

    def __init__(self, left: LeftWork, deadline: float, done: Callable[[], None]) -> None:
        self._left = left
        self._deadline = deadline
        self._done = done
        self._connection: AsyncConnection | None = None
        self._under_way: asyncio.Future[Any] | None = None

    async def open(self, engine: AsyncEngine) -> None:
        await self._answered(self._opened(engine))

    async def execute(self, statement: Executable) -> CursorResult[Any]:
        return await self._answered(self._open_connection.execute(statement))

    async def execute_many(self, statement: Executable, rows: list[dict[str, Any]]) -> None:
        """Once for each of the rows, of which there is at least one."""
        await self._answered(self._open_connection.execute(statement, rows))

    async def scalar(self, statement: Executable) -> Any:
        return await self._answered(self._open_connection.scalar(statement))

    async def scalars(self, statement: Executable) -> ScalarResult[Any]:
        return await self._answered(self._open_connection.scalars(statement))

    async def exec_driver_sql(self, statement: str) -> CursorResult[Any]:
        return await self._answered(self._open_connection.exec_driver_sql(statement))

    async def run_sync(self, work: Callable[[Connection], Answer]) -> Answer:
        return await self._answered(self._open_connection.run_sync(work))

    async def commit(self) -> None:
        await self._answered(self._closed(self._under_way, commit=True))

    async def roll_back(self) -> None:
        """Ends after whatever is still under way."""
        await self._answered(self._closed(self._under_way, commit=False))

    @property
    def _open_connection(self) -> AsyncConnection:
        if self._connection is None:
            raise RuntimeError("the transaction is not open")
        return self._connection

    async def _answered(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        started = self._left.start(work)
        self._under_way = started
        await asyncio.wait({started}, timeout=max(0.0, self._deadline - asyncio.get_running_loop().time()))
        if not started.done():
            raise TimeoutError
        return started.result()[0]

    async def _opened(self, engine: AsyncEngine) -> None:
        connection = await engine.connect()
        self._connection = connection
        await connection.begin()

    async def _closed(self, before: "asyncio.Future[Any] | None", *, commit: bool) -> None:
        try:
            if before is not None and not before.done():
                await asyncio.wait({before})
            await self._finished(commit=commit)
        finally:
            self._done()

    async def _finished(self, *, commit: bool) -> None:
        if self._connection is None:
            return
        try:
            await (self._connection.commit() if commit else self._connection.rollback())
        finally:
            await self._connection.close()


Within = Callable[[Transaction], Awaitable[None]]


async def nothing(_: Transaction) -> None:
    """No more than the write itself."""
