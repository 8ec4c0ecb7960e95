"""The write-ahead log on disk: zero-filled segments that frames overwrite (FORMAT.md, section 5)."""

import os
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.frame import encode_frame

SEGMENT_SIZE: Final = 2_097_152
MAX_SEGMENT: Final = 16_777_216  # what a reader takes: eight times what a writer makes

_NAME: Final = re.compile(r"([0-9]{12,20})\.wal", re.ASCII)


def segments(folder: Path, disk: Disk | None = None) -> list[tuple[int, Path]]:
    """(first index, file) of all segments, in order."""
    found = [(_NAME.fullmatch(path.name), path) for path in (disk or Disk()).names(folder)]
    return sorted((int(match[1]), path) for match, path in found if match)


def segment_path(folder: Path, first: int) -> Path:
    return folder / f"{first:012d}.wal"


class Wal:
    """The writing end. Any OSError leaves it unusable: its owner stops for good."""

    def __init__(
        self, folder: Path, temporary: Path, disk: Disk, *, segment_size: int = SEGMENT_SIZE
    ) -> None:
        self._folder = folder
        self._temporary = temporary
        self._disk = disk
        self._segment_size = segment_size
        self._descriptor = -1
        self._size = 0
        self._offset = 0

    def resume(self, place: tuple[Path, int] | None) -> None:
        """Goes on in a segment behind its last valid frame. The segment is written anew, with zeros behind that
        frame: after a failed sync its frames may have been read from memory and not be on the disk at all."""
        if place is None:
            return
        path, offset = place
        self._open(path, offset)
        valid = os.pread(self._descriptor, offset, 0)
        self._disk.write_at(self._descriptor, valid + bytes(self._size - offset), 0)

    def append(self, first: int, root: bytes, leaves: Sequence[bytes]) -> None:
        """One frame, durable on return. Raises OSError."""
        frame = encode_frame(first, root, leaves)
        if self._descriptor < 0 or self._offset + len(frame) > self._size:
            self._begin_segment(first, len(frame))
        self._disk.write_at(self._descriptor, frame, self._offset)
        self._offset += len(frame)

    def prepare_spare(self) -> None:
        """Fills the next segment with zeros ahead of its need; called from another thread than `append`."""
        spare = self._folder / "spare"
        if not spare.exists():
            self._disk.create(spare, bytes(self._segment_size), temporary=self._temporary / "spare")

    def drop_below(self, size: int) -> None:
        """Removes segments whose entries all lie below `size`, except the last one."""
        found = segments(self._folder, self._disk)
        for (_, path), (following, _) in pairwise(found):
            if following <= size:
                self._disk.remove(path)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _begin_segment(self, first: int, needed: int) -> None:
        path = segment_path(self._folder, first)
        spare = self._folder / "spare"
        if not spare.exists() or spare.stat().st_size < needed:
            zeros = bytes(max(self._segment_size, needed))
            self._disk.create(path, zeros, temporary=self._temporary / "segment")
        else:
            self._disk.rename(spare, path)
        self.close()
        self._open(path, 0)

    def _open(self, path: Path, offset: int) -> None:
        self._descriptor = self._disk.open(path, os.O_RDWR)
        self._size = os.fstat(self._descriptor).st_size
        self._offset = offset
