"""Reads a copy of a log out of its folder, while a writer goes on writing, such that a start accepts the copy.

The order is what makes it hold. First the segments are opened, so that none of them can go; then the seals are read,
then the checkpoint, then the lockstate, and last, at the moment of `cut`, what the segments hold. So the checkpoint is
not larger than the lockstate, the lockstate not larger than the copy's end, and the first segment begins at or before
the checkpoint's size: the rules of FORMAT.md, section 5.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from audit.blobs import blob_path
from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.frame import EMERGENCY_MAGIC, Scan, scan_segment
from audit.keystore import KeystoreFailed, serialized
from audit.lockstate import Lockstate, LockstateInvalid, open_lockstate
from audit.note import MAX_NOTE, Verifier
from audit.plain_file import read_plain
from audit.public import PublicDamaged, PublicFolder
from audit.seals.record import MAX_SEALS, whole_records
from audit.tile import ENTRIES, TILE_HEIGHT, TILE_WIDTH, encode_bundle, tile_count, tile_path
from audit.wal import MAX_SEGMENT, segments


class CopyRefused(Exception):
    """The log cannot be copied as it stands. The sentence says why and what to do; the log itself was only read."""


class LogMovedOn(Exception):
    """The writer removed what the copy needed meanwhile: begin anew."""


@dataclass(frozen=True, slots=True)
class Copied:
    """`size` and `root` are of all that was durable at the cut; the two notes are the newest signatures below it."""

    size: int
    root: bytes
    checkpoint: Checkpoint
    lockstate: Lockstate


@dataclass(frozen=True, slots=True)
class _Segment:
    first: int
    data: bytes
    scan: Scan


@contextmanager
def pinned(folder: Path, lockstate_file: Path, verifier: Verifier) -> Iterator["PinnedLog"]:
    """Raises CopyRefused, OSError."""
    with ExitStack() as resources:
        log = PinnedLog(folder, verifier, resources)
        log.hold()
        log.read_notes(lockstate_file)
        yield log


class PinnedLog:
    """Made by `pinned`. `cut` once; then `copied` and `files`, which raise CopyRefused, LogMovedOn, OSError."""

    def __init__(self, folder: Path, verifier: Verifier, resources: ExitStack) -> None:
        self._folder, self._verifier, self._resources = folder, verifier, resources
        self._held: dict[int, int] = {}  # a segment's first index: its descriptor
        self._last = b""
        self._emergency: bytes | None = None
        self._notes = (b"", b"")
        self._witnessed: bytes | None = None
        self._seals: bytes | None = None

    def hold(self) -> int:
        """Opens every segment that is not open yet; gives the first index of the last one, -1 if there is none."""
        last = -1
        for first, path in segments(self._folder / "private" / "wal"):
            last = first
            if first in self._held:
                continue
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            except FileNotFoundError:  # published and removed since it was listed
                continue
            self._resources.callback(os.close, descriptor)
            self._held[first] = descriptor
        return last

    def read_notes(self, lockstate_file: Path) -> None:
        """The checkpoint before the lockstate, which is never behind it, and after what is witnessed, which never is
        ahead of it. The seals before all of them: they may speak of nothing that the copy lacks."""
        self._seals = read_plain(self._folder / "public" / "seals", MAX_SEALS)
        self._witnessed = read_plain(self._folder / "public" / "witnessed", MAX_NOTE)
        checkpoint = read_plain(self._folder / "public" / "checkpoint", MAX_NOTE)
        lockstate = read_plain(lockstate_file, MAX_NOTE)
        if checkpoint is None or lockstate is None:
            raise CopyRefused(
                f"the log in {self._folder} has no checkpoint or no lockstate, so it cannot be copied; "
                "start the server once, or restore the log"
            )
        self._notes = checkpoint, lockstate

    def cut(self) -> None:
        """What is durable now is the copy's end. Quick: one segment is read."""
        self._emergency = read_plain(self._folder / "private" / "emergency.wal", MAX_SEGMENT)
        last = self.hold()
        while last >= 0:
            if last not in self._held:
                raise LogMovedOn
            self._last = _content(self._held[last])
            if (newer := self.hold()) == last:
                return
            last = newer  # a writer goes on in the last segment only, and that one was not the last any more

    @cached_property
    def copied(self) -> Copied:
        try:
            checkpoint = open_checkpoint(self._notes[0], self._verifier.alone)
            lockstate = open_lockstate(self._notes[1], self._verifier)
        except (CheckpointInvalid, LockstateInvalid) as error:
            raise CopyRefused(f"{error}; run: tachiai audit verify {self._folder}") from error
        frames = [frame for segment in self._segments for frame in segment.scan.frames]
        size, root = (frames[-1].stop, frames[-1].root) if frames else (checkpoint.size, checkpoint.root)
        if size < lockstate.size:
            raise CopyRefused(
                f"the log ends with entry {size - 1}, yet {lockstate.size} entries were signed; "
                f"run: tachiai audit verify {self._folder}"
            )
        return Copied(size, root, checkpoint, lockstate)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """(path below the log's folder, content) of everything that a start needs, and of nothing newer."""
        for segment in self._segments:
            name = f"private/wal/{segment.first:012d}.wal"
            yield name, _without_torn_end(name, segment.data, segment.scan)
        if self._emergency is not None:
            name = "private/emergency.wal"
            scan = scan_segment(self._emergency, EMERGENCY_MAGIC)
            yield name, _without_torn_end(name, self._emergency, scan)
        try:
            yield (
                "keys.db",
                serialized(self._folder / "keys.db"),
            )  # after the cut: keys are older than entries
            yield from self._blobs()
            yield from self._tiles(self.copied.checkpoint.size)
        except (KeystoreFailed, PublicDamaged) as error:
            raise CopyRefused(f"{error}; run: tachiai audit verify {self._folder}") from error
        if self._seals is not None:
            yield "public/seals", whole_records(self._seals)
        yield "public/checkpoint", self._notes[0]
        if self._witnessed is not None:
            yield "public/witnessed", self._witnessed
        yield "lockstate", self._notes[1]
        yield "verifier.key", f"{self._verifier}\n".encode()

    @cached_property
    def _segments(self) -> list[_Segment]:
        found: list[_Segment] = []
        for first, descriptor in sorted(self._held.items()):
            if found and found[-1].first + sum(len(one.leaves) for one in found[-1].scan.frames) != first:
                raise LogMovedOn
            data = self._last if first == max(self._held) else _content(descriptor)
            os.fdatasync(descriptor)  # what could be read need not have reached the disk yet
            found.append(_Segment(first, data, scan_segment(data)))
        return found

    def _blobs(self) -> Iterator[tuple[str, bytes]]:
        """All that there are now: each was durable before the entry that names it, and none ever goes."""
        public = PublicFolder(self._folder / "public", self._folder, Disk())
        for name in public.blobs():
            if (data := public.blob(name)) is not None:
                yield f"public/{blob_path(name)}", data

    def _tiles(self, size: int) -> Iterator[tuple[str, bytes]]:
        public = PublicFolder(self._folder / "public", self._folder, Disk())
        for level in range(-(-size.bit_length() // TILE_HEIGHT)):
            full, partial = tile_count(level, size)
            for index in range(full + bool(partial)):
                width = TILE_WIDTH if index < full else partial
                if level == 0:
                    bundle = encode_bundle(_leaves(public, index, size))
                    yield f"public/{tile_path(ENTRIES, index, width)}", bundle
                row = b"".join(_hashes(public, level, index, size))
                yield f"public/{tile_path(level, index, width)}", row


def _leaves(public: PublicFolder, index: int, size: int) -> list[bytes]:
    try:
        return public.bundle(index, size)
    except PublicDamaged:  # a partial file may just have gone for the full one
        return public.bundle(index, size)


def _hashes(public: PublicFolder, level: int, index: int, size: int) -> list[bytes]:
    try:
        return public.hashes(level, index, size)
    except PublicDamaged:
        return public.hashes(level, index, size)


def _without_torn_end(name: str, data: bytes, scan: Scan) -> bytes:
    """A frame that is being written while it is read looks cut short; the copy ends before it."""
    if scan.frame_after is not None:
        raise CopyRefused(f"{name} is damaged at byte {scan.damage}; run `tachiai audit verify` on the log")
    return data[: scan.end] + bytes(len(data) - scan.end)


def _content(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if size > MAX_SEGMENT:
        raise CopyRefused(f"a write-ahead segment has {size} bytes, and at most {MAX_SEGMENT} are possible")
    return os.pread(descriptor, size, 0)
