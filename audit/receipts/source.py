"""Receipts out of a running log: the newest signed tree, one leaf, one section's secret."""

from collections.abc import Iterator

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.note import Verifier
from audit.proving import Prover
from audit.public import PublicFolder
from audit.reader import Reader
from audit.receipts.making import make_receipt
from audit.receipts.receipt import Kind, ReceiptTooLong


class NoReceipt(Exception):
    """There is none for this person and entry: not signed yet, no section of theirs, or a key that was erased."""


class ReceiptSource:
    def __init__(self, reader: Reader, public: PublicFolder, verifier: Verifier) -> None:
        self._reader, self._public, self._verifier = reader, public, verifier
        self._prover = Prover(public)

    def make(self, index: int, subject: str, kind: Kind, wording: str | None) -> bytes:
        """For the person `subject`. Raises NoReceipt, EntryUnreadable, PublicDamaged, KeystoreFailed and
        KeyUnavailable."""
        found = self._reader.own_section(index, subject)
        if found is None:
            raise NoReceipt("the entry has no section of this person that could be opened")
        for note, size in self._checkpoints(index):
            try:
                return make_receipt(
                    kind,
                    leaf=found.leaf,
                    label=found.label,
                    secret=found.secret,
                    index=index,
                    hashes=self._prover.inclusion(index, size),
                    checkpoint=note,
                    wording=wording,
                )
            except ReceiptTooLong:
                continue
        raise NoReceipt("the entry is not signed yet")

    def _checkpoints(self, index: int) -> Iterator[tuple[bytes, int]]:
        """Those that hold the entry: the witnessed one, then the newest."""
        for note in (self._public.witnessed(), self._public.checkpoint()):
            if note is None:
                continue
            try:
                size = open_checkpoint(note, self._verifier).size
            except CheckpointInvalid:
                continue  # from before there was a second key, or the verifier says what is wrong with it
            if size > index:
                yield note, size
