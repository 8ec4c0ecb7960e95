"""What witnesses have signed, held against the tree that a verification has read."""

from typing import Final

from audit.report import ExitCode, Findings
from audit.verifying.rows import Rows
from audit.verifying.view import View
from audit.witnesses.checking import Witnessed, check_witnessed
from audit.witnesses.policy import NONE, Policy

_NOBODY: Final = Policy((), (), (), NONE)


def check_shown(
    view: View, rows: Rows, policy: Policy | None, now_ms: int | None, findings: Findings
) -> Witnessed | None:
    """What is witnessed. Without a policy nobody need have signed, and still a checkpoint that the log itself signed
    for others must be one of this history. Without the verifier's clock `now_ms`, no entry may follow
    what was witnessed."""
    seen = Findings()
    found = check_witnessed(
        view.witnessed,
        policy=policy or _NOBODY,
        log_verifier=view.verifier,
        root_at=lambda count: rows.root(count) if count <= rows.size else None,
        size=view.checkpoint.size,
        now_ms=now_ms or 0,
        findings=seen,
    )
    for one in seen.found:
        if policy is not None or one.code is not ExitCode.WITNESS_MISSING:
            findings.add(one.code, one.sentence, entry=one.entry, file=one.file, offset=one.offset)
    return None if policy is None else found
