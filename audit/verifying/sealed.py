"""The seals as a verification meets them: read after the checkpoint, held against the tree and what was seen before."""

from collections.abc import Container

from audit.plain_file import NotPlain
from audit.report import ExitCode, Findings
from audit.seals.checking import FILE, SealsSeen, check_seals
from audit.seals.record import MAX_SEALS, Restart, whole_records
from audit.verifying.memory import Memory
from audit.verifying.rows import Rows
from audit.verifying.source import Source
from audit.verifying.view import View


def read_seals(source: Source, findings: Findings) -> bytes | None:
    """After the checkpoint, which is never far ahead of them. A record that is just being written is read once more.
    Raises OSError."""
    try:
        content = source.read(FILE, MAX_SEALS)
        if content is not None and len(whole_records(content)) < len(content):
            content = source.read(FILE, MAX_SEALS)
    except NotPlain as error:
        findings.add(ExitCode.TAMPERED, str(error.strerror), file=FILE, offset=0)
        return b""
    return content


def check_sealed(
    view: View,
    rows: Rows,
    memory: Memory | None,
    now_ms: int | None,
    accepted: Container[Restart],
    findings: Findings,
) -> tuple[SealsSeen | None, bool]:
    """What to remember, and whether more was sealed than is signed, as for a moment in a running log."""
    size = view.checkpoint.size
    seen = check_seals(
        view.seals,
        log_verifier=view.verifier,
        root_at=lambda count: rows.root(count) if count <= rows.size else None,
        size=size,
        now_ms=now_ms,
        seen=None if memory is None else memory.seals,
        accepted=accepted,
        findings=findings,
    )
    return seen, any(one.file == FILE and one.entry == size for one in findings.found)
