"""How many entries become durable in a second (`audit.append`), at 64 and at 512 writers that each wait for their own.

Ours is the whole way: encode, seal, hash into the tree, frame, fdatasync, tell the writer, and meanwhile sign and
publish. The peers store random bytes of the same length and do nothing else; all share the queue, the one writer
thread and the event loop, and are measured in turn, twice, in one run:

- `sqlite`: SQLite, WAL, synchronous=FULL, one transaction for all that wait. The fair one.
- `sqlite_each`: the same with one transaction an entry, as an audit table is usually written.
- `file`: the ceiling. The same batches over a zero-filled file, one fdatasync a batch.
"""

import asyncio
import os
import secrets
import sqlite3
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.kek import FileKek
from audit.log import AuditLog
from audit.ports import Appended
from audit.writer import Job, Waiting, make_job
from tests.bench.table import Row, row, show

SECONDS: Final = 1.2
ROUNDS: Final = 2
WRITERS: Final = (64, 512)
NOW_MS: Final = 1_763_935_200_000

Append = Callable[[Event], Awaitable[object]]
Contender = Callable[[Path], AbstractAsyncContextManager[Append]]


class Store(Protocol):
    def write(self, records: list[bytes]) -> None: ...


class SqliteStore:
    def __init__(self, folder: Path, *, each: bool) -> None:
        self._database = sqlite3.connect(folder / "log.db", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE entry(number INTEGER PRIMARY KEY, record BLOB NOT NULL)")
        self._each = each

    def write(self, records: list[bytes]) -> None:
        for group in [[one] for one in records] if self._each else [records]:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("INSERT INTO entry(record) VALUES (?)", [(one,) for one in group])
            self._database.execute("COMMIT")


class FileStore:
    SIZE: Final = 2_097_152

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1
        self._offset = self.SIZE

    def write(self, records: list[bytes]) -> None:
        data = b"".join(records)
        if self._offset + len(data) > self.SIZE:
            self._next_segment()
        os.pwrite(self._descriptor, data, self._offset)
        os.fdatasync(self._descriptor)
        self._offset += len(data)

    def _next_segment(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = os.open(self._folder / secrets.token_hex(4), os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(self._descriptor, bytes(self.SIZE), 0)
        os.fsync(self._descriptor)
        self._offset = 0


def an_event(number: int) -> Event:
    """About 500 bytes once sealed: the organisation's section and a person's."""
    return Event(
        EventName.CUSTOMER_CODE_VERIFIED,
        Outcome.DONE,
        NOW_MS,
        Actor(ActorKind.CUSTOMER, "cu-7f3a"),
        case="ca-19c2",
        session="se-5e01",
        customer="cu-7f3a",
        facts={"level": 1, "attempt": number % 3},
        personal={f"cu-{number % 100}": {"method": "totp"}},
    )


@asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Append]:
    (folder / "keys").mkdir()
    log = await AuditLog.open(
        folder / "log",
        origin="bench.example/log",
        kek=FileKek.create(folder / "keys" / "kek"),
        signing_key_file=folder / "keys" / "signing",
        now_ms=NOW_MS,
    )
    yield log.append
    await log.close()


def peer(make: Callable[[Path], Store]) -> Contender:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Append]:
        store, waiting, loop = make(folder), Waiting(1_000_000), asyncio.get_running_loop()
        thread = threading.Thread(target=write_on, args=(store, waiting, loop))
        thread.start()

        async def append(event: Event) -> object:
            job = make_job((event,), loop.create_future())
            waiting.put(job)
            return None if job.future is None else await job.future

        yield append
        waiting.close()
        await asyncio.to_thread(thread.join)

    return opened


def write_on(store: Store, waiting: Waiting, loop: asyncio.AbstractEventLoop) -> None:
    while (jobs := waiting.take()) is not None:
        store.write([os.urandom(job.size) for job in jobs])
        loop.call_soon_threadsafe(tell, jobs)


def tell(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future is not None and not job.future.done():
            job.future.set_result([Appended(0, b"")])


CONTENDERS: Final[dict[str, Contender]] = {
    "ours": ours,
    "sqlite": peer(lambda folder: SqliteStore(folder, each=False)),
    "sqlite_each": peer(lambda folder: SqliteStore(folder, each=True)),
    "file": peer(FileStore),
}


async def entries_a_second(contender: Contender, writers: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with contender(Path(folder)) as append:
            started = time.perf_counter()
            stop = started + SECONDS

            async def write(number: int) -> int:
                done = 0
                while time.perf_counter() < stop:
                    await append(an_event(number))
                    number, done = number + writers, done + 1
                return done

            counts = await asyncio.gather(*(write(number) for number in range(writers)))
            return sum(counts) / (time.perf_counter() - started)


async def rows() -> list[Row]:
    found: list[Row] = []
    for writers in WRITERS:
        figures = dict.fromkeys(CONTENDERS, 0.0)
        for _ in range(ROUNDS):
            for name, contender in CONTENDERS.items():
                figures[name] += await entries_a_second(contender, writers) / ROUNDS
        own = figures.pop("ours")
        at = {"writers": writers, "bytes": make_job((an_event(1),), None).size}
        found.append(row("audit.append", at, "entries/s", own, figures))
    return found


def main(json: bool) -> int:
    show(asyncio.run(rows()), as_json=json)
    return 0
