"""Whether a witness may cosign: the checks of C2SP tlog-witness, in their order. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.note import NoteInvalid, Verifier, open_by_any
from audit.tree import EMPTY_ROOT, ProofInvalid, check_consistency
from audit.witnesses.exchange import Request, Status

KnownLogs = Mapping[str, Sequence[Verifier]]  # by origin: every key that the log may sign with


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest head of a log that was cosigned; of a log that is new, the empty tree."""

    size: int = 0
    root: bytes = EMPTY_ROOT


def known_and_signed(request: Request, logs: KnownLogs) -> Status:
    """Before anything is looked up. COSIGNED: it may be judged by what is remembered."""
    keys = logs.get(request.head.origin)
    if not keys:
        return Status.UNKNOWN_LOG
    try:
        open_by_any(request.note, keys)
    except NoteInvalid:
        return Status.NOT_SIGNED
    if request.old > request.head.size:
        return Status.MALFORMED
    return Status.COSIGNED


def goes_on(request: Request, seen: Seen) -> Status:
    """COSIGNED: the checkpoint continues what was `seen`, which is to be replaced before the answer leaves."""
    head = request.head
    if request.old != seen.size:
        return Status.CONFLICT
    if head.size == seen.size and head.root != seen.root:
        return Status.CONFLICT
    try:
        if not seen.size:
            _begins(request)
        else:
            check_consistency(seen.size, head.size, request.proof, seen.root, head.root)
    except ProofInvalid:
        return Status.NOT_PROVED
    return Status.COSIGNED


def _begins(request: Request) -> None:
    if request.proof:
        raise ProofInvalid("nothing is proved from an empty tree")
