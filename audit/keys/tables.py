"""The key store's tables (FORMAT.md, sections 9 and 15): the one home of SQL among the log's keys."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.keys.wrapping import version_of

BATCH: Final = 500
LOCATOR: Final = "locator"
INDEX: Final = "index"
OWN_KEYS: Final = (LOCATOR, INDEX)  # in `meta`, wrapped with their name as the context
KEK_SINCE: Final = "kek-since:"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_key(key_id BLOB PRIMARY KEY, subject TEXT, period INTEGER NOT NULL, wrapped BLOB)
    WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS data_key_of ON data_key(subject, period) WHERE subject IS NOT NULL;
CREATE TABLE IF NOT EXISTS tombstone(subject TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sealed_key(key_id BLOB, recipient BLOB, wrapped BLOB NOT NULL,
    PRIMARY KEY(key_id, recipient)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sealed_period(period INTEGER PRIMARY KEY, keys INTEGER NOT NULL, at INTEGER NOT NULL,
    entry INTEGER);
"""

_LIVING: Final = """
subject IS NOT NULL AND (subject = '') = ? AND period >= 0 AND subject NOT IN (SELECT value FROM json_each(?))
"""

Party = tuple[str, int]  # subject and period


class KeystoreFailed(Exception):
    """The key store cannot be read or written: nothing can be sealed."""


@dataclass(frozen=True, slots=True)
class Row:
    """Of `data_key`. An erased key has neither `subject` nor `wrapped`, a sealed one no `wrapped`."""

    key_id: bytes
    subject: str | None
    period: int
    wrapped: bytes | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """`tombstone` is the subject's: if it is there, nothing is stored. `sealed` maps fingerprints to wraps."""

    row: Row
    tombstone: str
    sealed: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class SealedPeriod:
    """`entry` is None as long as its entry in the log is not known to be durable."""

    period: int
    keys: int
    at_ms: int
    entry: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """What may be seen without any key. `locator` is wrapped; `since` maps a version of the KEK to the UTC milliseconds
    at which it was first seen to wrap; `open_periods` are those from 0 of which some key is open."""

    locator: bytes | None
    since: Mapping[str, int]
    open_periods: tuple[int, ...]
    versions: frozenset[str | None]


class KeyTables:
    """Safe to use from several threads; no call waits for anything but the disk. Raises KeystoreFailed."""

    def __init__(self, path: Path, *, only_read: bool = False) -> None:
        """`only_read`: nothing is made or changed, and every method that would change something fails."""
        self._lock = threading.Lock()
        place = f"{path.resolve().as_uri()}?mode={'ro' if only_read else 'rwc'}"
        try:
            self._database = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise KeystoreFailed(f"{path} cannot be opened: {error}") from error
        if only_read:
            return
        try:
            for pragma in ("journal_mode=DELETE", "synchronous=FULL", "secure_delete=ON"):
                self._database.execute(f"PRAGMA {pragma}")
            self._database.executescript(_SCHEMA)
            path.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            self._database.close()
            raise KeystoreFailed(f"{path} cannot be used: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def value(self, name: str) -> bytes | None:
        """Of `meta`."""
        with self._reading("a value") as database:
            row = database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            return None if row is None else bytes(row[0])

    def store_values(self, values: Mapping[str, bytes]) -> None:
        """Those that are not there yet."""
        with self._writing("a value") as database:
            database.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", list(values.items()))

    def replace_value(self, name: str, former: bytes, value: bytes) -> bool:
        with self._writing("a value") as database:
            statement = "UPDATE meta SET value = ? WHERE name = ? AND value = ?"
            return database.execute(statement, (value, name, former)).rowcount == 1

    def rows(self, key_ids: Iterable[bytes]) -> dict[bytes, Row]:
        query = "SELECT key_id, subject, period, wrapped FROM data_key WHERE key_id = ?"
        with self._reading("a data key") as database:
            found = (database.execute(query, (key_id,)).fetchone() for key_id in key_ids)
            return {row[0]: Row(*row) for row in found if row is not None}

    def rows_of(self, parties: Iterable[Party]) -> dict[Party, Row]:
        query = "SELECT key_id, subject, period, wrapped FROM data_key WHERE subject = ? AND period = ?"
        with self._reading("a data key") as database:
            found = ((party, database.execute(query, party).fetchone()) for party in parties)
            return {party: Row(*row) for party, row in found if row is not None}

    def tombstones(self, subjects: Iterable[str]) -> set[str]:
        query = "SELECT 1 FROM tombstone WHERE subject = ?"
        with self._reading("a tombstone") as database:
            return {subject for subject in subjects if database.execute(query, (subject,)).fetchone()}

    def insert(self, keys: Sequence[NewKey]) -> set[bytes]:
        """In one transaction; the ids of those that are now stored. Somebody was faster, or the person was erased
        meanwhile, with the others."""
        stored: set[bytes] = set()
        with self._writing("a data key") as database:
            for key in keys:
                query = "SELECT 1 FROM tombstone WHERE subject = ?"
                if database.execute(query, (key.tombstone,)).fetchone():
                    continue
                row = (key.row.key_id, key.row.subject, key.row.period, key.row.wrapped)
                if database.execute("INSERT OR IGNORE INTO data_key VALUES (?, ?, ?, ?)", row).rowcount:
                    stored.add(key.row.key_id)
                    _insert_sealed(database, {key.row.key_id: key.sealed})
        return stored

    def erase(self, subject: str, tombstone: str) -> int:
        """All of the subject's keys with all their wraps; how many keys there were."""
        with self._writing("an erasure") as database:
            database.execute("INSERT OR IGNORE INTO tombstone VALUES (?)", (tombstone,))
            own = "SELECT key_id FROM data_key WHERE subject = ?"
            database.execute(f"DELETE FROM sealed_key WHERE key_id IN ({own})", (subject,))  # noqa: S608  # our own text
            statement = "UPDATE data_key SET wrapped = NULL, subject = NULL WHERE subject = ?"
            return database.execute(statement, (subject,)).rowcount

    def living_periods(self, before: int, *, organisation: bool, kept: Iterable[str]) -> list[int]:
        """Periods from 0 to below `before` with keys that are not erased, of the organisation or of subjects."""
        query = f"SELECT DISTINCT period FROM data_key WHERE {_LIVING} AND period < ? ORDER BY period"  # noqa: S608  # ours
        with self._reading("the periods") as database:
            rows = database.execute(query, (organisation, json.dumps(sorted(kept)), before))
            return [period for (period,) in rows]

    def expire(self, period: int, *, organisation: bool, kept: Iterable[str]) -> int:
        """Erases those keys of one period with all their wraps; how many there were."""
        which = (organisation, json.dumps(sorted(kept)), period)
        own = f"SELECT key_id FROM data_key WHERE {_LIVING} AND period = ?"  # noqa: S608  # our own text
        with self._writing("an expired period") as database:
            database.execute(f"DELETE FROM sealed_key WHERE key_id IN ({own})", which)  # noqa: S608  # our own text
            statement = f"UPDATE data_key SET wrapped = NULL, subject = NULL WHERE {_LIVING} AND period = ?"  # noqa: S608  # ours
            return database.execute(statement, which).rowcount

    def rows_after(self, key_id: bytes, limit: int = BATCH) -> list[Row]:
        """The next rows, whatever state they are in, in the order of their ids."""
        query = (
            "SELECT key_id, subject, period, wrapped FROM data_key WHERE key_id > ? ORDER BY key_id LIMIT ?"
        )
        with self._reading("the data keys") as database:
            return [Row(*row) for row in database.execute(query, (key_id, limit)).fetchall()]

    def integrity(self) -> str:
        """`ok`, or what SQLite finds wrong with the file."""
        with self._reading("the file") as database:
            return str(database.execute("PRAGMA integrity_check(1)").fetchone()[0])

    def wrapped_after(self, key_id: bytes, limit: int = BATCH) -> list[Row]:
        """The next rows that have a wrap, in the order of their ids."""
        query = (
            "SELECT key_id, subject, period, wrapped FROM data_key WHERE key_id > ? AND wrapped IS NOT NULL "
            "ORDER BY key_id LIMIT ?"
        )
        with self._reading("the data keys") as database:
            return [Row(*row) for row in database.execute(query, (key_id, limit)).fetchall()]

    def replace(self, wraps: Sequence[tuple[bytes, bytes, bytes]]) -> int:
        """For each (key id, former wrap, new wrap): only where the former one still stands. How many were replaced."""
        statement = "UPDATE data_key SET wrapped = ? WHERE key_id = ? AND wrapped = ?"
        with self._writing("a new wrap") as database:
            return sum(database.execute(statement, (new, key_id, old)).rowcount for key_id, old, new in wraps)

    def not_sealed_for(self, recipient: bytes, limit: int = BATCH) -> list[Row]:
        """Open keys of a period that have no wrap for this recipient."""
        query = (
            "SELECT key_id, subject, period, wrapped FROM data_key WHERE wrapped IS NOT NULL AND period >= 0 AND "
            "NOT EXISTS (SELECT 1 FROM sealed_key WHERE sealed_key.key_id = data_key.key_id AND recipient = ?) LIMIT ?"
        )
        with self._reading("the data keys") as database:
            return [Row(*row) for row in database.execute(query, (recipient, limit)).fetchall()]

    def add_sealed(self, wraps: Mapping[bytes, Mapping[bytes, bytes]]) -> None:
        """For key ids the wraps by fingerprint; those of keys that were erased meanwhile are left out."""
        with self._writing("a wrap for an auditor") as database:
            query = "SELECT 1 FROM data_key WHERE key_id = ? AND wrapped IS NOT NULL"
            there = {key for key in wraps if key == bytes(16) or database.execute(query, (key,)).fetchone()}
            _insert_sealed(database, {key_id: wraps[key_id] for key_id in there})

    def sealed(self, key_id: bytes) -> dict[bytes, bytes]:
        """The wraps of a key by their recipients' fingerprints."""
        query = "SELECT recipient, wrapped FROM sealed_key WHERE key_id = ?"
        with self._reading("a wrap for an auditor") as database:
            return dict(database.execute(query, (key_id,)).fetchall())

    def periods_with_wraps(self, before: int) -> list[int]:
        """Periods from 0 to below `before` of which some key is still open."""
        query = (
            "SELECT DISTINCT period FROM data_key WHERE wrapped IS NOT NULL AND period >= 0 AND period < ? "
            "ORDER BY period"
        )
        with self._reading("the periods") as database:
            return [period for (period,) in database.execute(query, (before,))]

    def seal_period(self, period: int, recipients: Sequence[bytes], at_ms: int) -> int | None:
        """Destroys the wraps of the period's keys and notes it, in one transaction; how many. None, and nothing is
        destroyed, if one of the keys lacks a wrap for one of the recipients."""
        lacking = (
            "SELECT 1 FROM data_key WHERE period = ? AND wrapped IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sealed_key "
            "WHERE sealed_key.key_id = data_key.key_id AND recipient = ?) LIMIT 1"
        )
        note = (
            "INSERT INTO sealed_period VALUES (?, ?, ?, NULL) ON CONFLICT(period) DO UPDATE SET "
            "keys = keys + excluded.keys, at = excluded.at, entry = NULL"
        )
        with self._writing("a sealed period") as database:
            if any(database.execute(lacking, (period, one)).fetchone() for one in recipients):
                return None
            statement = "UPDATE data_key SET wrapped = NULL WHERE period = ? AND wrapped IS NOT NULL"
            count = database.execute(statement, (period,)).rowcount
            if count:
                database.execute(note, (period, count, at_ms))
            return count

    def sealed_periods(self) -> list[SealedPeriod]:
        with self._reading("the sealed periods") as database:
            query = "SELECT period, keys, at, entry FROM sealed_period ORDER BY period"
            return [SealedPeriod(*row) for row in database.execute(query)]

    def note_entry(self, sealed: SealedPeriod, entry: int) -> None:
        statement = "UPDATE sealed_period SET entry = ? WHERE period = ? AND keys = ?"
        with self._writing("a sealed period") as database:
            database.execute(statement, (entry, sealed.period, sealed.keys))

    @contextmanager
    def _reading(self, what: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._database
            except sqlite3.Error as error:
                raise KeystoreFailed(f"{what} cannot be read from the key store: {error}") from error

    @contextmanager
    def _writing(self, what: str) -> Iterator[sqlite3.Connection]:
        """One transaction, durable at its end."""
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                try:
                    yield self._database
                    self._database.execute("COMMIT")
                except BaseException:
                    if self._database.in_transaction:
                        self._database.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise KeystoreFailed(f"{what} cannot be stored: {error}") from error


def _insert_sealed(database: sqlite3.Connection, wraps: Mapping[bytes, Mapping[bytes, bytes]]) -> None:
    rows = [
        (key_id, who, wrap) for key_id, by_recipient in wraps.items() for who, wrap in by_recipient.items()
    ]
    database.executemany("INSERT OR IGNORE INTO sealed_key VALUES (?, ?, ?)", rows)


def look(path: Path) -> Look | None:
    """At a key store of which nothing is changed; None if there is none. Raises KeystoreFailed."""
    if not path.is_file():
        return None
    periods = "SELECT DISTINCT period FROM data_key WHERE wrapped IS NOT NULL AND period >= 0 ORDER BY period"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            values = dict(database.execute("SELECT name, value FROM meta").fetchall())
            found = tuple(period for (period,) in database.execute(periods))
            wraps = database.execute("SELECT wrapped FROM data_key WHERE wrapped IS NOT NULL")
            versions = {version_of(wrapped) for (wrapped,) in wraps}
    except sqlite3.Error as error:
        raise KeystoreFailed(f"{path} cannot be looked at: {error}") from error
    locator = values.get(LOCATOR)
    versions |= {version_of(values[name]) for name in OWN_KEYS if name in values}
    since = {
        name.removeprefix(KEK_SINCE): int.from_bytes(value, "big")
        for name, value in values.items()
        if name.startswith(KEK_SINCE)
    }
    return Look(locator, since, found, frozenset(versions))
