"""Where hashes and entries lie for outsiders: C2SP tlog-tiles paths, widths and entry bundles. Pure."""

import struct
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from audit.tree import HASH_SIZE, Node, node_hash

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
MAX_TILE: Final = TILE_WIDTH * HASH_SIZE  # bytes of a file
MAX_BUNDLE: Final = TILE_WIDTH * (2 + 65_535)

ENTRIES: Final = "entries"

TileSource = Callable[[int, int], Sequence[bytes]]


class BundleInvalid(Exception):
    """Bytes that are not a sequence of length-prefixed entries. `count` entries before `offset` were good."""

    def __init__(self, sentence: str, *, offset: int, count: int) -> None:
        super().__init__(sentence)
        self.offset = offset
        self.count = count


def tile_path(level: int | str, index: int, width: int = TILE_WIDTH) -> str:
    """The path below `public/`: `tile/0/x001/x234/067`, with `.p/<width>` below 256. `level` may be "entries"."""
    if index < 0 or not 1 <= width <= TILE_WIDTH or (isinstance(level, int) and not 0 <= level <= 63):
        raise ValueError("there is no such tile")
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    path = f"tile/{level}/" + "/".join(reversed(groups))
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def tile_count(level: int, size: int) -> tuple[int, int]:
    """How many full tiles a tree of `size` leaves has at `level`, and the width of its partial one (0 for none)."""
    hashes = size >> (TILE_HEIGHT * level)
    return hashes // TILE_WIDTH, hashes % TILE_WIDTH


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a *full* tile: the hash that the level above holds for it."""
    if len(hashes) != TILE_WIDTH:
        raise ValueError("only a full tile has a hash above it")
    row = list(hashes)
    while len(row) > 1:
        pairs = iter(row)
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
    return row[0]


def split_hashes(data: bytes) -> list[bytes]:
    """A tile's bytes as hashes. Raises ValueError unless they are 1 to 256 whole hashes."""
    if not data or len(data) % HASH_SIZE or len(data) > TILE_WIDTH * HASH_SIZE:
        raise ValueError("a tile holds 1 to 256 hashes of 32 bytes")
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


def node_from_tiles(tile: TileSource) -> Node:
    """Any complete subtree's root, out of stored tiles. `tile(level, index)` gives the hashes that are there."""

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        row = list(tile(tile_level, first // TILE_WIDTH)[first % TILE_WIDTH :][: 1 << height])
        if len(row) != 1 << height:
            raise ValueError("the tile is too short for this part of the tree")
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    return node


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def decode_bundle(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(offset of the length prefix, leaf) for each entry. Raises BundleInvalid at the first that does not fit."""
    offset = count = 0
    while offset < len(data):
        if offset + 2 > len(data):
            raise BundleInvalid("the bundle ends inside a length", offset=offset, count=count)
        length = int.from_bytes(data[offset : offset + 2], "big")
        leaf = data[offset + 2 : offset + 2 + length]
        if len(leaf) != length:
            raise BundleInvalid("the bundle ends inside an entry", offset=offset, count=count)
        yield offset, leaf
        offset += 2 + length
        count += 1
