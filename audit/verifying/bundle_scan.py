"""The quick way through a bundle in which nothing is wrong. Pure.

Almost every bundle of almost every log is whole, and its leaves come in few shapes. What is hashed and compared here
is all that the exact way looks at; only the words for what may be wrong are left to that.
"""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from audit.entry import SUITE, VERSION, LeafInvalid, inspect_leaf, label_of

_HEAD: Final = ">2xH16s16sQx"  # the bundle's length, then a leaf's head (FORMAT.md, section 2)
_SHORTEST: Final = 45
_COUNT_AT: Final = 44
_KIND: Final = VERSION << 8 | SUITE
_SECTION_HEAD: Final = 50  # key_ref, commitment, length

Unpack = Callable[[bytes, int], tuple[Any, ...]]


@dataclass(slots=True)
class Scanned:
    """Of each leaf in turn its RFC 6962 hash and its entry id. `runs` are (emitter id, first number, how many): what
    each emitter sent without a gap in between."""

    digests: list[bytes] = field(default_factory=list)
    ids: list[bytes] = field(default_factory=list)
    runs: list[tuple[bytes, int, int]] = field(default_factory=list)


class BundleScan:
    """Remembers the shapes of leaves: for a length and a number of sections, where each section's label and length
    stand and what they say."""

    def __init__(self) -> None:
        self._shapes: dict[int, tuple[Unpack, tuple[Any, ...]]] = {}

    def scan(self, data: bytes) -> Scanned | None:
        """None if any leaf is not one in every particular, or the bundle does not end with one."""
        try:
            return self._scan(data)
        except LeafInvalid:
            return None

    def _scan(self, data: bytes) -> Scanned | None:
        scanned = Scanned()
        digests, ids, runs = scanned.digests, scanned.ids, scanned.runs
        shapes, sha256 = self._shapes, hashlib.sha256
        offset, size, emitter, expected, began = 0, len(data), b"", 0, 0
        while offset < size:
            if offset + _SHORTEST > size:
                return None
            length = data[offset] << 8 | data[offset + 1]
            behind = offset + 2 + length
            shape = shapes.get(length << 8 | data[offset + _COUNT_AT])
            if shape is None or behind > size or (found := shape[0](data, offset))[4:] != shape[1]:
                found = self._learn(data[offset + 2 : behind], length)(data, offset)
            kind, entry_id, sender, number = found[:4]
            if kind != _KIND:
                return None
            if sender != emitter or number != expected:
                runs.append((emitter, began, expected - began))
                emitter, began, expected = sender, number, number
            expected += 1
            ids.append(entry_id)
            digests.append(sha256(b"\x00" + data[offset + 2 : behind]).digest())
            offset = behind
        runs.append((emitter, began, expected - began))
        del runs[0]  # of nobody
        return scanned

    def _learn(self, leaf: bytes, length: int) -> Unpack:
        if len(leaf) != length:
            raise LeafInvalid("the bundle ends inside an entry")
        form, said = [_HEAD], []
        for position, (start, stop) in enumerate(inspect_leaf(leaf)[3]):
            label = bytes([len(label_of(position))]) + label_of(position).encode()
            ciphertext = stop - start - _SECTION_HEAD
            form.append(f"{len(label)}s48xH{ciphertext}x")
            said += [label, ciphertext]
        unpack: Unpack = struct.Struct("".join(form)).unpack_from
        self._shapes[length << 8 | len(said) // 2] = unpack, tuple(said)
        return unpack
