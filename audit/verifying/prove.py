"""One entry's proof out of whatever a log publishes, checked before it is given: a wrong one helps nobody."""

from dataclasses import dataclass
from typing import Final

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.note import MAX_NOTE, KeyInvalid, Verifier
from audit.plain_file import NotPlain
from audit.proving import Prover
from audit.public import PublicDamaged
from audit.receipts.tlog_proof import TlogProof
from audit.report import ExitCode
from audit.tile import (
    ENTRIES,
    MAX_BUNDLE,
    MAX_TILE,
    TILE_WIDTH,
    BundleInvalid,
    decode_bundle,
    split_hashes,
    tile_count,
    tile_path,
)
from audit.tree import ProofInvalid, check_inclusion, leaf_hash
from audit.verifying.source import Source

CHECKPOINT: Final = "checkpoint"
WITNESSED: Final = "witnessed"


class NotProved(Exception):
    """No proof can be given. `code` is as a verification would answer."""

    def __init__(self, code: ExitCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Proved:
    """`witnessed`: the checkpoint is the one that witnesses signed."""

    proof: TlogProof
    checkpoint: Checkpoint
    witnessed: bool


def prove(source: Source, verifier_key: str, index: int) -> Proved:
    """Under the checkpoint that witnesses signed if it reaches that far, else under the newest. Raises NotProved,
    OSError."""
    try:
        verifier = Verifier.parse(verifier_key.strip())
    except KeyInvalid as error:
        raise NotProved(ExitCode.USAGE, str(error)) from error
    note, checkpoint, witnessed = _head(source, verifier, index)
    tiles = _Tiles(source)
    try:
        hashes = Prover(tiles).inclusion(index, checkpoint.size)
        leaf = tiles.leaf(index, checkpoint.size)
        check_inclusion(leaf_hash(leaf), index, checkpoint.size, hashes, checkpoint.root)
    except PublicDamaged as error:
        raise NotProved(ExitCode.INCOMPLETE, str(error)) from error
    except (NotPlain, ProofInvalid) as error:
        sentence = f"what is published of entry {index} does not lead to the signed root; verify the log"
        raise NotProved(ExitCode.TAMPERED, sentence) from error
    return Proved(TlogProof(index, tuple(hashes), note), checkpoint, witnessed)


def _head(source: Source, verifier: Verifier, index: int) -> tuple[bytes, Checkpoint, bool]:
    try:
        witnessed = source.read(WITNESSED, MAX_NOTE)
        if witnessed is not None:
            found = open_checkpoint(witnessed, verifier)
            if index < found.size:
                return witnessed, found, True
    except (CheckpointInvalid, NotPlain):
        pass  # an old one, or a broken one: that is a verification's matter
    try:
        note = source.read(CHECKPOINT, MAX_NOTE)
        if note is None:
            raise NotProved(ExitCode.INCOMPLETE, "there is no checkpoint")
        checkpoint = open_checkpoint(note, verifier)
    except (CheckpointInvalid, NotPlain) as error:
        raise NotProved(ExitCode.TAMPERED, str(error)) from error
    if not 0 <= index < checkpoint.size:
        sentence = f"there is no entry {index}: the log has {checkpoint.size} signed entries, numbered from 0"
        raise NotProved(ExitCode.USAGE, sentence)
    return note, checkpoint, False


class _Tiles:
    """Files of a source, each tile read once. Everything raises PublicDamaged where a file is missing or short."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rows: dict[tuple[int, int], list[bytes]] = {}

    def hashes(self, level: int, index: int, size: int) -> list[bytes]:
        if (level, index) not in self._rows:
            self._rows[level, index] = self._row(level, index, size)
        return self._rows[level, index]

    def leaf(self, index: int, size: int) -> bytes:
        name, data, _ = self._file(ENTRIES, index // TILE_WIDTH, size, MAX_BUNDLE)
        try:
            for place, (_, leaf) in enumerate(decode_bundle(data)):
                if place == index % TILE_WIDTH:
                    return leaf
        except BundleInvalid as error:
            raise PublicDamaged(f"{name} cannot be read as a bundle") from error
        raise PublicDamaged(f"{name} does not hold entry {index}")

    def _row(self, level: int, index: int, size: int) -> list[bytes]:
        name, data, width = self._file(level, index, size, MAX_TILE)
        try:
            row = split_hashes(data)[:width]
        except ValueError as error:
            raise PublicDamaged(f"{name} cannot be read as a tile") from error
        if len(row) < width:
            raise PublicDamaged(f"{name} holds {len(row)} hashes and not {width}")
        return row

    def _file(self, level: int | str, index: int, size: int, most: int) -> tuple[str, bytes, int]:
        full, partial = tile_count(level if isinstance(level, int) else 0, size)
        width = TILE_WIDTH if index < full else partial
        if index > full or not width:
            raise PublicDamaged("the tree is too small for this tile")
        for name in (tile_path(level, index, width), tile_path(level, index)):
            data = self._source.read(name, most)
            if data is not None:
                return name, data, width
        raise PublicDamaged(f"{tile_path(level, index, width)} is missing")
