"""A write-ahead frame: what was made durable together (FORMAT.md, section 5). Pure."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from google_crc32c import value as crc32c

from audit.tile import BundleInvalid, decode_bundle, encode_bundle

MAGIC: Final = b"TACHIWF1"
EMERGENCY_MAGIC: Final = b"TACHIEF1"
MAX_COUNT: Final = 65_536
MAX_ENTRIES: Final = 1_048_576

_HEAD: Final = struct.Struct(">8sQII32s")
_SUM: Final = struct.Struct(">I")
OVERHEAD: Final = _HEAD.size + _SUM.size


@dataclass(frozen=True, slots=True)
class Frame:
    """`root` is that of the tree over the first `first + len(leaves)` leaves."""

    first: int
    root: bytes
    leaves: tuple[bytes, ...]

    @property
    def stop(self) -> int:
        return self.first + len(self.leaves)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a segment holds. `offsets[i]` is where `frames[i]` begins; `end` is where the valid frames stop. `damage`
    is the offset of the first byte after that which is not zero, None for a clean end; `frame_after` is the offset
    of a valid frame beyond the damage, None when there is none."""

    frames: tuple[Frame, ...]
    offsets: tuple[int, ...]
    end: int
    damage: int | None
    frame_after: int | None


def encode_frame(first: int, root: bytes, leaves: Sequence[bytes], magic: bytes = MAGIC) -> bytes:
    """Raises ValueError for nothing, or for more than a frame holds."""
    entries = encode_bundle(leaves)
    if not 1 <= len(leaves) <= MAX_COUNT or len(entries) > MAX_ENTRIES:
        raise ValueError("a frame holds 1 to 65,536 entries in at most 1,048,576 bytes")
    body = _HEAD.pack(magic, first, len(leaves), len(entries), root) + entries
    return body + _SUM.pack(crc32c(body))


def decode_frame(data: bytes, offset: int, magic: bytes = MAGIC) -> tuple[Frame, int] | None:
    """The frame at `offset` and where it ends, or None if there is no valid one."""
    if not data.startswith(magic, offset) or offset + OVERHEAD > len(data):
        return None
    _, first, count, length, root = _HEAD.unpack_from(data, offset)
    stop = offset + _HEAD.size + length
    if length > MAX_ENTRIES or not 1 <= count <= MAX_COUNT or stop + _SUM.size > len(data):
        return None
    if _SUM.unpack_from(data, stop)[0] != crc32c(data[offset:stop]):
        return None
    try:
        leaves = tuple(leaf for _, leaf in decode_bundle(data[offset + _HEAD.size : stop]))
    except BundleInvalid:
        return None
    return (Frame(first, root, leaves), stop + _SUM.size) if len(leaves) == count else None


def scan_segment(data: bytes, magic: bytes = MAGIC) -> Scan:
    """All frames from the start of a segment's bytes, and what lies behind them. Judges nothing."""
    frames: list[Frame] = []
    offsets: list[int] = []
    end = 0
    while (found := decode_frame(data, end, magic)) is not None:
        frames.append(found[0])
        offsets.append(end)
        end = found[1]
    rest = data[end:]
    zeros = len(rest) - len(rest.lstrip(b"\0"))
    damage = None if zeros == len(rest) else end + zeros
    after = None if damage is None else _next_frame(data, end + 1, magic)
    return Scan(tuple(frames), tuple(offsets), end, damage, after)


def _next_frame(data: bytes, offset: int, magic: bytes) -> int | None:
    while (offset := data.find(magic, offset)) >= 0:
        if decode_frame(data, offset, magic) is not None:
            return offset
        offset += 1
    return None
