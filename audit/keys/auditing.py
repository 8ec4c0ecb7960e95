"""Opens entries of a copy with an auditor's key: far from the server, or beside it, which is only read."""

import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.entry import DataKey
from audit.keys.recipients import LOCATOR_ID, Place, RecipientKey, locator_place, subject_tag
from audit.keys.tables import KeyTables, Row
from audit.keystore import Closed
from audit.note import Verifier
from audit.ports import OpenedEntry
from audit.proving import Prover
from audit.public import PublicFolder
from audit.reader import Reader
from audit.tail import Tail
from audit.tile import TILE_WIDTH
from audit.tree import ProofInvalid, check_inclusion, leaf_hash

JOURNAL: Final = "decryptions.jsonl"


class CopyUnusable(Exception):
    """Nothing was opened. The sentence says why, and what to do."""


class AuditorKeys:
    """Implements `audit.reader.Keys`: what is wrapped for one recipient in a key store that is only read."""

    def __init__(self, tables: KeyTables, key: RecipientKey, origin: str) -> None:
        """Raises CopyUnusable, KeystoreFailed, KeyUnavailable."""
        self._tables, self._key, self._origin = tables, key, origin
        self._mine = key.recipient.fingerprint
        wrapped = tables.sealed(LOCATOR_ID).get(self._mine)
        if wrapped is None:
            raise CopyUnusable(
                "This copy holds nothing that was wrapped for this key: it belongs to nobody who was a recipient when "
                "the copy was made. Nothing was opened."
            )
        self.locator = key.unwrap(wrapped, locator_place(origin))

    def look_all(self, key_ids: Collection[bytes]) -> dict[bytes, DataKey | Closed]:
        """Raises KeystoreFailed, and KeyUnavailable for a wrap that was changed or exchanged."""
        rows = self._tables.rows(key_ids)
        return {key_id: self._look(rows.get(key_id)) for key_id in key_ids}

    def _look(self, row: Row | None) -> DataKey | Closed:
        if row is None or row.subject is None:
            return Closed.ERASED
        wrapped = self._tables.sealed(row.key_id).get(self._mine)
        if wrapped is None:
            return Closed.SEALED
        place = Place(self._origin, row.key_id, subject_tag(self.locator, row.subject), row.period)
        return DataKey(row.key_id, self._key.unwrap(wrapped, place))


@dataclass(frozen=True, slots=True)
class Copy:
    """Of a log: `size` and `root` are what its checkpoint signs."""

    public: PublicFolder
    reader: Reader
    size: int
    root: bytes

    def entries(self, first: int, last: int) -> Iterator[OpenedEntry]:
        """Each is proved to be in the signed tree before it is opened. Raises CopyUnusable, EntryUnreadable,
        PublicDamaged, KeystoreFailed, KeyUnavailable."""
        prover = Prover(self.public)
        for number in range(first // TILE_WIDTH, last // TILE_WIDTH + 1):
            base = number * TILE_WIDTH
            for index, leaf in enumerate(self.public.bundle(number, self.size), base):
                if first <= index <= last:
                    self._check(prover, index, leaf)
                    yield self.reader.open(index, leaf)

    def _check(self, prover: Prover, index: int, leaf: bytes) -> None:
        try:
            proof = prover.inclusion(index, self.size)
            check_inclusion(leaf_hash(leaf), index, self.size, proof, self.root)
        except (ProofInvalid, ValueError) as error:
            raise CopyUnusable(
                f"Entry {index} is not in the tree that this log's key signed: the copy was changed. Keep it as "
                "evidence, and run `tachiai audit verify`."
            ) from error


@contextmanager
def opened_copy(folder: Path, verifier: Verifier, key: RecipientKey) -> Iterator[Copy]:
    """`folder` has `public` and `keys.db`, of which nothing is changed. Raises CopyUnusable, KeystoreFailed,
    KeyUnavailable."""
    public = PublicFolder(folder / "public", folder / "public", Disk())
    note = public.checkpoint()
    if note is None or not (folder / "keys.db").is_file():
        raise CopyUnusable(
            f"{folder} is no copy of a log with its keys: it needs public/checkpoint and keys.db. Nothing was opened."
        )
    try:
        signed = open_checkpoint(note, verifier)
    except CheckpointInvalid as error:
        raise CopyUnusable(
            f"The checkpoint in {folder} is not signed by this log's key: {error}. Nothing was opened."
        ) from error
    tables = KeyTables(folder / "keys.db", only_read=True)
    try:
        keys = AuditorKeys(tables, key, verifier.name)
        reader = Reader(verifier.name, keys, public, Tail(signed.size, [], signed.size))
        yield Copy(public, reader, signed.size, signed.root)
    finally:
        tables.close()


def note_in_journal(folder: Path, told: dict[str, Any]) -> None:
    """One line more in the journal of `folder`, durable on return. Nobody signs it. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(folder / JOURNAL, flags, 0o600)
    try:
        os.write(descriptor, json.dumps(told, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
