"""A consistent copy of the database, taken from outside while a server works with it.

The copy is what one instant held. At that instant, while nobody can commit, the caller looks at whatever else
belongs to it; afterwards the server writes on, and the copy still reads the instant's rows.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

LOCK_WAIT_S: Final = 10.0  # others hold the lock for milliseconds


class CopyUnusable(Exception):
    """The database cannot be copied, or the copy does not hold together. The sentence says why."""


def copy_database(source: Path, target: Path, at_the_instant: Callable[[], None]) -> None:
    """`target` is a new file, synced on return. `at_the_instant` must be quick: nobody writes meanwhile.

    Raises CopyUnusable, and whatever `at_the_instant` raises.
    """
    if not source.is_file():
        raise CopyUnusable(f"There is no database {source}.")
    try:
        with (
            closing(_connected(source)) as reader,
            closing(_connected(source)) as holder,
            closing(_connected(target, create=True)) as copy,
        ):
            holder.execute("BEGIN IMMEDIATE")
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # its view is fixed from here on
            at_the_instant()
            holder.execute("ROLLBACK")
            reader.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            _must_hold_together(copy, target)
    except sqlite3.Error as error:
        raise CopyUnusable(f"The database {source} cannot be copied: {error}.") from error
    with target.open("rb") as file:
        os.fsync(file.fileno())


def schema_of(database: Path) -> str | None:
    """The revision of a database file that nobody uses; None if it has none. Raises CopyUnusable."""
    with _told(database), closing(_connected(database)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
        return None if row is None else str(row[0])


def highest_log_index(database: Path) -> int:
    """The highest index of an entry that a row carries out, -1 for none. Raises CopyUnusable."""
    columns = (
        "SELECT tables.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns"
        " WHERE tables.type = 'table' AND columns.name = 'log_index'"
    )
    with _told(database), closing(_connected(database)) as connection:
        tables = [str(row[0]) for row in connection.execute(columns).fetchall()]
        found = [_highest(connection, table) for table in tables]
    return max((index for index in found if index is not None), default=-1)


def check_database(database: Path) -> None:
    """Raises CopyUnusable unless the file is a whole database whose references hold."""
    with _told(database), closing(_connected(database)) as connection:
        _must_hold_together(connection, database)


def _highest(connection: sqlite3.Connection, table: str) -> int | None:
    index: int | None = connection.execute(f'SELECT max(log_index) FROM "{table}"').fetchone()[0]  # noqa: S608  # ours
    return index


def _must_hold_together(connection: sqlite3.Connection, file: Path) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
    if found != ["ok"]:
        raise CopyUnusable(f"{file} does not hold together: {'; '.join(found)}.")
    if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise CopyUnusable(f"{file} does not hold together: a row of {broken[0]} refers to none.")


def _connected(file: Path, *, create: bool = False) -> sqlite3.Connection:
    if create:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = sqlite3.connect(file, isolation_level=None, timeout=LOCK_WAIT_S)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CopyUnusable(f"{file} cannot be read as a database: {error}.") from error
