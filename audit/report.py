"""What a verification found. Pure."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from audit.printable import printable

if TYPE_CHECKING:  # it adds findings of this module
    from audit.witnesses.checking import Witnessed

MOST_FINDINGS: Final = 100
MOST_A_FILE: Final = 20  # so that one file with much wrong in it does not hide the next


class ExitCode(IntEnum):
    """ "Nothing to verify" is never GOOD. WITNESS_MISSING is for witness policies."""

    GOOD = 0
    USAGE = 2
    TAMPERED = 10
    ROLLED_BACK = 11
    WITNESS_MISSING = 12
    INCOMPLETE = 13


_WEIGHT: Final = [
    ExitCode.USAGE,
    ExitCode.TAMPERED,
    ExitCode.ROLLED_BACK,
    ExitCode.WITNESS_MISSING,
    ExitCode.INCOMPLETE,
]
_MEANING: Final = {
    ExitCode.USAGE: "Not verified",
    ExitCode.TAMPERED: "Tampered",
    ExitCode.ROLLED_BACK: "Rolled back or split",
    ExitCode.WITNESS_MISSING: "Not witnessed",
    ExitCode.INCOMPLETE: "Incomplete",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`entry` is an index or None; `file` is below the verified folder ("" for none) with `offset` in bytes."""

    code: ExitCode
    sentence: str
    entry: int | None = None
    file: str = ""
    offset: int | None = None

    def document(self) -> dict[str, object]:
        """`entry` and `offset` are null, and `file` is empty, where nothing is said of them."""
        return {
            "code": int(self.code),
            "sentence": self.sentence,
            "entry": self.entry,
            "file": self.file,
            "offset": self.offset,
        }

    def __str__(self) -> str:
        place = (
            ""
            if not self.file
            else f" ({self.file}" + ("" if self.offset is None else f", byte {self.offset}") + ")"
        )
        return f"{self.sentence}{place}"


@dataclass(frozen=True, slots=True)
class Report:
    """`size` and `root` are the checkpoint's; `durable` counts the entries seen, also those after the checkpoint.
    `ahead` tells that something lies beyond the checkpoint, as in a log that is being written. `start` is the first
    entry that was read; those before it are proved to be the ones of an earlier look. `memory` is what to keep of this.
    `more` counts what was found beyond `findings`. `witnessed` is what witnesses were shown; None without a
    policy."""

    exit_code: int
    sentence: str
    findings: tuple[Finding, ...]
    size: int
    root: bytes
    durable: int
    ahead: bool = False
    start: int = 0
    memory: bytes = b""
    more: int = 0
    witnessed: "Witnessed | None" = None

    def document(self) -> dict[str, object]:
        """For programs: what `--json` prints."""
        return {
            "exit_code": int(self.exit_code),
            "result": ExitCode(self.exit_code).name,
            "sentence": self.sentence,
            "size": self.size,
            "root": self.root.hex(),
            "durable": self.durable,
            "read_from": self.start,
            "witnessed": None if self.witnessed is None else self.witnessed.document(),
            "findings": [finding.document() for finding in self.findings],
            "more_findings": self.more,
        }


@dataclass(slots=True)
class Findings:
    """Collects, and keeps memory flat however much is wrong. The first finding of each code is always kept: what is
    left out must never make the answer milder."""

    found: list[Finding] = field(default_factory=list)
    more: int = 0

    def add(
        self,
        code: ExitCode,
        sentence: str,
        *,
        entry: int | None = None,
        file: str = "",
        offset: int | None = None,
    ) -> None:
        sentence, file = printable(sentence), printable(file)  # they may hold names that somebody else chose
        in_file = sum(1 for finding in self.found if file and finding.file == file)
        known = any(finding.code is code for finding in self.found)
        if not known or (len(self.found) < MOST_FINDINGS and in_file < MOST_A_FILE):
            self.found.append(Finding(code, sentence, entry, file, offset))
        else:
            self.more += 1

    @property
    def tampered(self) -> bool:
        return any(finding.code is ExitCode.TAMPERED for finding in self.found)

    def report(self, size: int, root: bytes, durable: int, good: str) -> Report:
        codes = {finding.code for finding in self.found}
        worst = next((code for code in _WEIGHT if code in codes), ExitCode.GOOD)
        if worst is ExitCode.GOOD:
            return Report(0, good, (), size, root, durable)
        first = next(finding for finding in self.found if finding.code is worst)
        others = len(self.found) + self.more - 1
        rest = f" And {others} more." if others else ""
        sentence = f"{_MEANING[worst]}: {first}.{rest}"
        return Report(worst, sentence, tuple(self.found), size, root, durable, more=self.more)
