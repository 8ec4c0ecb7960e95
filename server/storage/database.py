"""The engine, its transactions, and what becomes of its errors.

1. SQLite: write-ahead log, `synchronous=FULL` (what is committed survives a power cut), foreign keys, `secure_delete`
   (what is deleted is overwritten). Transactions are ours: the driver's own begin only at the first write, so that
   a read followed by a write can fail half way; here a writing transaction is `BEGIN IMMEDIATE`.
2. One writing transaction at a time in a process, in the order of asking: SQLite's own waiting is not fair.
3. Two seconds for everything, waiting included; then DatabaseUnavailable, even if the database hangs (`transaction`).
4. What many requests need is read and written as a whole, in threads (`read`, `write`; see `batches`).
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import session.ports
import support.ports
import verification.ports
from server.storage.apart import Apart
from server.storage.batches import READERS, Reading, Writing
from server.storage.transaction import LeftWork, Transaction

ANSWER_WITHIN_S: Final = 2.0
LOCK_WAIT_S: Final = 1.5  # SQLite's own patience with another process, shorter than ours
CONNECTIONS: Final = 5
NAMES_AT_ONCE: Final = 500

Name = TypeVar("Name", bound=str)
Answer = TypeVar("Answer")

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
)


class DatabaseUnavailable(
    session.ports.StoreUnavailable, verification.ports.StoreUnavailable, support.ports.StoreUnavailable
):
    """No answer in two seconds, or an error of the database itself. Nothing may be assumed to be written."""


class AlreadyThere(Exception):
    """A row with this id, name or hash exists, or one that it refers to does not. Nothing was written."""


class Database:
    """One database, opened lazily; `close` it. `url`: SQLAlchemy's, for instance `sqlite+aiosqlite:////var/lib/x.db`."""

    def __init__(self, url: str, *, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        self._answer_within_s = answer_within_s
        self._reading = _engine(url)
        self._writing = self._reading.execution_options(immediate=True)
        self._one_writer = asyncio.Lock()
        self._left = LeftWork()
        self._apart = Apart(lambda: _engine_apart(url), answer_within_s)
        self._whole = _Whole.on(url, self._one_writer, self._left)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations."""
        return self._writing

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """One consistent view. Raises DatabaseUnavailable."""
        with _told_plainly():
            async with self._transaction(self._reading, _nothing, self._deadline()) as transaction:
                yield transaction

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """One transaction, committed on leaving. Raises DatabaseUnavailable, AlreadyThere."""
        deadline = self._deadline()
        with _told_plainly():
            async with asyncio.timeout_at(deadline):
                await self._one_writer.acquire()
            async with self._transaction(self._writing, self._one_writer.release, deadline) as transaction:
                yield transaction

    async def read(self, work: Callable[[Connection], Answer]) -> Answer:
        """`work` runs in one consistent view, in a thread. Raises what it raises, DatabaseUnavailable."""
        with _told_plainly():
            if self._whole is not None:
                return await self._whole.reading.read(work, self._deadline())
        async with self.reading() as transaction:
            return await transaction.run_sync(work)

    async def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """`work` runs in a transaction that is durable on return, in a thread. It must only touch its connection: where
        it raises, all that it wrote is taken back. Raises what it raises, AlreadyThere, DatabaseUnavailable."""
        with _told_plainly():
            if self._whole is not None:
                return await self._whole.writing.write(work, self._deadline())
        async with self.writing() as transaction:
            return await transaction.run_sync(work)

    def engines(self) -> list[Engine]:
        """All that run statements, for those who count them."""
        return [self._reading.sync_engine, *([self._whole.reading.engine] if self._whole else [])]

    @asynccontextmanager
    async def bare(self) -> AsyncIterator[Any]:
        """The driver's own connection without a transaction, for what SQLite does in none; None on other databases.
        Raises DatabaseUnavailable."""
        with _told_plainly():
            if self._reading.dialect.name != "sqlite":
                yield None
                return
            async with asyncio.timeout(self._answer_within_s):
                await self._one_writer.acquire()
            try:
                async with self._reading.connect() as connection:
                    yield (await connection.get_raw_connection()).driver_connection
            finally:
                self._one_writer.release()

    async def apart(self, work: Callable[[Connection], Answer]) -> Answer:
        """`work` reads in a thread and on a connection of its own. Raises DatabaseUnavailable."""
        with _told_plainly():
            return await self._apart.read(work)

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """The dialect's own insert, which knows `on_conflict_do_nothing`."""
        return (
            postgresql.insert(table) if self._reading.dialect.name == "postgresql" else sqlite.insert(table)
        )

    async def close(self) -> None:
        self._apart.close()
        if self._whole is not None:
            self._whole.close()
        await self._left.ended(self._answer_within_s)
        await self._reading.dispose()

    @asynccontextmanager
    async def _transaction(
        self, engine: AsyncEngine, done: Callable[[], None], deadline: float
    ) -> AsyncIterator[Transaction]:
        """`done` is called once, when the database is through with it: that may be after the caller has gone."""
        transaction = Transaction(self._left, deadline, done)
        try:
            await transaction.open(engine)
            yield transaction
        except BaseException:
            with suppress(TimeoutError, SQLAlchemyError):
                await transaction.roll_back()
            raise
        await transaction.commit()

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._answer_within_s


@dataclass(frozen=True, slots=True)
class _Whole:
    """Reading and writing as a whole. SQLite only: elsewhere a connection's driver waits on the event loop anyway."""

    reading: Reading
    writing: Writing

    @classmethod
    def on(cls, url: str, turn: asyncio.Lock, left: LeftWork) -> "_Whole | None":
        if make_url(url).get_backend_name() != "sqlite":
            return None
        engine = _engine_apart(url, connections=READERS + 1)
        return cls(Reading(engine), Writing(engine.execution_options(immediate=True), turn, left))

    def close(self) -> None:
        self.reading.close()
        self.writing.close()


def batched(names: list[Name]) -> Iterator[list[Name]]:
    """Pieces short enough for one statement's parameters, on every database."""
    for start in range(0, len(names), NAMES_AT_ONCE):
        yield names[start : start + NAMES_AT_ONCE]


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise AlreadyThere("the row exists already, or refers to one that does not") from error
    except (DBAPIError, PoolTimeoutError, TimeoutError, OSError) as error:
        raise DatabaseUnavailable("the database does not answer; nothing was granted") from error


def _nothing() -> None:
    """A reader keeps nobody waiting."""


def _engine(url: str) -> AsyncEngine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(parsed, pool_timeout=LOCK_WAIT_S, pool_pre_ping=True)
    if parsed.database is None or parsed.database == ":memory:":
        raise ValueError(
            "the database is a file: one in memory is not shared by connections and survives nothing"
        )
    _create_private(Path(parsed.database))
    engine = create_async_engine(
        parsed,
        connect_args={"isolation_level": None, "timeout": LOCK_WAIT_S},
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_S,
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _engine_apart(url: str, connections: int = 1) -> Engine:
    """The synchronous one: its driver is the default one of the same database."""
    parsed = make_url(url)
    plain = parsed.set(drivername=parsed.get_backend_name())
    if parsed.get_backend_name() != "sqlite":
        return create_engine(plain, pool_size=1, max_overflow=0, pool_pre_ping=True)
    engine = create_engine(
        plain,
        connect_args={"isolation_level": None, "timeout": LOCK_WAIT_S},
        pool_size=connections,
        max_overflow=0,
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_plainly)
    return engine


def _create_private(path: Path) -> None:
    """Readable for its owner only, as SQLite's side files then are too."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(_beginning(connection))


def _begin_plainly(connection: Connection) -> None:
    """By the driver itself, which does the same for a fifth of the time."""
    beginning, plain = _beginning(connection), connection.connection.driver_connection
    try:
        plain.execute(beginning)  # type: ignore[union-attr]
    except sqlite3.Error as error:
        raise OperationalError(beginning, None, error) from error


def _beginning(connection: Connection) -> str:
    return "BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate", False) else "BEGIN"
