"""Verifies a log's folder, or a copy of its public part, with nothing but the verifier key.

No decryption key and no server: whoever holds `public/` can run this. In order: the checkpoint's signature; the
verifier's own memory against rollback and split views; every entry rehashed, every tile compared; the laws over
entries; the write-ahead log, where it is at hand; the lockstate; the seals; the witnesses; files that do not belong.
"""

from collections.abc import Container
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audit.note import KeyInvalid, Verifier
from audit.report import ExitCode, Finding, Findings, Report
from audit.seals.record import Restart
from audit.tree import EMPTY_ROOT
from audit.verifying.entry_laws import EntryLaws
from audit.verifying.evidence import Evidence
from audit.verifying.heads import check_lockstate, check_memory
from audit.verifying.memory import Memory, MemoryInvalid, encode_memory, read_memory, write_memory
from audit.verifying.private import WalCheck, check_emergency, check_spare, leaf_hashes
from audit.verifying.rows import Rows
from audit.verifying.sealed import check_sealed, read_seals
from audit.verifying.source import FolderSource
from audit.verifying.tree_check import Progress, TreeCheck
from audit.verifying.view import Place, View, look
from audit.verifying.witnessed import check_shown
from audit.witnesses.checking import Witnessed
from audit.witnesses.policy import Policy

_OLDER: Final = " Without an earlier state (--state), an older copy of the whole folder looks the same"
_ANEW: Final = (
    ", and so does a history that whoever holds the signing key has written anew from its first seal on"
)

__all__ = ["Asked", "ExitCode", "Finding", "Report", "place_of", "verify_folder", "verify_place"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verification is to hold the log against. `state` is the verifier's memory: read if it is there, written
    after a good verification; entries that it proves are read again only if `full`. `now_ms` is the verifier's clock:
    without it nobody asks how old the last seal is, and no entry may follow what was witnessed. `accepted` are restarts
    of the seals that somebody answers for. `policy` says which witnesses are enough."""

    state: Path | None = None
    full: bool = False
    progress: Progress = lambda _, __: None
    now_ms: int | None = None
    accepted: Container[Restart] = frozenset()
    policy: Policy | None = None


def verify_folder(
    folder: Path,
    *,
    verifier_key: str,
    state: Path | None = None,
    lockstate: Path | None = None,
    full: bool = False,
    now_ms: int | None = None,
    accepted: Container[Restart] = frozenset(),
) -> Report:
    """`folder` is the log's, or its public part. `lockstate` is the log's own unless given. The rest as in `Asked`."""
    asked = Asked(state, full, now_ms=now_ms, accepted=accepted)
    place = place_of(folder, lockstate)
    return (
        _unusable(f"there is no folder {folder}")
        if place is None
        else verify_place(place, verifier_key, asked)
    )


def place_of(folder: Path, lockstate: Path | None = None) -> Place | None:
    """None where there is no such folder."""
    public = folder / "public" if (folder / "public").is_dir() else folder
    if not public.is_dir():
        return None
    private = folder / "private" if public != folder and (folder / "private").is_dir() else None
    return Place(FolderSource(public), private, lockstate or (folder / "lockstate" if private else None))


def verify_place(place: Place, verifier_key: str, asked: Asked) -> Report:
    findings = Findings()
    try:
        verifier = Verifier.parse(verifier_key.strip())
        if asked.policy is not None and not asked.policy.accepts(verifier):
            return _unusable(f"the policy is not for the log {verifier.name} with this key")
        memory = None if asked.state is None else read_memory(asked.state, verifier)
        view = look(place, verifier, findings)
        if view is None:
            return findings.report(0, EMPTY_ROOT, 0, "")
        view.seals = read_seals(place.source, findings)
        report = _Verification(view, memory, asked, findings).run(asked.progress)
        if report.exit_code == ExitCode.GOOD and asked.state is not None:
            write_memory(asked.state, report.memory)
    except (KeyInvalid, MemoryInvalid) as error:
        return _unusable(str(error))
    except OSError as error:
        return _unusable(f"{error.filename or 'the log'} cannot be used: {error.strerror or error}")
    return report


class _Verification:
    """One look at one view of a log."""

    def __init__(self, view: View, memory: Memory | None, asked: Asked, findings: Findings) -> None:
        self._view, self._memory, self._asked, self._findings = view, memory, asked, findings
        head = view.checkpoint
        evidence = Evidence(view.place.source, head.size, leaf_hashes(view.segments))
        self._rows = Rows(evidence, head.root, findings)
        proved = check_memory(memory, view, self._rows, findings)
        self._known = 0 if asked.full else proved
        self._laws = EntryLaws(findings, memory.emitters if self._known and memory else None)
        self._tree = TreeCheck(evidence, self._rows, self._laws, findings, self._known)

    def run(self, progress: Progress) -> Report:
        view, rows, head = self._view, self._rows, self._view.checkpoint
        self._tree.run(progress)
        keep = Memory(view.note, head, rows.frontier(head.size), self._laws.emitters)
        if not rows.proved and not self._findings.tampered and (rows.whole or not self._findings.found):
            sentence = f"the {head.size} entries are consistent, but they are not those that were signed"
            self._findings.add(ExitCode.TAMPERED, sentence, file="checkpoint")
        durable = self._check_private()
        self._laws.finish()
        check_lockstate(view, rows, durable, self._findings)
        seals, sealed_ahead = check_sealed(
            view, rows, self._memory, self._asked.now_ms, self._asked.accepted, self._findings
        )
        shown = check_shown(view, rows, self._asked.policy, self._asked.now_ms, self._findings)
        ahead = self._check_end(durable) or sealed_ahead
        report = self._findings.report(head.size, head.root, durable, self._good(shown))
        memory = encode_memory(replace(keep, seals=seals))
        return replace(report, ahead=ahead, start=self._known, memory=memory, witnessed=shown)

    def _check_private(self) -> int:
        """How many entries are durable."""
        view, private = self._view, self._view.place.private
        if private is None:
            return view.checkpoint.size
        signed = max(view.checkpoint.size, view.lockstate.size if view.lockstate else 0)
        durable = WalCheck(signed, self._rows, self._laws, self._findings).run(view.segments)
        check_emergency(private, self._findings)
        check_spare(private, self._findings)
        return durable

    def _check_end(self, durable: int) -> bool:
        """Whether something lies beyond what is signed."""
        size, add = self._view.checkpoint.size, self._findings.add
        late = self._tree.other_files()
        if late and not self._view.moved_on():
            add(ExitCode.INCOMPLETE, f"{len(late)} files go beyond what was signed", file=late[0])
        if durable > size:
            sentence = f"{durable - size} entries from entry {size} on are durable, but not yet signed"
            add(ExitCode.INCOMPLETE, sentence, entry=size)
        if not size and not self._findings.found:
            add(ExitCode.INCOMPLETE, "there is nothing to verify: the log is empty")
        return bool(late) or durable > size

    def _good(self, shown: Witnessed | None) -> str:
        head = self._view.checkpoint
        good = f"Good: {head.size} entries of {head.origin}, root {head.root.hex()}; all are those that were signed."
        if shown is not None and shown.times:
            good += f" {shown.named} signed the first {shown.checkpoint.size}."
        if self._memory is None:
            return f"{good}{_OLDER}{'' if shown is not None and shown.times else _ANEW}."
        good += f" They go on from the {self._memory.head.size} that were seen before"
        return good + (", which were not read again (--full reads all)." if self._known else ".")


def _unusable(sentence: str) -> Report:
    findings = Findings()
    findings.add(ExitCode.USAGE, sentence)
    return findings.report(0, EMPTY_ROOT, 0, "")
