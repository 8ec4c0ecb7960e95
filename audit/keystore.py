"""Data keys: one for each party and period, wrapped under the key-encryption key (FORMAT.md, section 9).

Erasing a person means deleting that person's keys here and leaving a tombstone, so that no later event mints a new one.
This is the one home of SQL in `audit`.
"""

import hmac
import secrets
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from audit.entry import ID_SIZE, KEY_SIZE, DataKey
from audit.kek import KeyUnavailable
from audit.ports import KeyEncryptionKey

PERIOD_MS: Final = 604_800_000
ORGANISATION: Final = ""
COPY_WAITS_S: Final = 10.0

_Name = TypeVar("_Name")
_Value = TypeVar("_Value")
_CACHE: Final = 16_384
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_key(key_id BLOB PRIMARY KEY, subject TEXT, period INTEGER NOT NULL, wrapped BLOB)
    WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS data_key_of ON data_key(subject, period) WHERE subject IS NOT NULL;
CREATE TABLE IF NOT EXISTS tombstone(subject TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class KeystoreFailed(Exception):
    """The key store cannot be read or written: nothing can be sealed."""


class Keystore:
    """Safe to use from several threads. A key is durable before it is handed out."""

    def __init__(self, path: Path, kek: KeyEncryptionKey) -> None:
        """Opens or creates. Raises KeystoreFailed, KeyUnavailable."""
        self._kek = kek
        self._lock = threading.Lock()
        self._by_party: OrderedDict[tuple[str, int], DataKey] = OrderedDict()
        self._by_id: OrderedDict[bytes, DataKey | None] = OrderedDict()
        self._database = _connect(path)
        try:
            for pragma in ("journal_mode=DELETE", "synchronous=FULL", "secure_delete=ON"):
                self._database.execute(f"PRAGMA {pragma}")
            self._database.executescript(_SCHEMA)
            path.chmod(0o600)
            self.locator = self._open_locator()
        except (sqlite3.Error, OSError) as error:
            self._database.close()
            raise KeystoreFailed(f"{path} cannot be used: {error}") from error
        except KeyUnavailable:
            self._database.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def keys(self, parties: Iterable[tuple[str, int]]) -> dict[tuple[str, int], DataKey]:
        """The keys for (subject, time in UTC milliseconds); those that do not exist yet are made in one transaction
        and are durable on return. Subjects with a tombstone have none. Raises KeystoreFailed, KeyUnavailable."""
        wanted = {party: (party[0], party[1] // PERIOD_MS) for party in parties}
        with self._lock:
            missing = sorted({party for party in wanted.values() if party not in self._by_party})
            try:
                fresh = self._mint(missing) if missing else {}
            except sqlite3.Error as error:
                raise KeystoreFailed(f"a data key cannot be stored: {error}") from error
            found = {asked: fresh.get(party) or self._by_party.get(party) for asked, party in wanted.items()}
            for party in wanted.values():
                if party in self._by_party:
                    self._by_party.move_to_end(party)
        return {party: key for party, key in found.items() if key is not None}

    def latest(self, subject: str) -> DataKey | None:
        """The key last used for this subject, whatever its period. Touches no disk: for when there is none."""
        with self._lock:
            parties = [party for party in self._by_party if party[0] == subject]
            return self._by_party[parties[-1]] if parties else None

    def find(self, key_id: bytes) -> DataKey | None:
        """None if the key was erased or is not known. Raises KeystoreFailed, KeyUnavailable."""
        with self._lock:
            if key_id not in self._by_id:
                try:
                    row = self._database.execute(
                        "SELECT wrapped FROM data_key WHERE key_id = ?", (key_id,)
                    ).fetchone()
                except sqlite3.Error as error:
                    raise KeystoreFailed(f"a data key cannot be read: {error}") from error
                key = None
                if row and row[0] is not None:
                    key = DataKey(key_id, self._kek.unwrap(row[0], b"data-key" + key_id))
                _remember(self._by_id, key_id, key)
            return self._by_id[key_id]

    def erase(self, subject: str) -> int:
        """Deletes the subject's keys for good and leaves a tombstone; how many keys there were. The organisation
        cannot be erased (ValueError). Raises KeystoreFailed."""
        if subject == ORGANISATION:
            raise ValueError("the organisation's keys go by period, not by erasure")
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.execute(
                    "INSERT OR IGNORE INTO tombstone VALUES (?)", (self._tombstone(subject),)
                )
                statement = "UPDATE data_key SET wrapped = NULL, subject = NULL WHERE subject = ?"
                count = self._database.execute(statement, (subject,)).rowcount
                self._database.execute("COMMIT")
            except sqlite3.Error as error:
                raise KeystoreFailed(f"the keys cannot be erased: {error}") from error
            self._by_party.clear()
            self._by_id.clear()
            return count

    def _mint(self, missing: Iterable[tuple[str, int]]) -> dict[tuple[str, int], DataKey]:
        self._database.execute("BEGIN IMMEDIATE")
        fresh: dict[tuple[str, int], DataKey] = {}
        try:
            for subject, period in missing:
                key = self._load(subject, period) or self._insert(subject, period)
                if key is not None:
                    fresh[subject, period] = key
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        for party, key in fresh.items():
            _remember(self._by_party, party, key)
            _remember(self._by_id, key.key_id, key)
        return fresh

    def _load(self, subject: str, period: int) -> DataKey | None:
        query = "SELECT key_id, wrapped FROM data_key WHERE subject = ? AND period = ?"
        row = self._database.execute(query, (subject, period)).fetchone()
        return None if row is None else DataKey(row[0], self._kek.unwrap(row[1], b"data-key" + row[0]))

    def _insert(self, subject: str, period: int) -> DataKey | None:
        query = "SELECT 1 FROM tombstone WHERE subject = ?"
        if self._database.execute(query, (self._tombstone(subject),)).fetchone():
            return None
        key = DataKey(secrets.token_bytes(ID_SIZE), secrets.token_bytes(KEY_SIZE))
        wrapped = self._kek.wrap(key.secret, b"data-key" + key.key_id)
        statement = "INSERT INTO data_key VALUES (?, ?, ?, ?)"
        self._database.execute(statement, (key.key_id, subject, period, wrapped))
        return key

    def _open_locator(self) -> bytes:
        row = self._database.execute("SELECT value FROM meta WHERE name = 'locator'").fetchone()
        if row is not None:
            return self._kek.unwrap(row[0], b"locator")
        locator = secrets.token_bytes(KEY_SIZE)
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("INSERT INTO meta VALUES ('format', '1')")
        self._database.execute(
            "INSERT INTO meta VALUES ('locator', ?)", (self._kek.wrap(locator, b"locator"),)
        )
        self._database.execute("COMMIT")
        return locator

    def _tombstone(self, subject: str) -> str:
        return "t1:" + hmac.digest(self.locator, b"audit/v1/tombstone" + subject.encode(), "sha256").hex()


def serialized(path: Path) -> bytes:
    """The whole key store as the bytes of one consistent file, read at once: a writer waits only that long. Keys stay
    wrapped. Raises KeystoreFailed."""
    if not path.exists():
        raise KeystoreFailed(
            f"{path} is missing, and without it nothing in the log can be read; restore it first"
        )
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=COPY_WAITS_S)) as database:
            database.execute("BEGIN")
            database.execute("SELECT count(*) FROM meta").fetchone()
            return database.serialize()
    except sqlite3.Error as error:
        raise KeystoreFailed(f"{path} cannot be copied: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise KeystoreFailed(f"{path} cannot be opened: {error}") from error


def _remember(cache: OrderedDict[_Name, _Value], name: _Name, value: _Value) -> None:
    cache[name] = value
    if len(cache) > _CACHE:
        cache.popitem(last=False)


__all__ = ["ORGANISATION", "PERIOD_MS", "KeyUnavailable", "Keystore", "KeystoreFailed", "serialized"]
