"""What the log is measured against. All share the log's queue, one writer thread and the event loop with ours; a peer's
batch is what waited at one moment. Three store random bytes of the same length and do nothing else:

- `plain file`, the ceiling: the same batches over a zero-filled file, one fdatasync a batch.
- `sqlite`: SQLite in WAL mode with synchronous=FULL, one transaction a batch.
- `redis`: one XADD an entry, a pipeline a batch, `appendfsync always`, over a local socket.

And one does our work, all but signing and publishing, and differs in the store alone:

- `sqlite sealed`: the same sealed entries and the same tree, kept in `sqlite`.
"""

import asyncio
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from audit.entry import Sealer
from audit.event import Event
from audit.kek import FileKek
from audit.keys.supply import parties_of
from audit.keystore import Keystore
from audit.ports import Appended
from audit.tree import Frontier
from audit.wal import SEGMENT_SIZE, Wal
from audit.writer import Job, Waiting, Writer, make_job

ORIGIN: Final = "bench.example/log"

Append = Callable[[Event], Awaitable[object]]
Contender = Callable[[Path], AbstractAsyncContextManager[Append]]


class Store(Protocol):
    def write(self, jobs: list[Job]) -> None:
        """Durable on return."""
        ...

    def close(self) -> None: ...


class FileStore:
    """Segments of the log's own size, zero-filled and synced beforehand, as the log's are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1
        self._offset = SEGMENT_SIZE

    def write(self, jobs: list[Job]) -> None:
        data = b"".join(_records(jobs))
        if self._offset + len(data) > SEGMENT_SIZE:
            self.close()
            self._descriptor = os.open(self._folder / secrets.token_hex(4), os.O_RDWR | os.O_CREAT, 0o600)
            os.pwrite(self._descriptor, bytes(SEGMENT_SIZE), 0)
            os.fsync(self._descriptor)
            self._offset = 0
        os.pwrite(self._descriptor, data, self._offset)
        os.fdatasync(self._descriptor)
        self._offset += len(data)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


class SqliteStore:
    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "log.db", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE entry(number INTEGER PRIMARY KEY, record BLOB NOT NULL)")

    def write(self, jobs: list[Job]) -> None:
        self.keep(_records(jobs))

    def keep(self, records: Sequence[bytes]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT INTO entry(record) VALUES (?)", [(one,) for one in records])
        self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()


class SealedStore:
    """The log's own writer, whose segments are a table."""

    def __init__(self, folder: Path) -> None:
        self._sqlite = SqliteStore(folder)
        self._keystore = Keystore(folder / "keys.db", FileKek.create(folder / "kek"))
        sealer = Sealer(ORIGIN, secrets.token_bytes(16), self._keystore.locator, secrets.token_bytes)
        self._writer = Writer(_Table(self._sqlite), sealer, Frontier())

    def write(self, jobs: list[Job]) -> None:
        payloads = [payload for job in jobs for payload in job.payloads]
        keys = self._keystore.keys({party for job in jobs for party in parties_of(job)})
        self._writer.write(payloads, [event.at_ms for job in jobs for event in job.events], keys)

    def close(self) -> None:
        self._keystore.close()
        self._sqlite.close()


class _Table(Wal):
    def __init__(self, sqlite: SqliteStore) -> None:
        self._sqlite = sqlite

    def append(self, first: int, root: bytes, leaves: Sequence[bytes]) -> None:  # noqa: ARG002  # a row has its own
        self._sqlite.keep([root, *leaves])


class RedisStore:
    """A server of its own. Commands are written and answers read by hand: no client's cost is counted against it."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise SystemExit("redis-server is not installed. Run: apt-get install redis-server")
        place = folder / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(place), "--dir", str(folder), "--save", ""]
        options += ["--appendonly", "yes", "--appendfsync", "always", "--daemonize", "no"]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True)
        for line in self._process.stdout or []:
            if "ready to accept connections" in line.lower():
                break
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(place))
        self._answers = self._socket.makefile("rb")

    def write(self, jobs: list[Job]) -> None:
        records = _records(jobs)
        head = b"*5\r\n$4\r\nXADD\r\n$3\r\nlog\r\n$1\r\n*\r\n$1\r\nr\r\n$%d\r\n"
        self._socket.sendall(b"".join(head % len(one) + one + b"\r\n" for one in records))
        for _ in records:
            length = self._answers.readline()
            if not length.startswith(b"$"):
                raise OSError(f"redis answered {length!r}")
            self._answers.readline()

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.communicate()


def peer(make: Callable[[Path], Store]) -> Contender:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Append]:
        store, waiting, loop = make(folder), Waiting(1_000_000), asyncio.get_running_loop()
        thread = threading.Thread(target=_write_on, args=(store, waiting, loop))
        thread.start()

        async def append(event: Event) -> object:
            job = make_job((event,), loop.create_future())
            waiting.put(job)
            return None if job.future is None else await job.future

        yield append
        waiting.close()
        await asyncio.to_thread(thread.join)
        store.close()

    return opened


def _write_on(store: Store, waiting: Waiting, loop: asyncio.AbstractEventLoop) -> None:
    while (jobs := waiting.take()) is not None:
        store.write(jobs)
        loop.call_soon_threadsafe(_tell, jobs)


def _records(jobs: list[Job]) -> list[bytes]:
    return [os.urandom(job.size) for job in jobs]


def _tell(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future is not None and not job.future.done():
            job.future.set_result([Appended(0, b"")])


PEERS: Final[dict[str, Contender]] = {
    "plain file": peer(FileStore),
    "sqlite": peer(SqliteStore),
    "sqlite sealed": peer(SealedStore),
    "redis": peer(RedisStore),
}
