"""The public part as a verifier finds it: what lies there, believed in nothing."""

from collections.abc import Callable

from audit.blobs import MAX_FILE
from audit.plain_file import NotPlain
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
from audit.tree import leaf_hash
from audit.verifying.source import Source

LeafHash = Callable[[int], bytes | None]


class Evidence:
    """`size` is the signed tree's. `durable` gives the leaf hash that the write-ahead log has for an entry, or None."""

    def __init__(self, source: Source, size: int, durable: LeafHash) -> None:
        self.source = source
        self.size = size
        self._durable = durable

    def width(self, level: int | str, index: int) -> int:
        """How wide the tile or bundle is that a tree of this size must have there; 0 for none."""
        full, partial = tile_count(level if isinstance(level, int) else 0, self.size)
        return TILE_WIDTH if index < full else partial if index == full else 0

    def required(self, level: int | str, index: int) -> tuple[str, bytes | None]:
        """The file that must be there, and its bytes. A later tree may have replaced a partial file by the full one."""
        name = tile_path(level, index, self.width(level, index))
        data = self.read(name)
        if data is None:
            whole = tile_path(level, index)
            data = self.read(whole)
            return (name, None) if data is None else (whole, data)
        return name, data

    def has(self, level: int | str, index: int) -> tuple[str, bool]:
        """The file that must be there, and whether it is, itself or as the full one."""
        name = tile_path(level, index, self.width(level, index))
        return name, self.source.has(name) or self.source.has(tile_path(level, index))

    def tile(self, level: int, index: int) -> list[bytes] | None:
        """The stored hashes, or None if the file is missing or has a wrong length."""
        name, data = self.required(level, index)
        width = self.width(level, index)
        row = _hashes(data)
        if len(row) < width or (len(row) > width and name != tile_path(level, index)):
            return None
        return row[:width]

    def digests(self, index: int) -> list[bytes]:
        """The hashes of the entries in a bundle, as far as it can be read."""
        return _digests(self.required(ENTRIES, index)[1])[: self.width(ENTRIES, index)]

    def copies(self, index: int) -> list[list[bytes]]:
        """All that speaks of the hashes of one bundle's entries; b"" where a source is silent."""
        base, width = index * TILE_WIDTH, self.width(ENTRIES, index)
        found = [[self._durable(base + place) or b"" for place in range(width)], self.digests(index)]
        for level, read in ((ENTRIES, _digests), (0, _hashes)):
            names = [tile_path(level, index, narrow) for narrow in self.source.widths(level, index)]
            found += [read(self.read(name))[:width] for name in names]
        found.append(_hashes(self.required(0, index)[1])[:width])
        return found

    def read(self, name: str) -> bytes | None:
        """None also for what is no plain file: the walk through all files says so."""
        try:
            return self.source.read(name, most_bytes(name))
        except NotPlain:
            return None


def most_bytes(name: str) -> int:
    if name.startswith("blob/"):
        return MAX_FILE
    return MAX_BUNDLE if name.startswith(f"tile/{ENTRIES}/") else MAX_TILE


def _hashes(data: bytes | None) -> list[bytes]:
    try:
        return [] if data is None else split_hashes(data)
    except ValueError:
        return []


def _digests(data: bytes | None) -> list[bytes]:
    found: list[bytes] = []
    try:
        found.extend(leaf_hash(leaf) for _, leaf in decode_bundle(data or b""))
    except BundleInvalid:
        return found
    return found
