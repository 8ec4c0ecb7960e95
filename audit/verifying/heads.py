"""The signed heads that are held against the tree: the log's own lockstate, and what a verifier remembers."""

from audit.report import ExitCode, Findings
from audit.verifying.memory import Memory
from audit.verifying.rows import Rows
from audit.verifying.view import View


def check_lockstate(view: View, rows: Rows, durable: int, findings: Findings) -> None:
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


def check_memory(memory: Memory | None, view: View, rows: Rows, findings: Findings) -> int:
    """How many entries are proved to be those that were seen before, and need not be read again: 0 where the memory
    does not say enough for that."""
    if memory is None:
        return 0
    seen, here = memory.head, view.checkpoint.size
    root = rows.root(seen.size) if seen.size <= here else None
    if seen.size > here:
        sentence = f"{seen.size} entries were seen before, and only {here} are here: the tail was cut"
        findings.add(ExitCode.ROLLED_BACK, sentence, entry=here)
    elif root not in (None, seen.root):
        sentence = f"the first {seen.size} entries are not those that were seen before"
        findings.add(ExitCode.ROLLED_BACK, sentence)
    proved = rows.proved and root == seen.root
    return seen.size if proved and memory.frontier is not None else 0
