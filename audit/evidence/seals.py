"""The seals of a bundle: the chain up to the checkpoint, tied to it by one proof. Pure."""

import base64
import binascii
from dataclasses import dataclass

from audit.checkpoint import Checkpoint
from audit.evidence import manifest as names
from audit.note import Verifier
from audit.report import ExitCode, Findings
from audit.seals.checking import EVERY_RESTART, check_seals
from audit.seals.record import Record, RecordInvalid, parse_record, split_records
from audit.tree import EMPTY_ROOT, HASH_SIZE, ProofInvalid, check_consistency


class SealsRefused(Exception):
    """The seals do not hold; `code` as of a verification."""

    def __init__(self, code: ExitCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class SealsHeld:
    """The first `size` entries are those that the last seal was made over, at `at_ms` by the log's clock. `restarts`:
    how often the chain began anew; whether rightly, only those know who were told."""

    size: int
    at_ms: int
    restarts: int
    members: frozenset[str]


def check_bundled_seals(
    content: bytes, proof: bytes | None, verifier: Verifier, checkpoint: Checkpoint
) -> SealsHeld:
    """Raises SealsRefused."""
    last = _last(content)
    known = {checkpoint.size: checkpoint.root, 0: EMPTY_ROOT}
    if 0 < last.size < checkpoint.size:
        _check_prefix(last, proof, checkpoint)
        known[last.size] = last.root
    elif proof is not None:
        raise SealsRefused(ExitCode.TAMPERED, "there is a proof that proves nothing")
    findings = Findings()
    seen = check_seals(
        content,
        log_verifier=verifier,
        root_at=known.get,
        size=checkpoint.size,
        now_ms=None,
        seen=None,
        accepted=EVERY_RESTART,
        findings=findings,
    )
    if findings.found or seen is None:
        worst = findings.report(checkpoint.size, checkpoint.root, 0, "")
        raise SealsRefused(ExitCode(worst.exit_code), worst.sentence)
    members = {names.SEALS} | (set() if proof is None else {names.SEALS_PROOF})
    return SealsHeld(last.size, last.at_ms, len(seen.restarts), frozenset(members))


def _last(content: bytes) -> Record:
    try:
        placed = list(split_records(content))
        return parse_record(placed[-1].data)
    except (RecordInvalid, IndexError) as error:
        raise SealsRefused(ExitCode.TAMPERED, f"they cannot be read: {error}") from error


def _check_prefix(last: Record, proof: bytes | None, checkpoint: Checkpoint) -> None:
    try:
        hashes = [_digest(line) for line in (proof or b"").splitlines(keepends=True)]
        check_consistency(last.size, checkpoint.size, hashes, last.root, checkpoint.root)
    except ProofInvalid as error:
        raise SealsRefused(ExitCode.TAMPERED, f"the last one is not of this log's tree: {error}") from error


def _digest(line: bytes) -> bytes:
    try:
        raw = base64.b64decode(line.removesuffix(b"\n"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProofInvalid("a line of its proof is not base64") from error
    if len(raw) != HASH_SIZE or base64.b64encode(raw) + b"\n" != line:
        raise ProofInvalid("a line of its proof is no hash in its canonical form")
    return raw
