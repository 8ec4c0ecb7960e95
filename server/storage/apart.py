"""Reading that stands behind nobody: a connection and a thread of its own, and one turn of the event loop.

Leases depend on what is read here twice a second. Through the common pool it would wait behind every request of
strangers, and each statement would cost several turns of a loop that a flood makes slow.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

Answer = TypeVar("Answer")


class Apart:
    """`engine` makes the synchronous engine, lazily and in the thread. `close` it."""

    def __init__(self, engine: Callable[[], Engine], answer_within_s: float) -> None:
        self._make = engine
        self._engine: Engine | None = None
        self._answer_within_s = answer_within_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-apart")

    async def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """Run `work` in one transaction. Raises TimeoutError, or what the database raises.

        If the database hangs, those who wait behind are given up before they began, so nothing piles up.
        """
        async with asyncio.timeout(self._answer_within_s):
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, work)

    def close(self) -> None:
        """Does not wait for a database that hangs."""
        self._thread.submit(self._dispose)
        self._thread.shutdown(wait=False)

    def _read(self, work: Callable[[Connection], Answer]) -> Answer:
        if self._engine is None:
            self._engine = self._make()
        with self._engine.connect() as connection, connection.begin():
            return work(connection)

    def _dispose(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
