"""Verifies a log's folder, or a copy of its public part, with nothing but the verifier key.

No decryption key and no server: whoever holds `public/` can run this. In order: the checkpoint's signature; every
entry rehashed, every tile compared; the laws over entries; the write-ahead log, where it is at hand; lockstate and
the verifier's own state against rollback and split views; files that do not belong.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.lockstate import Lockstate, LockstateInvalid, open_lockstate
from audit.note import MAX_NOTE, KeyInvalid, Verifier
from audit.plain_file import NotPlain, read_plain
from audit.report import ExitCode, Finding, Findings, Report
from audit.tree import EMPTY_ROOT
from audit.verify_entries import EntryLaws
from audit.verify_evidence import Evidence
from audit.verify_private import (
    Segment,
    WalCheck,
    check_emergency,
    check_spare,
    leaf_hashes,
    read_segments,
)
from audit.verify_rows import Rows
from audit.verify_tree import TreeCheck

_LOOKS: Final = 8
_BLIND: Final = (
    " Without an earlier state (--state), an older copy of the whole folder looks the same, and so does a history "
    "that whoever holds the signing key has written anew."
)

__all__ = ["ExitCode", "Finding", "Report", "verify_folder"]


def verify_folder(
    folder: Path, *, verifier_key: str, state: Path | None = None, lockstate: Path | None = None
) -> Report:
    """`folder` is the log's, or its public part. `state` is the verifier's memory of the last checkpoint seen: read if
    it is there, written after a good verification. `lockstate` is the log's own unless given."""
    findings = Findings()
    try:
        verifier = Verifier.parse(verifier_key.strip())
        public = folder / "public" if (folder / "public").is_dir() else folder
        if not public.is_dir():
            return _unusable(f"there is no folder {folder}")
        private = folder / "private" if public != folder and (folder / "private").is_dir() else None
        lockstate = lockstate or (folder / "lockstate" if private else None)
        seen = _read_state(state, verifier)
        view = _look(public, private, lockstate, verifier, findings)
        if view is None:
            return findings.report(0, EMPTY_ROOT, 0, "")
        return _verify(view, seen, state, findings)
    except KeyInvalid as error:
        return _unusable(str(error))
    except CheckpointInvalid as error:
        return _unusable(f"the state file {state} is not this log's: {error}")
    except OSError as error:
        return _unusable(f"{error.filename or folder} cannot be used: {error.strerror or error}")


@dataclass(slots=True)
class _View:
    """What was read at the start, in an order that a running writer cannot confuse."""

    public: Path
    private: Path | None
    verifier: Verifier
    note: bytes
    checkpoint: Checkpoint
    lockstate: Lockstate | None
    lockstate_file: Path | None
    segments: list[Segment] = field(default_factory=list)


def _verify(view: _View, seen: Checkpoint | None, state: Path | None, findings: Findings) -> Report:
    head = view.checkpoint
    laws = EntryLaws(findings)
    evidence = Evidence(view.public, head.size, leaf_hashes(view.segments))
    rows = Rows(evidence, head.root, findings)
    tree = TreeCheck(evidence, rows, laws, findings)
    tree.run()
    if not rows.proved and not findings.tampered and (rows.whole or not findings.found):
        sentence = f"the {head.size} entries are consistent, but they are not those that were signed"
        findings.add(ExitCode.TAMPERED, sentence, file="checkpoint")
    durable = _check_private(view, rows, laws, findings)
    laws.finish()
    _check_lockstate(view, rows, durable, findings)
    _check_state(seen, head, rows, findings)
    late = tree.other_files()
    if late and not _moved_on(view):
        findings.add(ExitCode.INCOMPLETE, f"{len(late)} files go beyond what was signed", file=late[0])
    if durable > head.size:
        sentence = f"{durable - head.size} entries from entry {head.size} on are durable, but not yet signed"
        findings.add(ExitCode.INCOMPLETE, sentence, entry=head.size)
    if not head.size and not findings.found:
        findings.add(ExitCode.INCOMPLETE, "there is nothing to verify: the log is empty")
    report = _conclude(view, seen, state, durable, findings)
    return replace(report, ahead=bool(late) or durable > head.size)


def _check_private(view: _View, rows: Rows, laws: EntryLaws, findings: Findings) -> int:
    """How many entries are durable."""
    if view.private is None:
        return view.checkpoint.size
    signed = max(view.checkpoint.size, view.lockstate.size if view.lockstate else 0)
    durable = WalCheck(signed, rows, laws, findings).run(view.segments)
    check_emergency(view.private, findings)
    check_spare(view.private, findings)
    return durable


def _conclude(
    view: _View, seen: Checkpoint | None, state: Path | None, durable: int, findings: Findings
) -> Report:
    head = view.checkpoint
    good = (
        f"Good: {head.size} entries of {head.origin}, root {head.root.hex()}; all are those that were signed."
    )
    good += _BLIND if seen is None else f" They go on from the {seen.size} that were seen before."
    report = findings.report(head.size, head.root, durable, good)
    if report.exit_code == ExitCode.GOOD and state is not None:
        Disk().create(state, view.note, temporary=state.with_name(state.name + ".new"), mode=0o644)
    return report


def _look(
    public: Path, private: Path | None, lockstate_file: Path | None, verifier: Verifier, findings: Findings
) -> _View | None:
    """The checkpoint before the segments, which a running writer removes once they are published; so it is read
    again until both fit."""
    for left in reversed(range(_LOOKS)):
        try:
            note = _read(public / "checkpoint")
            if note is None:
                findings.add(
                    ExitCode.INCOMPLETE, "there is nothing to verify: no checkpoint", file="checkpoint"
                )
                return None
            checkpoint = open_checkpoint(note, verifier)
        except (CheckpointInvalid, NotPlain) as error:
            findings.add(ExitCode.TAMPERED, _words(error), file="checkpoint", offset=0)
            return None
        seen = Findings()
        lockstate = _read_lockstate(lockstate_file, verifier, seen)
        found = read_segments(private, seen) if private else []
        if not left or not found or found[0].first <= checkpoint.size or _read(public / "checkpoint") == note:
            findings.found += seen.found
            return _View(public, private, verifier, note, checkpoint, lockstate, lockstate_file, found)
    return None


def _read_lockstate(path: Path | None, verifier: Verifier, findings: Findings) -> Lockstate | None:
    if path is None:
        return None
    try:
        note = _read(path)
        if note is not None:
            return open_lockstate(note, verifier)
        sentence = "the lockstate is missing: a cut tail could not be seen"
        findings.add(ExitCode.INCOMPLETE, sentence, file=path.name)
    except (LockstateInvalid, NotPlain) as error:
        findings.add(ExitCode.TAMPERED, _words(error), file=path.name, offset=0)
    return None


def _check_lockstate(view: _View, rows: Rows, durable: int, findings: Findings) -> None:
    lockstate = view.lockstate
    if lockstate is None:
        return
    if lockstate.size > durable:
        sentence = f"{lockstate.size} entries were signed, and only {durable} are here: the tail was cut"
        findings.add(ExitCode.ROLLED_BACK, sentence, entry=durable)
    elif lockstate.size < view.checkpoint.size:
        sentence = (
            f"the lockstate knows of {lockstate.size} entries, the checkpoint of {view.checkpoint.size}"
        )
        findings.add(ExitCode.ROLLED_BACK, sentence, file="lockstate")
    elif rows.root(lockstate.size) not in (None, lockstate.root):
        sentence = f"the first {lockstate.size} entries are not those of the lockstate"
        findings.add(ExitCode.ROLLED_BACK, sentence, file="lockstate")


def _read_state(state: Path | None, verifier: Verifier) -> Checkpoint | None:
    note = None if state is None else _read(state)
    return None if note is None else open_checkpoint(note, verifier)


def _check_state(seen: Checkpoint | None, head: Checkpoint, rows: Rows, findings: Findings) -> None:
    if seen is None:
        return
    if seen.size > head.size:
        sentence = f"{seen.size} entries were seen before, and only {head.size} are here: the tail was cut"
        findings.add(ExitCode.ROLLED_BACK, sentence, entry=head.size)
    elif rows.root(seen.size) not in (None, seen.root):
        sentence = f"the first {seen.size} entries are not those that were seen before"
        findings.add(ExitCode.ROLLED_BACK, sentence)


def _moved_on(view: _View) -> bool:
    """Whether a writer has signed more since, so that the files which came meanwhile are the next check's matter."""
    note = None if view.lockstate_file is None else _read(view.lockstate_file)
    try:
        if note is not None and view.lockstate is not None:
            return open_lockstate(note, view.verifier).size > view.lockstate.size
    except LockstateInvalid:
        return False
    return _read(view.public / "checkpoint") != view.note


def _read(path: Path) -> bytes | None:
    return read_plain(path, MAX_NOTE)


def _words(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else str(error)


def _unusable(sentence: str) -> Report:
    findings = Findings()
    findings.add(ExitCode.USAGE, sentence)
    return findings.report(0, EMPTY_ROOT, 0, "")
