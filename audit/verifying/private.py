"""The write-ahead log as the verifier sees it: what is published must be the same there, the rest must hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.frame import EMERGENCY_MAGIC, Frame, Scan, scan_segment
from audit.plain_file import NotPlain, read_plain
from audit.report import ExitCode, Findings
from audit.tile import TILE_WIDTH
from audit.tree import Frontier, leaf_hash
from audit.verifying.entry_laws import EntryLaws
from audit.verifying.evidence import LeafHash
from audit.verifying.rows import UNKNOWN, Rows
from audit.wal import MAX_SEGMENT, segments


@dataclass(frozen=True, slots=True)
class Segment:
    """One file, read before anything is judged. `first` is the number in its name; `name` is for findings."""

    first: int
    name: str
    scan: Scan


def read_segments(private: Path, findings: Findings) -> list[Segment]:
    """Those that a running writer removes meanwhile are left out."""
    found: list[Segment] = []
    folder = private / "wal"
    for first, path in segments(folder) if folder.is_dir() else []:
        data = _read(path, f"private/wal/{path.name}", findings)
        if data is not None:
            found.append(Segment(first, f"private/wal/{path.name}", scan_segment(data)))
    return found


def leaf_hashes(found: Sequence[Segment]) -> LeafHash:
    """What the write-ahead log says of an entry; hashed only when somebody asks."""
    known: dict[int, bytes] = {}

    def durable(index: int) -> bytes | None:
        if not known:
            for frame in (frame for segment in found for frame in segment.scan.frames):
                known.update(enumerate(map(leaf_hash, frame.leaves), frame.first))
        return known.get(index)

    return durable


class WalCheck:
    """Replays the segments behind the signed tree. `signed` is the largest size ever signed."""

    def __init__(self, signed: int, rows: Rows, laws: EntryLaws, findings: Findings) -> None:
        self._size = rows.size
        self._signed = signed
        self._rows = rows
        self._laws = laws
        self._findings = findings
        self._frontier: Frontier | None = None
        self._damaged = False

    def run(self, found: list[Segment]) -> int:
        """How many entries are durable."""
        position = found[0].first if found else 0
        if position > self._size or (not found and self._size):
            self._findings.add(
                ExitCode.INCOMPLETE,
                f"write-ahead segments after entry {self._size} are missing",
                file="private/wal",
            )
            return self._size
        self._frontier = self._rows.frontier(position)
        for number, segment in enumerate(found):
            position = self._segment(segment, position, last=number == len(found) - 1)
        if found and position < self._size and not self._damaged:
            sentence = f"the write-ahead log ends with entry {position - 1}, and {self._size} were published"
            self._findings.add(ExitCode.TAMPERED, sentence, file=found[-1].name, offset=found[-1].scan.end)
        return max(position, self._size)

    def _segment(self, segment: Segment, position: int, *, last: bool) -> int:
        if self._damaged and segment.first > position:  # what was lost is named already
            position = segment.first
            self._frontier = self._rows.frontier(position) if position <= self._size else None
        if segment.first != position:
            sentence = f"the segment should begin with entry {position}"
            self._findings.add(ExitCode.TAMPERED, sentence, file=segment.name)
            return position
        for frame, offset in zip(segment.scan.frames, segment.scan.offsets, strict=True):
            if frame.first != position:
                sentence = f"the frame should go on with entry {position}, not {frame.first}"
                self._findings.add(
                    ExitCode.TAMPERED, sentence, entry=position, file=segment.name, offset=offset
                )
                return position
            self._frame(frame, segment.name, offset)
            position = frame.stop
        if segment.scan.damage is not None:
            self._damaged = True
            self._laws.lose()
            torn = last and segment.scan.frame_after is None and position >= self._signed
            code = ExitCode.INCOMPLETE if torn else ExitCode.TAMPERED
            what = "a write was cut short; a start removes it" if torn else "the write-ahead log was changed"
            sentence = f"where entry {position} should follow, {what}"
            self._findings.add(code, sentence, file=segment.name, offset=segment.scan.damage)
        return position

    def _frame(self, frame: Frame, name: str, offset: int) -> None:
        digests = [leaf_hash(leaf) for leaf in frame.leaves]
        self._check_root(frame, digests, name, offset)
        for place, (leaf, digest) in enumerate(zip(frame.leaves, digests, strict=True)):
            index = frame.first + place
            if index >= self._size:
                self._laws.see(index, leaf, name, offset)
                if index == self._rows.size:
                    self._rows.append(digest)
            elif self._published(index) not in (UNKNOWN, digest):
                sentence = f"entry {index} was published as something else"
                self._findings.add(ExitCode.TAMPERED, sentence, entry=index, file=name, offset=offset)

    def _check_root(self, frame: Frame, digests: Sequence[bytes], name: str, offset: int) -> None:
        if self._frontier is None:
            return
        for digest in digests:
            self._frontier.append(digest)
        if self._frontier.root() != frame.root and not self._findings.tampered:
            self._findings.add(
                ExitCode.TAMPERED, "a frame's root does not come out", file=name, offset=offset
            )

    def _published(self, index: int) -> bytes:
        return self._rows.row(0, index // TILE_WIDTH)[index % TILE_WIDTH]


def check_emergency(private: Path, findings: Findings) -> None:
    """Entries that wait there are durable, and not yet part of the log."""
    name = "private/emergency.wal"
    data = _read(private / "emergency.wal", name, findings)
    if data is None:
        return
    scan = scan_segment(data, EMERGENCY_MAGIC)
    frontier = Frontier()
    for frame, offset in zip(scan.frames, scan.offsets, strict=True):
        ordered = frame.first == frontier.size
        for leaf in frame.leaves:
            frontier.append(leaf_hash(leaf))
        if not ordered or frontier.root() != frame.root:
            findings.add(ExitCode.TAMPERED, "the emergency segment was changed", file=name, offset=offset)
    if scan.damage is not None:
        code = ExitCode.INCOMPLETE if scan.frame_after is None else ExitCode.TAMPERED
        findings.add(code, "the emergency segment has an invalid frame", file=name, offset=scan.damage)
    if frontier.size:
        sentence = (
            f"{frontier.size} entries wait in the emergency segment; a start of the server takes them in"
        )
        findings.add(ExitCode.INCOMPLETE, sentence, file=name)


def check_spare(private: Path, findings: Findings) -> None:
    name = "private/wal/spare"
    data = _read(private / "wal" / "spare", name, findings) or b""
    rest = data.lstrip(b"\0")
    if rest:
        offset = len(data) - len(rest)
        findings.add(ExitCode.TAMPERED, "the spare segment is not empty", file=name, offset=offset)


def _read(path: Path, name: str, findings: Findings) -> bytes | None:
    try:
        return read_plain(path, MAX_SEGMENT)
    except NotPlain as error:
        findings.add(ExitCode.TAMPERED, str(error.strerror), file=name)
        return None
