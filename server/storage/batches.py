"""Whole transactions in a thread: one turn of the event loop for each, and one commit for all writers of a moment.

Asking statement by statement costs a turn of the loop and a change of threads every time, and a commit waits for the
disk: those two were nearly all that a request cost. Here whoever only has to look something up, or to write what it
knows already, hands in *work*, a function of a connection, which a thread runs from beginning to end.

1. Writers that wait together share a transaction. Each runs between its own savepoint and release: one that fails is
   taken back alone, and sees what those before it wrote, as if they had been committed one by one.
2. Nobody is told of an answer before the commit it is part of is durable. A commit that fails fails everybody in it.
3. Some errors (a full disk) end SQLite's whole transaction: then nothing more runs in that batch, and all of it failed.
4. Readers that wait together share a view, begun after the last of them asked; one that fails fails alone, and what
   stands behind a slow one is another thread's.
5. Whoever stopped waiting before its work began has no work: it is left out. Later it may be written all the same.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from server.storage.transaction import LeftWork

Answer = TypeVar("Answer")
Work = Callable[[Connection], Answer]

READERS: Final = 3
PATIENCE_S: Final = 0.005  # many times what a usual batch takes
TOGETHER_AT_MOST: Final = 64


class _OwnConnection:
    """One connection in one thread, opened at the first use, and anew after anything that may have broken it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def drop(self) -> None:
        found, self._connection = self._connection, None
        if found is not None:
            found.close()

    def end(self) -> None:
        """The file is closed too: the engine's pool would keep it open for a next use."""
        if self._connection is not None:
            self._connection.detach()
        self.drop()


@dataclass(slots=True, eq=False)
class _Job:
    work: Work[Any]
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        if self.answer.done():  # its caller has gone
            return
        if self.error is not None:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.result)


@dataclass(slots=True, eq=False)
class Writing:
    """`turn` is held while a batch is written: it is the one that every writer of this process takes."""

    engine: Engine
    turn: asyncio.Lock
    left: LeftWork
    _waiting: list[_Job] = field(default_factory=list)
    _busy: bool = False
    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="database-writer")
    )
    _own: _OwnConnection = field(init=False)

    def __post_init__(self) -> None:
        self._own = _OwnConnection(self.engine)

    async def write(self, work: Work[Answer], deadline: float) -> Answer:
        """Durable on return. Raises TimeoutError at the deadline, what `work` raises, or what the database raises."""
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if not self._busy:
            self._busy = True
            self.left.start(self._write_all())
        async with asyncio.timeout_at(deadline):
            answer: Answer = await job.answer
        return answer

    def close(self) -> None:
        """Does not wait for a database that hangs."""
        _close(self._thread, self._own)

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                async with self.turn:
                    batch = self._waiting[:TOGETHER_AT_MOST]
                    del self._waiting[:TOGETHER_AT_MOST]
                    await asyncio.get_running_loop().run_in_executor(self._thread, self._run, batch)
                for job in batch:
                    job.tell()
        finally:
            self._busy = False

    def _run(self, batch: Sequence[_Job]) -> None:
        try:
            connection = self._own.open()
            with connection.begin():
                for job in batch:
                    if not job.answer.done():  # else nobody waits for it any more
                        _run_alone(connection, job)
        except BaseException as error:  # noqa: BLE001 - told to everybody who waits
            self._own.drop()
            for job in batch:
                job.error = error


def _run_alone(connection: Connection, job: _Job) -> None:
    """Raises OperationalError where the transaction is over."""
    plain: Any = connection.connection.driver_connection
    plain.execute("SAVEPOINT job")
    try:
        job.result = job.work(connection)
    except Exception as error:
        if not plain.in_transaction:
            raise OperationalError("SAVEPOINT job", None, error) from error
        plain.execute("ROLLBACK TO job")
        job.error = error
    plain.execute("RELEASE job")


@dataclass(slots=True, eq=False)
class _Line:
    """One thread that reads. `batch`: what it has not begun; `since`: when it began this batch, by the loop's clock,
    None while it has nothing to do."""

    own: _OwnConnection
    thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="database-reader")
    )
    batch: deque[_Job] = field(default_factory=deque)
    since: float | None = None

    def run(self) -> list[_Job]:
        """Those that it read for. In the thread."""
        done: list[_Job] = []
        try:
            connection = self.own.open()
            with connection.begin():
                while (job := self.next()) is not None:
                    done.append(job)
                    if not job.answer.done():  # else nobody waits for it any more
                        _read_alone(connection, job)
        except BaseException as error:  # noqa: BLE001 - told to everybody who waits
            done.extend(self.left())
            for job in done:
                job.error = job.error or error
        if any(job.error is not None for job in done):
            self.own.drop()
        return done

    def next(self) -> _Job | None:
        """The loop may take the rest of the batch at any moment."""
        try:
            return self.batch.popleft()
        except IndexError:
            return None

    def left(self) -> list[_Job]:
        """What it has not begun is somebody else's from now on."""
        return list(iter(self.next, None))


class Reading:
    """Threads that read, each with a connection of its own. The second and third help where the one before is slow:
    threads that run at the same time mostly take turns with each other, at a price."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lines = [_Line(_OwnConnection(engine)) for _ in range(READERS)]
        self._waiting: deque[_Job] = deque()
        self._look: asyncio.Handle | None = None

    async def read(self, work: Work[Answer], deadline: float) -> Answer:
        """One consistent view. Raises as `Writing.write`; whoever waits behind a thread that hangs goes to another."""
        loop = asyncio.get_running_loop()
        job = _Job(work, loop.create_future())
        self._waiting.append(job)
        if len(self._waiting) == 1:
            loop.call_soon(self._hand_out)  # with all that ask in this turn of the loop
        async with asyncio.timeout_at(deadline):
            answer: Answer = await job.answer
        return answer

    def close(self) -> None:
        for line in self._lines:
            _close(line.thread, line.own)

    def _hand_out(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for line in self._lines:
            if line.since is None:
                self._begin(line, now)
            elif now - line.since < PATIENCE_S:
                break  # it will be through in a moment
            else:
                self._waiting.extendleft(reversed(line.left()))
        if self._look is None and (self._waiting or any(line.batch for line in self._lines)):
            self._look = loop.call_later(PATIENCE_S, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        self._hand_out()

    def _begin(self, line: _Line, now: float) -> None:
        while self._waiting and len(line.batch) < TOGETHER_AT_MOST:
            line.batch.append(self._waiting.popleft())
        if line.batch:
            line.since = now
            running = asyncio.get_running_loop().run_in_executor(line.thread, line.run)
            running.add_done_callback(lambda done: self._through(line, done))

    def _through(self, line: _Line, done: "asyncio.Future[list[_Job]]") -> None:
        line.since = None
        if not done.cancelled():
            for job in done.result():
                job.tell()
        if self._waiting:
            self._hand_out()


def _read_alone(connection: Connection, job: _Job) -> None:
    try:
        job.result = job.work(connection)
    except Exception as error:  # noqa: BLE001 - told to whoever asked
        job.error = error


def _close(thread: ThreadPoolExecutor, own: _OwnConnection) -> None:
    thread.submit(own.end)
    thread.shutdown(wait=False)
