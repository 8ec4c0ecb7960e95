"""A published log of any length in seconds: leaves of the right shape, filled with random bytes instead of ciphertext.

A verifier holds no decryption key, so for it such a log is as good as a sealed one.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audit.checkpoint import Checkpoint
from audit.note import Signer
from audit.seals.record import NO_RECORD, Reason, Record, digest_of
from audit.tile import TILE_WIDTH
from audit.tiling import RightEdge
from audit.tree import EMPTY_ROOT, leaf_hash

ORIGIN: Final = "bench.example/log"
_HEAD: Final = struct.Struct(">BB16s16sQB")
_SECTIONS: Final = ((b"\x03org", 272), (b"\x09subject/0", 144))
_EPOCH: Final = 9_984  # the last whole bundle before the verifier misses a seal
_BEGUN_MS: Final = 1_763_935_200_000
_BLOCK: Final = 4_096  # leaves for which randomness is drawn at once


def leaves(count: int, emitter: bytes = bytes(16)) -> Iterator[bytes]:
    """Each with two sections, 577 bytes, in the order of one emitter."""
    size = 16 + sum(48 + length for _, length in _SECTIONS)
    for first in range(0, count, _BLOCK):
        noise = os.urandom(size * min(_BLOCK, count - first))
        for number in range(len(noise) // size):
            yield _leaf(noise[number * size : (number + 1) * size], emitter, first + number)


def _leaf(noise: bytes, emitter: bytes, number: int) -> bytes:
    parts = [_HEAD.pack(1, 1, noise[:16], emitter, number, len(_SECTIONS))]
    place = 16
    for label, length in _SECTIONS:
        parts += [label, noise[place : place + 48], length.to_bytes(2, "big")]
        parts.append(noise[place + 48 : place + 48 + length])
        place += 48 + length
    return b"".join(parts)


def write_public(public: Path, count: int) -> str:
    """The public folder of a log with `count` entries, written as in one step; its verifier key."""
    edge, batch, signer = RightEdge(), [], Signer.from_seed(ORIGIN, bytes(range(32)))
    seals = _Seals(signer)
    narrow: dict[str, bytes] = {}
    for leaf in leaves(count):
        batch.append(leaf)
        if len(batch) == TILE_WIDTH:
            _advance(public, edge, batch, narrow)
            batch = []
            if edge.size % _EPOCH == 0:
                seals.add(edge)
    _advance(public, edge, batch, narrow)
    seals.add(edge)
    for name, content in narrow.items():
        _write(public / name, content)
    (public / "seals").write_bytes(b"".join(seals.records))
    (public / "checkpoint").write_bytes(Checkpoint(ORIGIN, count, edge.root()).sign(signer))
    return str(signer.verifier)


class _Seals:
    def __init__(self, log: Signer) -> None:
        self._key, self._epoch = log, 0
        self.records: list[bytes] = []
        self._sign(0, EMPTY_ROOT, Reason.NEW)

    def add(self, edge: RightEdge) -> None:
        self._sign(edge.size, edge.root(), None)
        self._epoch += 1

    def _sign(self, size: int, root: bytes, reason: Reason | None) -> None:
        following = Signer.from_seed(ORIGIN, os.urandom(32))
        key = following.verifier.public_key.public_bytes_raw()
        before = digest_of(self.records[-1]) if self.records else NO_RECORD
        at_ms = _BEGUN_MS + self._epoch
        record = Record(ORIGIN, self._epoch, size, root, at_ms, key, before, reason)
        self.records.append(record.sign(self._key))
        self._key = following


def _advance(public: Path, edge: RightEdge, batch: list[bytes], narrow: dict[str, bytes]) -> None:
    """`narrow` is what the partial files hold at the end."""
    files = edge.advance(batch, [leaf_hash(leaf) for leaf in batch])
    for name, content in files.fresh:
        whole = name.partition(".p/")[0]
        for former in [one for one in narrow if one.startswith(f"{whole}.p/")]:
            del narrow[former]
        if name == whole:
            _write(public / name, content)
        else:
            narrow[name] = content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
