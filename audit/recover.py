"""What a start finds in a log's folder, judged by the rules of FORMAT.md, section 5. Changes nothing on disk."""

from dataclasses import dataclass, field
from pathlib import Path

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.frame import Frame, Scan, scan_segment
from audit.lockstate import Lockstate, LockstateInvalid, open_lockstate
from audit.note import Verifier
from audit.plain_file import read_plain
from audit.public import PublicDamaged, PublicFolder
from audit.tile import node_from_tiles
from audit.tiling import RightEdge
from audit.tree import EMPTY_ROOT, Frontier, frontier_at, leaf_hash
from audit.wal import MAX_SEGMENT, segments


class LogRefused(Exception):
    """The log cannot be opened. The sentence names the file and offset, says what is safe and what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive leaves with their leaf hashes, and the root of the tree that ends with them."""

    first: int
    leaves: tuple[bytes, ...]
    digests: tuple[bytes, ...]
    root: bytes


@dataclass(slots=True)
class Recovered:
    """`edge` is published, `frontier` is durable, `pending` lies between. `resume` is where writing goes on."""

    lockstate: Lockstate | None
    edge: RightEdge
    frontier: Frontier
    published_root: bytes = EMPTY_ROOT
    pending: list[Batch] = field(default_factory=list)
    resume: tuple[Path, int] | None = None
    entry_ids: set[bytes] = field(default_factory=set)


def recover(
    wal_folder: Path, public: PublicFolder, lockstate_note: bytes | None, verifier: Verifier
) -> Recovered:
    """Raises LogRefused."""
    try:
        checkpoint, lockstate = _signed(public.checkpoint(), lockstate_note, verifier)
        scans = [(first, path, scan_segment(_segment(path))) for first, path in segments(wal_folder)]
        if checkpoint is None or lockstate is None:
            return _new(lockstate, scans)
        edge = public.right_edge(checkpoint.size)
        if edge.root() != checkpoint.root:
            raise LogRefused(
                "the tiles at the right edge do not give the checkpoint's root; nothing was changed"
            )
        return _Replay(checkpoint, lockstate, edge, public).run(scans)
    except (CheckpointInvalid, LockstateInvalid, PublicDamaged) as error:
        raise LogRefused(
            f"{error}; nothing was changed; restore the log from a copy and verify it"
        ) from error


def _segment(path: Path) -> bytes:
    """Measured before it is read: a file that somebody grew must not take the memory of a start. Raises OSError."""
    return read_plain(path, MAX_SEGMENT) or b""


def _signed(
    checkpoint_note: bytes | None, lockstate_note: bytes | None, verifier: Verifier
) -> tuple[Checkpoint | None, Lockstate | None]:
    checkpoint = None if checkpoint_note is None else open_checkpoint(checkpoint_note, verifier)
    lockstate = None if lockstate_note is None else open_lockstate(lockstate_note, verifier)
    if checkpoint is not None and lockstate is None:
        raise LogRefused(
            "the lockstate is missing, so a cut tail could not be seen; restore it from the machine's own copy"
        )
    if checkpoint is None and lockstate is not None and lockstate.size:
        raise LogRefused(
            f"the log's checkpoint is missing, yet {lockstate.size} entries were signed; restore the log"
        )
    if checkpoint is not None and lockstate is not None and checkpoint.size > lockstate.size:
        raise LogRefused(
            "the lockstate is older than the checkpoint; it must never be restored together with the log"
        )
    return checkpoint, lockstate


def _new(lockstate: Lockstate | None, scans: list[tuple[int, Path, Scan]]) -> Recovered:
    for first, path, scan in scans:
        if first or scan.frames or scan.damage is not None:
            raise LogRefused(f"{path} holds entries, but checkpoint and lockstate are missing; restore them")
    return Recovered(lockstate, RightEdge(), Frontier(), resume=(scans[0][1], 0) if scans else None)


class _Replay:
    def __init__(
        self, checkpoint: Checkpoint, lockstate: Lockstate, edge: RightEdge, public: PublicFolder
    ) -> None:
        self._checkpoint = checkpoint
        self._lockstate = lockstate
        self._public = public
        self._found = Recovered(lockstate, edge, Frontier(), checkpoint.root)

    def run(self, scans: list[tuple[int, Path, Scan]]) -> Recovered:
        size = self._checkpoint.size
        if self._lockstate.size == size and self._lockstate.root != self._checkpoint.root:
            raise LogRefused(
                "lockstate and checkpoint speak of different logs of one size; nothing was changed"
            )
        start = scans[0][0] if scans else 0
        if start > size or (not scans and size):
            raise LogRefused(
                f"the write-ahead segments begin after entry {size}, the last one published; restore them"
            )
        self._found.frontier = frontier_at(
            start, node_from_tiles(lambda level, i: self._public.hashes(level, i, size))
        )
        for number, (first, path, scan) in enumerate(scans):
            self._segment(first, path, scan, last=number == len(scans) - 1)
        self._check_end()
        return self._found

    def _segment(self, first: int, path: Path, scan: Scan, *, last: bool) -> None:
        if first != self._found.frontier.size:
            raise LogRefused(
                f"{path} should begin with entry {self._found.frontier.size}; a segment is missing or renamed"
            )
        for frame, offset in zip(scan.frames, scan.offsets, strict=True):
            self._frame(frame, path, offset)
        reached = self._found.frontier.size
        torn = last and scan.frame_after is None and reached >= self._lockstate.size
        if scan.damage is not None and not torn:
            raise LogRefused(
                f"{path} is damaged at byte {scan.damage}, after entry {reached - 1}; this is no write cut short. "
                "Nothing was changed: keep the folder as evidence and restore the log from a copy"
            )
        self._found.resume = (path, scan.end)

    def _frame(self, frame: Frame, path: Path, offset: int) -> None:
        frontier = self._found.frontier
        if frame.first != frontier.size:
            raise LogRefused(
                f"{path} at byte {offset} should go on with entry {frontier.size}, not {frame.first}"
            )
        digests = tuple(leaf_hash(leaf) for leaf in frame.leaves)
        for digest in digests:
            frontier.append(digest)
            self._check_signed(path, offset)
        if frontier.root() != frame.root:
            raise LogRefused(f"{path} at byte {offset}: the frame's root does not come out; it was changed")
        self._found.entry_ids.update(leaf[2:18] for leaf in frame.leaves)
        skip = max(0, self._checkpoint.size - frame.first)
        if skip < len(digests):
            batch = Batch(frame.first + skip, frame.leaves[skip:], digests[skip:], frame.root)
            self._found.pending.append(batch)

    def _check_signed(self, path: Path, offset: int) -> None:
        frontier = self._found.frontier
        for signed in (self._checkpoint, self._lockstate):
            if frontier.size == signed.size and frontier.root() != signed.root:
                raise LogRefused(
                    f"{path} at byte {offset}: up to entry {signed.size - 1} this is not what was signed"
                )

    def _check_end(self) -> None:
        reached = self._found.frontier.size
        if reached < max(self._lockstate.size, self._checkpoint.size):
            where = "the write-ahead log" if self._found.resume is None else str(self._found.resume[0])
            offset = 0 if self._found.resume is None else self._found.resume[1]
            raise LogRefused(
                f"{where} ends at byte {offset} with entry {reached - 1}, yet {self._lockstate.size} entries were "
                "signed: the tail was cut. Nothing was changed; restore the log from a newer copy"
            )
