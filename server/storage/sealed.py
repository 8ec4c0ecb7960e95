"""Personal data in rows, sealed under the subject's own key (audit/FORMAT.md, section 16).

Whoever erases that key erases the data, here and in every copy of the rows. A value is bound to its place: table,
column and row id are authenticated, so that no value can be moved to another row.
"""

import asyncio
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.storage.database import ANSWER_WITHIN_S, DatabaseUnavailable

MOST_KEYS: Final = 16_384
KEYS_A_SECOND: Final = 500  # more at once get more time: each such batch may be a request to Vault
SUITE: Final = 1
_NONCE_SIZE: Final = 12
_TAG_SIZE: Final = 16
_CONTEXT: Final = b"tachiai/records/v1"


class RecordKeys(Protocol):
    """Keys of subjects, 32 bytes each. Every method may wait for a disk or another machine: call it in a thread.
    Raises DatabaseUnavailable."""

    def made(self, subjects: Collection[str]) -> Mapping[str, bytes]:
        """Made where there are none, and durable on return. Those who were erased have none."""
        ...

    def found(self, subjects: Collection[str]) -> Mapping[str, bytes]:
        """Those that there are."""
        ...

    def erased(self, subject: str) -> bool:
        """For a subject without a key: whether it was erased, rather than lost."""
        ...


class SubjectErased(DatabaseUnavailable):
    """Nothing can be kept about somebody who was erased. Nothing was written."""


class RecordsUnreadable(DatabaseUnavailable):
    """A row does not open under its subject's key: it was changed, or database and key store do not belong together."""


@dataclass(frozen=True, slots=True)
class Place:
    table: str
    column: str
    row: str

    def authenticated(self) -> bytes:
        parts = [part.encode() for part in (self.table, self.column, self.row)]
        return _CONTEXT + b"".join(bytes([len(part)]) + part for part in parts)


class Box:
    """The keys of some subjects, in hand: sealing and opening wait for nothing."""

    def __init__(self, ciphers: Mapping[str, AESGCM]) -> None:
        self._ciphers = ciphers

    def seal(self, subject: str, place: Place, content: bytes) -> bytes:
        """Raises SubjectErased."""
        cipher = self._ciphers.get(subject)
        if cipher is None:
            raise SubjectErased("nothing can be kept about a customer who was erased; nothing was written")
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return bytes([SUITE]) + nonce + cipher.encrypt(nonce, content, place.authenticated())

    def holds(self, subject: str) -> bool:
        return subject in self._ciphers

    def open(self, subject: str, place: Place, sealed: bytes | None) -> bytes | None:
        """None if it was erased. Raises RecordsUnreadable."""
        cipher = self._ciphers.get(subject)
        if sealed is None or cipher is None:
            return None
        if len(sealed) < 1 + _NONCE_SIZE + _TAG_SIZE or sealed[0] != SUITE:
            raise _unreadable(place)
        try:
            return cipher.decrypt(
                sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :], place.authenticated()
            )
        except InvalidTag as error:
            raise _unreadable(place) from error


class Sealing:
    """Gives boxes. The keys in use are kept in memory, so that reading waits for the key store once a subject."""

    def __init__(self, keys: RecordKeys, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        self._keys, self._answer_within_s = keys, answer_within_s
        self._lock = threading.Lock()
        self._known: OrderedDict[str, AESGCM] = OrderedDict()
        self._forgotten: set[str] = set()

    async def writing(self, *subjects: str) -> Box:
        """For sealing: keys are made where there are none. Raises DatabaseUnavailable."""
        return self._at_hand(subjects) or await self._in_thread(subjects, making=True)

    async def reading(self, subjects: Collection[str]) -> Box:
        """For opening. Raises DatabaseUnavailable, RecordsUnreadable where a key is lost."""
        return self._at_hand(subjects) or await self._in_thread(subjects, making=False)

    def box(self, subjects: Collection[str], *, making: bool) -> Box:
        """As the two above, waiting in this very thread."""
        wanted = set(subjects)
        ciphers = self._cached(wanted)
        missing = wanted - ciphers.keys()
        if missing:
            keys = self._keys.made(missing) if making else self._keys.found(missing)
            ciphers |= self._remember(keys)
            if lost := [one for one in missing - keys.keys() if not making and not self._keys.erased(one)]:
                raise RecordsUnreadable(
                    f"the key of {len(lost)} customers is missing: database and key store do not belong together"
                )
        return Box(ciphers)

    def forget(self, subject: str) -> None:
        """Before its key is erased: from now on it is in nobody's hand. Who reads at this moment may end reading."""
        with self._lock:
            self._forgotten.add(subject)
            self._known.pop(subject, None)

    def _at_hand(self, subjects: Collection[str]) -> Box | None:
        ciphers = self._cached(set(subjects))
        return Box(ciphers) if len(ciphers) == len(set(subjects)) else None

    async def _in_thread(self, subjects: Collection[str], *, making: bool) -> Box:
        try:
            async with asyncio.timeout(self._answer_within_s + len(subjects) / KEYS_A_SECOND):
                return await asyncio.to_thread(self.box, subjects, making=making)
        except TimeoutError as error:
            raise DatabaseUnavailable("the key store does not answer; nothing was granted") from error

    def _cached(self, subjects: Collection[str]) -> dict[str, AESGCM]:
        with self._lock:
            found = {subject: self._known[subject] for subject in subjects if subject in self._known}
            for subject in found:
                self._known.move_to_end(subject)
        return found

    def _remember(self, keys: Mapping[str, bytes]) -> dict[str, AESGCM]:
        ciphers = {subject: _cipher(secret) for subject, secret in keys.items()}
        with self._lock:
            for subject in ciphers.keys() - self._forgotten:
                self._known[subject] = ciphers[subject]
            while len(self._known) > MOST_KEYS:
                self._known.popitem(last=False)
        return ciphers


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(hmac.digest(secret, _CONTEXT, "sha512")[:32])


def _unreadable(place: Place) -> RecordsUnreadable:
    return RecordsUnreadable(
        f"a value of {place.table}.{place.column} does not open: it was changed or moved"
    )
