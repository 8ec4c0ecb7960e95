"""The newest entries in memory: those not yet published, and those of the last partial bundle."""

import threading
from collections.abc import Sequence

from audit.recover import Batch
from audit.tile import TILE_WIDTH


class Tail:
    """Shared by the writer, the publisher and readers. `size` is the durable size of the log."""

    def __init__(self, first: int, leaves: Sequence[bytes], published: int) -> None:
        """`leaves` begin with index `first`, the start of a bundle, and end with index `published` - 1."""
        self._lock = threading.Lock()
        self._first = first
        self._leaves = list(leaves)
        self._digests: list[bytes] = [b""] * len(self._leaves)
        self._root = b""
        self._published = published
        self.size = first + len(self._leaves)

    def add(self, batch: Batch) -> None:
        with self._lock:
            self._leaves += batch.leaves
            self._digests += batch.digests
            self._root = batch.root
            self.size += len(batch.leaves)

    def unpublished(self) -> Batch | None:
        with self._lock:
            skip = self._published - self._first
            if self._published == self.size:
                return None
            leaves, digests = tuple(self._leaves[skip:]), tuple(self._digests[skip:])
            return Batch(self._published, leaves, digests, self._root)

    def publish(self, size: int) -> None:
        """Everything below `size` is on disk; full bundles are read from there from now on."""
        with self._lock:
            self._published = size
            drop = size // TILE_WIDTH * TILE_WIDTH - self._first
            del self._leaves[:drop]
            del self._digests[:drop]
            self._first += drop

    @property
    def behind(self) -> int:
        """How many durable entries await their signed checkpoint."""
        return self.size - self._published

    def slice(self, start: int, stop: int) -> tuple[int, list[bytes]]:
        """(where memory begins, the leaves start <= index < stop that are in memory)."""
        with self._lock:
            low = max(start - self._first, 0)
            return self._first, self._leaves[low : max(stop - self._first, 0)]
