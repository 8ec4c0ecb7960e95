"""How a copy of a log stands to a lockstate that outlived it: what is missing, and how a loss is declared.

The lockstate never goes back. Where it knows of more entries than a copy holds, only an operator who declares the
loss may go on, and what is declared becomes an entry. The tree then grows other entries at those indices, so every
verifier that remembers the lost ones reports a roll-back, for ever: nothing is hidden by a declaration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.disk import Disk
from audit.lockstate import Lockstate, LockstateInvalid, open_lockstate
from audit.note import Signer, Verifier
from audit.public import PublicDamaged, PublicFolder
from audit.recover import LogRefused, Recovered, recover
from audit.report import ExitCode, Report
from audit.seals.checking import FILE as SEALS
from audit.tile import node_from_tiles
from audit.tree import frontier_at
from audit.verify import verify_folder


class OtherHistory(Exception):
    """The lockstate and the copy are of different histories, or of different logs. No declaration mends that."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`size` and `root` are of all that the copy holds. `note` is the lockstate to go on from: the further one of the
    copy's own and the surviving one; where entries are `missing`, the surviving one."""

    size: int
    root: bytes
    note: bytes
    lockstate: Lockstate

    @property
    def missing(self) -> range:
        """The indices of entries that were signed and that the copy does not hold."""
        return range(self.size, max(self.size, self.lockstate.size))


def check_copy(folder: Path, verifier_key: str) -> Report:
    """Verifies a copy that is written by nobody. Entries that are durable and not yet signed are good here, as are
    those in the emergency segment: a start takes them in. So are seals that end early, or are not there yet: a start
    goes on with them, and their age and who accepted what is for those who verify the log that then runs."""
    report = verify_folder(folder, verifier_key=verifier_key)
    waiting = not report.more and all(
        finding.code is ExitCode.INCOMPLETE
        and (finding.entry == report.size or finding.file in {"private/emergency.wal", SEALS})
        for finding in report.findings
    )
    if report.exit_code != ExitCode.INCOMPLETE or not waiting or not report.durable:
        return report
    sentence = f"Good: {report.durable} entries, {report.durable - report.size} of them not yet signed."
    return Report(ExitCode.GOOD, sentence, (), report.size, report.root, report.durable)


def standing(folder: Path, verifier: Verifier, surviving: Sequence[bytes]) -> Standing:
    """Of the copy in `folder`, with its own lockstate in it, to those that survived elsewhere.

    Raises OtherHistory, LogRefused, OSError.
    """
    own = (folder / "lockstate").read_bytes()
    public = PublicFolder(folder / "public", folder, Disk())
    found = recover(folder / "private" / "wal", public, own, verifier)
    size, root = found.frontier.size, found.frontier.root()
    try:
        opened = [(open_lockstate(note, verifier), note) for note in (own, *surviving)]
    except LockstateInvalid as error:
        raise OtherHistory(f"The lockstate that survived is not one of this log: {error}.") from error
    for lockstate, _ in opened:
        if lockstate.size <= size and _root_at(lockstate.size, found, public) != lockstate.root:
            raise OtherHistory(
                f"The first {lockstate.size} entries of the copy are not those that the lockstate signed: "
                "they come from different histories of this log. Use a backup that was taken later."
            )
    furthest, note = max(opened, key=lambda one: (one[0].size, one[0].fence))
    return Standing(size, root, note, furthest)


def declared(found: Standing, signer: Signer) -> bytes:
    """The lockstate with which a log goes on at the copy's end although more was signed. Whoever puts it in place has
    made the declaration durable in the log before."""
    return Lockstate(signer.name, found.lockstate.fence, found.size, found.root).sign(signer)


def _root_at(size: int, found: Recovered, public: PublicFolder) -> bytes:
    published = found.edge.size
    try:
        if size <= published:
            return frontier_at(
                size, node_from_tiles(lambda level, i: public.hashes(level, i, published))
            ).root()
    except (PublicDamaged, ValueError) as error:
        raise LogRefused(f"the copy's tiles do not hold: {error}") from error
    frontier = found.edge.frontier()
    for digest in (digest for batch in found.pending for digest in batch.digests):
        if frontier.size == size:
            break
        frontier.append(digest)
    return frontier.root()
