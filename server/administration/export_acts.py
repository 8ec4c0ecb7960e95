"""What an operator may ask to take out of the log, piece by piece, and what comes back."""

from typing import ClassVar, Literal

from server.administration.act import Act, Answer, Line, Word
from server.administration.search_acts import Index, SearchLog


class ExportBegun(Answer, frozen=True, kw_only=True):
    """`export` is the index of the entry that records it. Entries `start` <= index < `stop` are looked at."""

    export: int
    start: int
    stop: int


class ExportPiece(Answer, frozen=True, kw_only=True):
    """`position`: up to which entry it has come. With the last piece `over` is true, and `count`, `closed` and `sha256`
    are told: lines before the ending, entries that no key here opens, and the hash of the whole file, as the log has
    it."""

    content: bytes
    position: int
    over: bool
    count: int
    closed: int
    sha256: str


class ExportLeft(Answer, frozen=True, kw_only=True):
    pass


class ExportLine(Answer, frozen=True, kw_only=True):
    """One export as the log has it. `entry` is its intent's index; `what` is log or evidence; `state` is begun, done,
    failed or unknown. `concerning`: how many entries in it concern the customer that was asked about."""

    entry: int
    at_ms: int
    by: str
    what: Literal["log", "evidence"]
    format: str
    start: int
    stop: int
    wanted: dict[str, str | int | bool]
    state: str
    entries: int | None
    sha256: str | None
    concerning: int | None


class ExportList(Answer, frozen=True, kw_only=True):
    """Oldest first."""

    exports: list[ExportLine]


class BeginExport(Act[ExportBegun], frozen=True, kw_only=True, tag="log.export.begin"):
    """Recorded before anything leaves. Of `wanted` all but `before` and `limit` counts; `stop` is exclusive."""

    format: Literal["jsonl", "ocsf", "cef"]
    wanted: SearchLog
    start: Index = 0
    stop: Index = 2**53 - 1


class NextPiece(Act[ExportPiece], frozen=True, kw_only=True, tag="log.export.next"):
    export: Index


class LeaveExport(Act[ExportLeft], frozen=True, kw_only=True, tag="log.export.leave"):
    """It is recorded as failed, unless it is over."""

    export: Index


class ListExports(Act[ExportList], frozen=True, kw_only=True, tag="log.exports.list"):
    """Recorded. With `customer`, a reference or pseudonym, only those that hold entries about them."""

    customer: Word | None = None


class EvidenceGiven(Answer, frozen=True, kw_only=True):
    """`content` is the file; `entry` is its intent's index, and the entry that closes that one holds `sha256`."""

    content: bytes
    sha256: str
    entry: int
    entries: int


class MakeEvidence(Act[EvidenceGiven], frozen=True, kw_only=True, tag="log.evidence"):
    """Recorded with the reason before anything leaves."""

    answered_within_s: ClassVar[float] = 600.0

    session: Word
    reason: Line


ExportAct = BeginExport | NextPiece | LeaveExport | ListExports | MakeEvidence
