"""What an operator may ask about the self-audit, and what comes back."""

from typing import Annotated, ClassVar, Literal

import msgspec

from server.administration.act import Act, Answer, Word

Days = Annotated[int, msgspec.Meta(ge=1, le=3_660)]
Format = Literal["html", "json", "pdf"]


class ReportGiven(Answer, frozen=True, kw_only=True):
    """`content` is the file. `entry` is the index of the entry that announced it, and stands in it too; the entry that
    closes that one holds `sha256`. `exit_code`: the verifier's, or 1 if something else is to be mended."""

    content: bytes
    sha256: str
    entry: int
    exit_code: int
    to_mend: int
    sentence: str
    to_ms: int


class MakeReport(Act[ReportGiven], frozen=True, kw_only=True, tag="report.make"):
    """Recorded before it is given out. An empty `language` is the pages' first one."""

    answered_within_s: ClassVar[float] = 3_600.0  # a large log is read and verified whole

    days: Days
    format: Format
    language: Word = ""
