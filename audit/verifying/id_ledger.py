"""Finds ids that occur twice among any number of entries, in memory that does not grow with them."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Final

from audit.tile import TILE_WIDTH

_BUCKETS: Final = 256
_ID: Final = 16
_RECORD: Final = _ID + 8
_MOST_HELD: Final = 48 * 1024 * 1024  # bytes, about two million entries
_PLACES: Final = [bytes([place]) for place in range(TILE_WIDTH)]


class IdLedger:
    """Ids are random, so they fall evenly into buckets of their first byte, and each bucket is looked through alone.
    Beyond 48 MiB, 24 bytes an entry, the buckets go to one unnamed file in the temporary folder."""

    def __init__(self, most_held: int = _MOST_HELD) -> None:
        self._buckets = [bytearray() for _ in range(_BUCKETS)]
        self._extents: list[list[tuple[int, int]]] = [[] for _ in range(_BUCKETS)]
        self._room = most_held
        self._left = most_held
        self._file: IO[bytes] | None = None

    def add(self, index: int, entry_id: bytes) -> None:
        self._buckets[entry_id[0]] += entry_id + index.to_bytes(8, "big")
        self._account(1)

    def add_bundle(self, number: int, ids: Sequence[bytes]) -> None:
        """The ids of bundle `number` from its first entry on: entry `number` * 256 and those that follow it."""
        buckets, base = self._buckets, number.to_bytes(7, "big")
        for entry_id, place in zip(ids, _PLACES, strict=False):
            buckets[entry_id[0]] += entry_id + base + place
        self._account(len(ids))

    def doubles(self) -> Iterator[tuple[int, int]]:
        """(index, earliest index with the same id) of each entry but the earliest."""
        for number, held in enumerate(self._buckets):
            if not held and not self._extents[number]:
                continue
            bucket = b"".join([*self._spilled(number), bytes(held)])
            ids = [bucket[start : start + _ID] for start in range(0, len(bucket), _RECORD)]
            if len(set(ids)) < len(ids):
                yield from _doubles(bucket)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _account(self, count: int) -> None:
        self._left -= count * _RECORD
        if self._left < 0:
            self._spill()
            self._left = self._room

    def _spill(self) -> None:
        file = self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        offset = file.seek(0, os.SEEK_END)
        for bucket, extents in zip(self._buckets, self._extents, strict=True):
            file.write(bucket)
            extents.append((offset, len(bucket)))
            offset += len(bucket)
            bucket.clear()

    def _spilled(self, number: int) -> Iterator[bytes]:
        for offset, length in self._extents[number]:
            if self._file is not None:
                self._file.seek(offset)
                yield self._file.read(length)


def _doubles(bucket: bytes) -> Iterator[tuple[int, int]]:
    seen: dict[bytes, int] = {}
    for start in range(0, len(bucket), _RECORD):
        entry_id = bucket[start : start + _ID]
        index = int.from_bytes(bucket[start + _ID : start + _RECORD], "big")
        if entry_id in seen:
            yield index, seen[entry_id]
        seen.setdefault(entry_id, index)
