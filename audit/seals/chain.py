"""Keeps the chain of seals on disk: begins it, ends its epochs, destroys their keys, and goes on after a crash.

Every change takes the four steps of FORMAT.md, section 12. What was signed is durable in `seals.next` before anybody
can read it, and a start finishes with those very bytes: an epoch has one seal or none.
"""

import secrets
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.kek import KeyUnavailable
from audit.note import Signer
from audit.plain_file import NotPlain, read_plain
from audit.ports import KeyEncryptionKey
from audit.seals.key_file import MAX_KEY_FILE, KeyFile, KeyFileInvalid, wrapping_context
from audit.seals.record import (
    MAX_SEALS,
    NO_RECORD,
    Reason,
    Record,
    RecordInvalid,
    digest_of,
    is_part_of,
    parse_record,
    split_records,
)

SEED: Final = 32


class SealsDamaged(Exception):
    """`public/seals` is not what this machine wrote. The sentence names file and offset, and says what to do."""


class SealsFull(Exception):
    """The file has reached its largest size."""


class SealChain:
    """`resume` once, then `begin` if it says so, then `advance` at each epoch's end. Belongs to one thread at a time;
    any exception but KeyUnavailable means that it must not be used again."""

    def __init__(
        self, public: Path, private: Path, *, origin: str, kek: KeyEncryptionKey, disk: Disk
    ) -> None:
        self._file, self._key, self._next = public / "seals", private / "seals.key", private / "seals.next"
        self._temporary = private / "tmp" / "seals"
        self._origin, self._kek, self._disk = origin, kek, disk
        self._signer: Signer | None = None
        self._digest, self._end = NO_RECORD, 0
        self.last: Record | None = None

    def resume(self) -> Reason | None:
        """Finishes what a crash interrupted, and takes up the chain. Returns why a new one has to begin, None if none
        has to: NEW also where the log has entries, which its caller knows. Raises SealsDamaged, OSError."""
        self._finish()
        reason = self._take_up()
        if reason is None:
            return None
        self._read_last()
        if self.last is None:
            return Reason.NEW
        return Reason.KEY_MISSING if reason is Reason.NEW else reason

    def begin(self, signer: Signer, reason: Reason, *, size: int, root: bytes, at_ms: int) -> None:
        """A new chain, signed by the log's own key, behind whatever there is. Raises KeyUnavailable, OSError."""
        epoch = 0 if self.last is None else self.last.following
        self._change(signer, epoch, size, root, at_ms, reason)

    def advance(self, size: int, root: bytes, at_ms: int) -> None:
        """Ends the epoch over the first `size` entries: sealed, durable, and its key destroyed on return. Raises
        KeyUnavailable before anything was done, SealsFull, OSError."""
        if self.last is None or self._signer is None:
            raise ValueError("a chain is begun before it goes on")
        self._change(self._signer, self.last.following, size, root, at_ms, None)

    def _change(
        self, signer: Signer, epoch: int, size: int, root: bytes, at_ms: int, reason: Reason | None
    ) -> None:
        seed = secrets.token_bytes(SEED)
        following = Signer.from_seed(self._origin, seed)
        at_ms = at_ms if self.last is None else max(at_ms, self.last.at_ms)
        key = following.verifier.public_key.public_bytes_raw()
        record = Record(self._origin, epoch, size, root, at_ms, key, self._digest, reason)
        wrapped = self._kek.wrap(seed, wrapping_context(record.following, self._origin))
        file = KeyFile(record.following, self._end, wrapped, record.sign(signer))
        if file.end > MAX_SEALS:
            raise SealsFull(f"{self._file} has reached its largest size")
        self._disk.create(self._next, file.encode(), temporary=self._temporary)
        self._publish(file)
        self._signer, self.last, self._digest, self._end = following, record, digest_of(file.record), file.end

    def _publish(self, file: KeyFile) -> None:
        """Steps 2 to 4. Safe to repeat."""
        self._disk.write_end(self._file, file.record, file.offset, mode=0o644)
        self._disk.destroy(self._key)
        self._disk.rename(self._next, self._key)

    def _finish(self) -> None:
        file = self._read_key(self._next)
        if file is None:
            return
        there = self._published(file.offset)
        if not is_part_of(there, file.record, file.offset):
            raise self._damaged(file.offset)
        self._publish(file)

    def _take_up(self) -> Reason | None:
        if self._next.exists():  # it could not be read: whether its seal was published nobody knows
            return Reason.KEY_UNUSABLE
        if not self._key.exists():
            return Reason.NEW
        file = self._read_key(self._key)
        if file is None:
            return Reason.KEY_UNUSABLE
        there = self._published(file.offset)
        if not there.startswith(file.record):
            raise self._damaged(file.offset)
        record = parse_record(file.record)
        signer = self._opened(file)
        if (
            signer is None
            or signer.verifier.public_key.public_bytes_raw() != record.key
            or there != file.record
        ):
            return Reason.KEY_UNUSABLE
        self._signer, self.last, self._digest, self._end = signer, record, digest_of(file.record), file.end
        return None

    def _opened(self, file: KeyFile) -> Signer | None:
        try:
            seed = self._kek.unwrap(file.wrapped, wrapping_context(file.epoch, self._origin))
        except KeyUnavailable:
            return None
        return Signer.from_seed(self._origin, seed) if len(seed) == SEED else None

    def _read_key(self, path: Path) -> KeyFile | None:
        try:
            content = read_plain(path, MAX_KEY_FILE)
            return None if content is None else KeyFile.parse(content)
        except (NotPlain, KeyFileInvalid):
            return None

    def _published(self, offset: int) -> bytes:
        """What `public/seals` holds from `offset` on. Raises SealsDamaged if it ends before."""
        content = self._content()
        if len(content) < offset:
            raise self._damaged(len(content))
        return content[offset:]

    def _read_last(self) -> None:
        """The chain that ended, as far as a new one goes on from it. Raises SealsDamaged, OSError."""
        content = self._content()
        try:
            for placed in split_records(content):
                self.last, self._digest = parse_record(placed.data), placed.digest
        except RecordInvalid as error:
            raise self._damaged(error.offset) from error
        self._end = len(content)

    def _content(self) -> bytes:
        try:
            return read_plain(self._file, MAX_SEALS) or b""
        except NotPlain as error:
            raise SealsDamaged(f"{self._file}: {error.strerror}; restore it from a copy") from error

    def _damaged(self, offset: int) -> SealsDamaged:
        return SealsDamaged(
            f"{self._file} is not what this machine wrote, from byte {offset} on. Nothing was changed: keep it as "
            f"evidence and restore it from a copy; only if there is none, remove {self._key} and its neighbour "
            f"{self._next.name}, and a new chain begins, of which every verifier will ask you"
        )
