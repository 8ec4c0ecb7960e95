"""Which hashes are the tree's, judged from the signed root downwards.

The root proves the right edge, each full tile is proved by its hash in the tile above. Where a stored tile is not
proved, what its place must hold is put together again from what else there is: the tiles below it, the entries,
narrower partial files, the write-ahead log. Whatever then fits under the hash above is the truth, and every file can be
held against it: that is why an untouched file is never blamed for another.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

from audit.report import ExitCode, Findings
from audit.tile import ENTRIES, TILE_WIDTH, node_from_tiles, tile_count, tile_path, tile_root
from audit.tree import EMPTY_ROOT, Frontier, frontier_at
from audit.verifying.evidence import Evidence

UNKNOWN: Final = b""

Row = list[bytes]


class Rows:
    """`proved` tells whether the signed root came out. Where nothing is proved, `row` gives what most copies say."""

    def __init__(self, evidence: Evidence, root: bytes, findings: Findings) -> None:
        self._evidence = evidence
        self._findings = findings
        self._last: dict[int, tuple[int, Row]] = {}
        self._grown: dict[tuple[int, int], Row] = {}
        self._blamed: set[tuple[int, int]] = set()
        self._stored: tuple[int, int] = (-1, -1)
        self.size = evidence.size
        self.proved, self._edge = self._settle_edge(root)

    def row(self, level: int, index: int) -> Row:
        """The hashes of a tile, as many as the tree has there; UNKNOWN for those that nothing tells any more."""
        if grown := self._grown.get((level, index)):
            return grown
        if level >= len(self._edge) or not self._evidence.width(level, index):
            return []
        if self._evidence.width(level, index) < TILE_WIDTH:
            return self._edge[level]
        if self._last.get(level, (-1, []))[0] != index:
            self._last[level] = (index, self._full(level, index))
        return self._last[level][1]

    @property
    def whole(self) -> bool:
        """Whether all hashes of the right edge are known, proved or not."""
        return all(UNKNOWN not in row for row in self._edge)

    def is_stored(self, index: int) -> bool:
        """Whether the full level 0 tile that `row` gave last was read as it lies there, and is proved."""
        return self._stored == (0, index)

    def is_doubtful(self, index: int) -> bool:
        """Whether nothing that is left of this level 0 tile fits under the hash above."""
        return (0, index) in self._blamed

    def frontier(self, size: int) -> Frontier | None:
        """Of the first `size` leaves; None if a hash that it needs is unknown."""
        try:
            return frontier_at(size, node_from_tiles(self._known))
        except ValueError:
            return None

    def root(self, size: int) -> bytes | None:
        frontier = self.frontier(size)
        return None if frontier is None else frontier.root()

    def append(self, digest: bytes) -> None:
        """Goes on behind the signed tree, with an entry that is durable and not yet published."""
        level, position = 0, self.size
        while True:
            place = (level, position // TILE_WIDTH)
            if place not in self._grown:
                self._grown[place] = list(self.row(*place))
            row = self._grown[place]
            row.append(digest)
            if len(row) < TILE_WIDTH:
                break
            digest, level, position = _root_of(row), level + 1, position // TILE_WIDTH
        self.size += 1

    def _known(self, level: int, index: int) -> Row:
        row = self.row(level, index)
        if UNKNOWN in row:
            raise ValueError("a hash is unknown")
        return row

    def _full(self, level: int, index: int) -> Row:
        above = self.row(level + 1, index // TILE_WIDTH)[index % TILE_WIDTH]
        stored = self._evidence.tile(level, index)
        if stored is not None and tile_root(stored) == above:
            self._stored = (level, index)
            return stored
        for candidate in self._candidates(level, index):
            if _root_of(candidate) == above or (above == UNKNOWN and UNKNOWN not in candidate):
                return candidate
        best = self._guess(level, index)
        if UNKNOWN not in best and above != UNKNOWN and (level, index) not in self._blamed:
            self._blamed.add((level, index))
            self._blame_all(level, index)
        return best

    def _blame_all(self, level: int, index: int) -> None:
        first = index << (8 * (level + 1))
        last = first + (TILE_WIDTH << (8 * level)) - 1
        sentence = f"among the entries {first} to {last} one was changed and its hashes with it"
        path = tile_path(level or ENTRIES, index)
        self._findings.add(ExitCode.TAMPERED, sentence, file=path)

    def _settle_edge(self, root: bytes) -> tuple[bool, list[Row]]:
        size = self._evidence.size
        if not size:
            return root == EMPTY_ROOT, []
        levels = range(-(-size.bit_length() // 8))
        places = [(level, *tile_count(level, size)) for level in levels]
        stored = [self._evidence.tile(level, index) if width else [] for level, index, width in places]
        rows = [row for row in stored if row is not None]
        if len(rows) == len(stored) and _edge_root(size, rows) == root:
            return True, rows
        options: list[list[Row]] = [
            [*([] if have is None else [have]), *self._candidates(level, index)] if width else [[]]
            for have, (level, index, width) in zip(stored, places, strict=True)
        ]
        for chosen in product(*options):
            if _edge_root(size, list(chosen)) == root:
                return True, list(chosen)
        return False, [self._guess(level, index) if width else [] for level, index, width in places]

    def _candidates(self, level: int, index: int) -> Iterator[Row]:
        if level:
            yield self._from_below(level, index)
            return
        most = self._most(index)
        yield most
        for copy in self._evidence.copies(index):
            overlaid = [*copy, *[UNKNOWN] * (len(most) - len(copy))]
            yield [own or other for own, other in zip(overlaid, most, strict=True)]

    def _guess(self, level: int, index: int) -> Row:
        return self._from_below(level, index) if level else self._most(index)

    def _most(self, index: int) -> Row:
        """At each place what most copies say."""
        copies = self._evidence.copies(index)
        row: Row = []
        for place in range(self._evidence.width(ENTRIES, index)):
            said = Counter(copy[place] for copy in copies if place < len(copy) and copy[place])
            row.append(said.most_common(1)[0][0] if said else UNKNOWN)
        return row

    def _from_below(self, level: int, index: int) -> Row:
        first = index * TILE_WIDTH
        children = range(first, first + self._evidence.width(level, index))
        return [_root_of(self._below(level - 1, child)) for child in children]

    def _below(self, level: int, index: int) -> Row:
        """One level down and no further: a signed size may be any number, and so would the work be."""
        stored = self._evidence.tile(level, index)
        return stored if stored is not None else [] if level else self._most(index)


def _root_of(row: Row) -> bytes:
    return tile_root(row) if len(row) == TILE_WIDTH and UNKNOWN not in row else UNKNOWN


def _edge_root(size: int, rows: list[Row]) -> bytes:
    row_of: Callable[[int, int], Row] = lambda level, _: rows[level]  # noqa: E731 - its type is the point
    return (
        UNKNOWN if any(UNKNOWN in row for row in rows) else frontier_at(size, node_from_tiles(row_of)).root()
    )
