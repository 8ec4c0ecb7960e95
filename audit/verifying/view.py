"""What is read at the start of a verification, in an order that a running writer cannot confuse."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.lockstate import Lockstate, LockstateInvalid, open_lockstate
from audit.note import MAX_NOTE, Verifier
from audit.plain_file import NotPlain, read_plain
from audit.report import ExitCode, Findings
from audit.verifying.private import Segment, read_segments
from audit.verifying.source import Source

CHECKPOINT: Final = "checkpoint"
WITNESSED: Final = "witnessed"
_LOOKS: Final = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a log lies. `private` and `lockstate` are None where they are not at hand."""

    source: Source
    private: Path | None = None
    lockstate: Path | None = None


@dataclass(slots=True)
class View:
    place: Place
    verifier: Verifier
    note: bytes
    checkpoint: Checkpoint
    lockstate: Lockstate | None
    segments: list[Segment] = field(default_factory=list)
    seals: bytes | None = None
    witnessed: bytes | None = None

    def moved_on(self) -> bool:
        """Whether a writer has signed more since: the files which came meanwhile are the next check's matter."""
        path = self.place.lockstate
        note = None if path is None else read_plain(path, MAX_NOTE)
        try:
            if note is not None and self.lockstate is not None:
                return open_lockstate(note, self.verifier).size > self.lockstate.size
        except LockstateInvalid:
            return False
        return self.place.source.read(CHECKPOINT, MAX_NOTE) != self.note


def look(place: Place, verifier: Verifier, findings: Findings) -> View | None:
    """What was witnessed before the checkpoint, which is never older; the checkpoint before the segments, which a
    running writer removes once they are published; so it is read again until both fit. None, and a finding, where there
    is no checkpoint that holds. Raises OSError."""
    for left in reversed(range(_LOOKS)):
        seen = Findings()
        witnessed = _read_witnessed(place.source, seen)
        try:
            note = place.source.read(CHECKPOINT, MAX_NOTE)
            if note is None:
                sentence = "there is nothing to verify: no checkpoint"
                findings.add(ExitCode.INCOMPLETE, sentence, file=CHECKPOINT)
                return None
            checkpoint = open_checkpoint(note, verifier)
        except (CheckpointInvalid, NotPlain) as error:
            findings.add(ExitCode.TAMPERED, _words(error), file=CHECKPOINT, offset=0)
            return None
        lockstate = _read_lockstate(place.lockstate, verifier, seen)
        found = read_segments(place.private, seen) if place.private else []
        fits = not found or found[0].first <= checkpoint.size
        if not left or fits or place.source.read(CHECKPOINT, MAX_NOTE) == note:
            findings.found += seen.found
            return View(place, verifier, note, checkpoint, lockstate, found, witnessed=witnessed)
    return None


def _read_witnessed(source: Source, findings: Findings) -> bytes | None:
    try:
        return source.read(WITNESSED, MAX_NOTE)
    except NotPlain as error:
        findings.add(ExitCode.TAMPERED, _words(error), file=WITNESSED, offset=0)
        return None


def _read_lockstate(path: Path | None, verifier: Verifier, findings: Findings) -> Lockstate | None:
    if path is None:
        return None
    try:
        note = read_plain(path, MAX_NOTE)
        if note is not None:
            return open_lockstate(note, verifier)
        sentence = "the lockstate is missing: a cut tail could not be seen"
        findings.add(ExitCode.INCOMPLETE, sentence, file=path.name)
    except (LockstateInvalid, NotPlain) as error:
        findings.add(ExitCode.TAMPERED, _words(error), file=path.name, offset=0)
    return None


def _words(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else str(error)
