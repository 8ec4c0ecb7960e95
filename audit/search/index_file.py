"""`index.db`: sealed blocks in SQLite. What is deleted is overwritten, and the write-ahead log is cut after it."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FORMAT: Final = "1"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block(number INTEGER PRIMARY KEY, directory BLOB NOT NULL, lists BLOB NOT NULL);
"""


class IndexUnusable(Exception):
    """The file cannot be read or written: it is damaged, or the disk does not do it."""


class IndexFile:
    """One connection; its owner lets one thread use it at a time. Every method raises IndexUnusable."""

    def __init__(self, path: Path, width: int) -> None:
        """Opens or makes it. What is there and is of another format or width is emptied."""
        self._path = path
        with _told(path):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            path.chmod(0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._begin(width)
        except IndexUnusable:
            self._database.close()
            raise

    def close(self) -> None:
        self._database.close()

    def directories(self) -> Iterator[tuple[int, bytes]]:
        with _told(self._path):
            yield from self._database.execute("SELECT number, directory FROM block ORDER BY number")

    def directory(self, number: int) -> bytes | None:
        return self._one("SELECT directory FROM block WHERE number = ?", number)

    def lists(self, number: int) -> bytes | None:
        return self._one("SELECT lists FROM block WHERE number = ?", number)

    def put(self, number: int, directory: bytes, lists: bytes) -> None:
        """Durable on return; what was in its place is overwritten once `cut` returns."""
        with _told(self._path):
            self._database.execute(
                "INSERT OR REPLACE INTO block VALUES (?, ?, ?)", (number, directory, lists)
            )

    def remove(self, numbers: Iterable[int]) -> None:
        with _told(self._path):
            self._database.executemany("DELETE FROM block WHERE number = ?", [(one,) for one in numbers])

    def cut(self) -> None:
        """On return nothing that was removed or replaced is in any of the files."""
        with _told(self._path):
            busy, _, _ = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise IndexUnusable(f"{self._path} is read by another program just now")

    def _begin(self, width: int) -> None:
        with _told(self._path):
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
                self._database.execute(f"PRAGMA {pragma}").fetchall()
            self._database.executescript(_SCHEMA)
            wanted = {"format": _FORMAT, "width": str(width)}
            found = dict(self._database.execute("SELECT name, value FROM meta"))
            if found != wanted:
                self._database.execute("DELETE FROM block")
                self._database.execute("DELETE FROM meta")
                self._database.executemany("INSERT INTO meta VALUES (?, ?)", wanted.items())

    def _one(self, query: str, number: int) -> bytes | None:
        with _told(self._path):
            row = self._database.execute(query, (number,)).fetchone()
        if row is None or not isinstance(row[0], bytes):
            return None
        return row[0]


def remove_files(path: Path) -> None:
    """The index and what SQLite keeps beside it. Raises IndexUnusable."""
    with _told(path):
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise IndexUnusable(f"{path} cannot be used: {error}") from error
