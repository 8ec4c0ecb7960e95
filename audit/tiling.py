"""The right edge of the published tree: turns new leaves into the files that outsiders fetch. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from audit.tile import ENTRIES, TILE_WIDTH, encode_bundle, node_from_tiles, tile_path, tile_root
from audit.tree import EMPTY_ROOT, Frontier, frontier_at


@dataclass(slots=True)
class Files:
    """`fresh` are (path, content) in the order of writing; `retired` are the folders of partial files whose full one
    is among the fresh."""

    fresh: list[tuple[str, bytes]] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)


class RightEdge:
    """The partial tile of each level and the entries of the partial bundle."""

    def __init__(
        self, size: int = 0, levels: Sequence[Sequence[bytes]] = (), tail: Sequence[bytes] = ()
    ) -> None:
        self.size = size
        self._levels = [list(level) for level in levels]
        self._tail = list(tail)

    def advance(self, leaves: Sequence[bytes], digests: Sequence[bytes]) -> Files:
        """Takes the next leaves with their leaf hashes; the files that the tree then has and had not before."""
        files = Files()
        grown: set[int] = set()
        for leaf, digest in zip(leaves, digests, strict=True):
            self._tail.append(leaf)
            if len(self._tail) == TILE_WIDTH:
                self._emit(files, ENTRIES, self.size // TILE_WIDTH, encode_bundle(self._tail))
                self._tail.clear()
            self._push(files, grown, digest)
            self.size += 1
        if self._tail and leaves:
            path = tile_path(ENTRIES, self.size // TILE_WIDTH, len(self._tail))
            files.fresh.append((path, encode_bundle(self._tail)))
        for level in sorted(grown):
            if row := self._levels[level]:
                path = tile_path(level, self._index(level), len(row))
                files.fresh.append((path, b"".join(row)))
        return files

    @property
    def tail(self) -> list[bytes]:
        """The leaves of the partial bundle."""
        return list(self._tail)

    def root(self) -> bytes:
        return self.frontier().root() if self.size else EMPTY_ROOT

    def frontier(self) -> Frontier:
        return frontier_at(self.size, node_from_tiles(lambda level, _: self._levels[level]))

    def _push(self, files: Files, grown: set[int], digest: bytes) -> None:
        level = 0
        while True:
            if level == len(self._levels):
                self._levels.append([])
            row = self._levels[level]
            row.append(digest)
            grown.add(level)
            if len(row) < TILE_WIDTH:
                return
            index = (self.size >> (8 * level)) // TILE_WIDTH
            self._emit(files, level, index, b"".join(row))
            digest = tile_root(row)
            row.clear()
            level += 1

    def _index(self, level: int) -> int:
        return (self.size >> (8 * level)) // TILE_WIDTH

    @staticmethod
    def _emit(files: Files, level: int | str, index: int, content: bytes) -> None:
        path = tile_path(level, index)
        files.fresh.append((path, content))
        files.retired.append(f"{path}.p")
