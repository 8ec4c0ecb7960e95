"""Data keys: one for each party and period, wrapped under the key-encryption key (FORMAT.md, sections 9 and 15).

Erasing a person means deleting that person's keys here and leaving a tombstone, so that no later event mints a new one.
No lock is held while the key-encryption key's provider is asked: it may be another machine, and may hang.
"""

import hmac
import secrets
import sqlite3
import struct
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final, TypeVar

from audit.entry import ID_SIZE, KEY_SIZE, DataKey
from audit.kek import KeyUnavailable
from audit.keys.recipients import Place, Recipients, locator_place, subject_tag
from audit.keys.tables import INDEX, KEK_SINCE, LOCATOR, KeystoreFailed, KeyTables, NewKey, Party, Row
from audit.keys.wrapping import version_of
from audit.ports import KeyEncryptionKey

PERIOD_MS: Final = 604_800_000
ORGANISATION: Final = ""
RECORDS: Final = -1  # the period of the one key that seals a subject's rows in the database
COPY_WAITS_S: Final = 10.0

_Name = TypeVar("_Name")
_Value = TypeVar("_Value")
_CACHE: Final = 16_384


class Closed(Enum):
    """Why a key does not open anything here: it is gone for good, or only an auditor has it."""

    ERASED = auto()
    SEALED = auto()


@dataclass(frozen=True, slots=True)
class SealedMode:
    """Sealed mode: for whom every new key of the log `origin` is wrapped as well."""

    origin: str
    recipients: Recipients


class Keystore:
    """Safe to use from several threads. A key is durable before it is handed out."""

    def __init__(self, path: Path, kek: KeyEncryptionKey, sealing: SealedMode | None = None) -> None:
        """Opens or creates. Raises KeystoreFailed, KeyUnavailable."""
        self.kek: Final = kek
        self.folder: Final = path.parent
        self._sealing = sealing
        self._caching = threading.Lock()  # of what follows; held for no longer than a look
        self._by_party: OrderedDict[Party, DataKey] = OrderedDict()
        self._by_id: OrderedDict[bytes, DataKey | Closed] = OrderedDict()
        self._forgotten = 0
        # One at a time makes keys: of entries, and of rows. Many rows' keys at once may wait long for their provider,
        # and no entry waits behind them.
        self._minting = {False: threading.Lock(), True: threading.Lock()}
        self.tables = KeyTables(path)
        try:
            self.locator = self._open_locator()
        except BaseException:
            self.tables.close()
            raise

    def close(self) -> None:
        self.tables.close()

    @property
    def sealing(self) -> SealedMode | None:
        return self._sealing

    def keys(self, parties: Iterable[tuple[str, int]]) -> dict[tuple[str, int], DataKey]:
        """The keys for (subject, time in UTC milliseconds); those that do not exist yet are made in one transaction
        and are durable on return. Subjects with a tombstone have none. Raises KeystoreFailed, KeyUnavailable."""
        wanted = {party: (party[0], party[1] // PERIOD_MS) for party in parties}
        known = self._cached(wanted.values())
        if missing := sorted({party for party in wanted.values() if party not in known}):
            known |= self._made(missing)
        return {asked: known[party] for asked, party in wanted.items() if party in known}

    def at_hand(self, parties: Iterable[tuple[str, int]]) -> dict[tuple[str, int], DataKey]:
        """Those of `keys` that need neither the disk nor the key-encryption key."""
        wanted = {party: (party[0], party[1] // PERIOD_MS) for party in parties}
        known = self._cached(wanted.values())
        return {asked: known[party] for asked, party in wanted.items() if party in known}

    def make_record_keys(self, subjects: Iterable[str]) -> dict[str, DataKey]:
        """For each subject the key of its rows in the database, made where there is none and durable on return. A
        subject with a tombstone has none. Raises KeystoreFailed, KeyUnavailable."""
        parties = [(subject, RECORDS) for subject in sorted(set(subjects))]
        return {subject: key for (subject, _), key in self._made(parties).items()} if parties else {}

    def find_record_keys(self, subjects: Iterable[str]) -> dict[str, DataKey]:
        """Those that there are; makes none. Raises KeystoreFailed, KeyUnavailable."""
        found = self._stored([(subject, RECORDS) for subject in sorted(set(subjects))])
        return {subject: key for (subject, _), key in found.items()}

    def index_key(self) -> bytes:
        """32 bytes for the search index; made, and durable, when first asked for. Raises KeystoreFailed,
        KeyUnavailable."""
        return self._own_key(INDEX)

    def erased(self, subject: str) -> bool:
        """Whether the subject has a tombstone. Raises KeystoreFailed."""
        return bool(self.tables.tombstones([self._tombstone(subject)]))

    def latest(self, subject: str) -> DataKey | None:
        """The key last used for this subject, whatever its period. Touches no disk: for when there is none."""
        with self._caching:
            parties = [party for party in self._by_party if party[0] == subject]
            return self._by_party[parties[-1]] if parties else None

    def find(self, key_id: bytes) -> DataKey | None:
        """None if the key was erased, is sealed away or not known. Raises KeystoreFailed, KeyUnavailable."""
        found = self.look_all([key_id])[key_id]
        return found if isinstance(found, DataKey) else None

    def look_all(self, key_ids: Collection[bytes]) -> dict[bytes, DataKey | Closed]:
        """Each of them; the key-encryption key is asked once for all that are not in memory. Raises KeystoreFailed,
        KeyUnavailable."""
        with self._caching:
            known = {key_id: self._by_id[key_id] for key_id in key_ids if key_id in self._by_id}
            since = self._forgotten
        if missing := [key_id for key_id in dict.fromkeys(key_ids) if key_id not in known]:
            rows = self.tables.rows(missing)
            found = self._opened(list(rows.values()))
            fresh = {key_id: found.get(key_id, Closed.ERASED) for key_id in missing}
            self._remember(since, {}, fresh)
            known |= fresh
        return known

    def erase(self, subject: str) -> int:
        """Deletes the subject's keys for good, those of entries and of rows, auditors' wraps too, and leaves a
        tombstone; how many keys there were. The organisation cannot be erased (ValueError). Raises KeystoreFailed."""
        if subject == ORGANISATION:
            raise ValueError("the organisation's keys go by period, not by erasure")
        count = self.tables.erase(subject, self._tombstone(subject))
        self.forget()
        return count

    def expiring(self, before: int, *, organisation: bool, kept: Iterable[str] = ()) -> list[int]:
        """Periods before `before` that somebody can still open, an auditor among them, the oldest first: the
        organisation's, or subjects' but for those `kept`. Raises KeystoreFailed."""
        return self.tables.living_periods(before, organisation=organisation, kept=kept)

    def expire(self, period: int, *, organisation: bool, kept: Iterable[str] = ()) -> int:
        """Deletes the entry keys of one period for good, auditors' wraps too: the organisation's, or those of all
        subjects but the `kept`. Leaves no tombstone. How many keys there were. Raises KeystoreFailed."""
        count = self.tables.expire(period, organisation=organisation, kept=kept)
        self.forget()
        return count

    def forget(self) -> None:
        """Drops the keys held in memory: for whoever has destroyed one. The organisation's newest stays, unless it was
        that one: with it an act that takes access away is recorded when neither disk nor provider answers."""
        newest = self._newest_of_organisation()
        with self._caching:
            self._by_party.clear()
            self._by_id.clear()
            self._forgotten += 1
            if newest is not None:
                party, key = newest
                self._by_party[party] = key

    def note_version(self, now_ms: int) -> None:
        """Since when the version that wraps today has been seen to, for its age. Raises KeystoreFailed."""
        if (locator := self.tables.value(LOCATOR)) is not None and (version := version_of(locator)):
            self.tables.store_values({f"{KEK_SINCE}{version}": struct.pack(">Q", max(now_ms, 0))})

    def place_of(self, sealing: SealedMode, key_id: bytes, subject: str, period: int) -> Place:
        return Place(sealing.origin, key_id, subject_tag(self.locator, subject), period)

    def _newest_of_organisation(self) -> tuple[Party, DataKey] | None:
        with self._caching:
            held = [party for party in self._by_party if party[0] == ORGANISATION]
            newest = max(held, default=None)
            key = None if newest is None else self._by_party[newest]
        if newest is None or key is None:
            return None
        try:
            row = self.tables.rows([key.key_id]).get(key.key_id)
        except KeystoreFailed:
            return None
        return None if row is None or row.wrapped is None else (newest, key)

    def _cached(self, parties: Iterable[Party]) -> dict[Party, DataKey]:
        with self._caching:
            found: dict[Party, DataKey] = {}
            for party in parties:
                if (key := self._by_party.get(party)) is not None:
                    self._by_party.move_to_end(party)
                    found[party] = key
            return found

    def _made(self, missing: Sequence[Party]) -> dict[Party, DataKey]:
        with self._minting[all(period == RECORDS for _, period in missing)]:
            with self._caching:
                since = self._forgotten
            found = self._stored(missing)
            fresh = self._fresh([party for party in missing if party not in found])
            stored = self.tables.insert([new for new, _ in fresh.values()]) if fresh else set()
            found |= {party: key for party, (_, key) in fresh.items() if key.key_id in stored}
            self._remember(since, _of_entries(found), {key.key_id: key for key in found.values()})
            # A process beside this one may have been faster; the store says what holds.
            late = [party for party, (_, key) in fresh.items() if key.key_id not in stored]
            return found | self._stored(late)

    def _stored(self, parties: Sequence[Party]) -> dict[Party, DataKey]:
        rows = self.tables.rows_of(parties) if parties else {}
        if not rows:
            return {}
        if any(row.wrapped is None for row in rows.values()):
            raise KeyUnavailable(
                "an entry of a period that is sealed already cannot be added: is the clock right?"
            )
        secrets_ = self.kek.unwrap_all(
            [(row.wrapped or b"", b"data-key" + row.key_id) for row in rows.values()]
        )
        return {
            party: DataKey(row.key_id, secret)
            for (party, row), secret in zip(rows.items(), secrets_, strict=True)
        }

    def _fresh(self, parties: Sequence[Party]) -> dict[Party, tuple[NewKey, DataKey]]:
        """Made and wrapped, not stored; none for persons with a tombstone."""
        marks = {subject: self._tombstone(subject) for subject, _ in parties}
        gone = self.tables.tombstones(marks.values())
        living = [party for party in parties if marks[party[0]] not in gone]
        keys = [DataKey(secrets.token_bytes(ID_SIZE), secrets.token_bytes(KEY_SIZE)) for _ in living]
        wraps = self.kek.wrap_all([(key.secret, b"data-key" + key.key_id) for key in keys]) if keys else []
        made: dict[Party, tuple[NewKey, DataKey]] = {}
        for (subject, period), key, wrapped in zip(living, keys, wraps, strict=True):
            row = Row(key.key_id, subject, period, wrapped)
            new = NewKey(row, marks[subject], self.sealed_wraps(row, key.secret))
            made[subject, period] = new, key
        return made

    def sealed_wraps(self, row: Row, secret: bytes) -> dict[bytes, bytes]:
        """For each recipient's fingerprint the wrap of a period's key; none without sealed mode."""
        if self._sealing is None or row.period < 0:
            return {}
        place = self.place_of(self._sealing, row.key_id, row.subject or ORGANISATION, row.period)
        return {one.fingerprint: one.wrap(secret, place) for one in self._sealing.recipients.all()}

    def _opened(self, rows: Sequence[Row]) -> dict[bytes, DataKey | Closed]:
        wraps = {row.key_id: row.wrapped for row in rows if row.wrapped is not None}
        contexts = [(wrapped, b"data-key" + key_id) for key_id, wrapped in wraps.items()]
        secrets_ = self.kek.unwrap_all(contexts) if contexts else []
        found: dict[bytes, DataKey | Closed] = {
            key_id: DataKey(key_id, secret) for key_id, secret in zip(wraps, secrets_, strict=True)
        }
        for row in rows:
            if row.wrapped is None and row.subject is not None and self.tables.sealed(row.key_id):
                found[row.key_id] = Closed.SEALED
        return found

    def _remember(
        self, since: int, by_party: dict[Party, DataKey], by_id: dict[bytes, DataKey | Closed]
    ) -> None:
        """Nothing, if keys were destroyed since it was looked up."""
        with self._caching:
            if since != self._forgotten:
                return
            for party, key in by_party.items():
                _remember(self._by_party, party, key)
            for key_id, state in by_id.items():
                _remember(self._by_id, key_id, state)

    def _own_key(self, name: str) -> bytes:
        """One of the store's own, which are no data keys; made where there is none."""
        wrapped = self.tables.value(name)
        if wrapped is None:
            fresh = self.kek.wrap(secrets.token_bytes(KEY_SIZE), name.encode())
            self.tables.store_values({name: fresh})
            wrapped = self.tables.value(name) or fresh
        return self.kek.unwrap(wrapped, name.encode())

    def _open_locator(self) -> bytes:
        self.tables.store_values({"format": b"1"})
        locator = self._own_key(LOCATOR)
        if self._sealing is not None:
            place = locator_place(self._sealing.origin)
            known = self.tables.sealed(place.key_id)
            wanted = [one for one in self._sealing.recipients.all() if one.fingerprint not in known]
            self.tables.add_sealed(
                {place.key_id: {one.fingerprint: one.wrap(locator, place) for one in wanted}}
            )
        return locator

    def _tombstone(self, subject: str) -> str:
        return tombstone_of(self.locator, subject)


def tombstone_of(locator: bytes, subject: str) -> str:
    """What stands in the key store for a person who was erased."""
    return "t1:" + hmac.digest(locator, b"audit/v1/tombstone" + subject.encode(), "sha256").hex()


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


def _of_entries(keys: Mapping[Party, DataKey]) -> dict[Party, DataKey]:
    """Without keys of rows, which seal no entry."""
    return {party: key for party, key in keys.items() if party[1] >= 0}


def _remember(cache: OrderedDict[_Name, _Value], name: _Name, value: _Value) -> None:
    cache[name] = value
    if len(cache) > _CACHE:
        cache.popitem(last=False)


__all__ = [
    "ORGANISATION",
    "PERIOD_MS",
    "RECORDS",
    "KeyUnavailable",
    "Keystore",
    "KeystoreFailed",
    "serialized",
]
