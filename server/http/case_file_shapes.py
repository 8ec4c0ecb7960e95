"""Officers' case files, as JSON."""

from typing import Annotated, Literal

import msgspec

from server.http.shapes import Answer, Request
from server.signalling.messages import FlagShown
from support.case_file import LONGEST_NOTE, LONGEST_REASON, LONGEST_TITLE

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TITLE)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]
Named = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
FindingName = Literal["confirmed", "dismissed", "inconclusive"]


class OpenFile(Request, frozen=True, kw_only=True):
    """`title` is one line without customers' names; it is recorded. `flag`: its id, of the one that it begins with."""

    title: Title
    flag: Named | None = None


class FileOpened(Answer, frozen=True, kw_only=True):
    id: str


class AddToFile(Request, frozen=True, kw_only=True):
    """`named`: a flag's id, an entry's index in decimal digits, or a session's id."""

    kind: Literal["flag", "entry", "session"]
    named: Named


class WriteFileNote(Request, frozen=True, kw_only=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NOTE)]


class FileNoteWritten(Answer, frozen=True, kw_only=True):
    """`index`: the entry that it is."""

    index: int


class CloseFile(Request, frozen=True, kw_only=True):
    """`reason`: what was found, in one line; it is recorded. A finding that confirms or dismisses is given to the
    file's flags that have no verdict yet."""

    finding: FindingName
    reason: Reason


class TakeFileOut(Request, frozen=True, kw_only=True):
    """`reason`: what it is for, in one line; it is recorded."""

    reason: Reason


class OfficerNamed(Answer, frozen=True, kw_only=True):
    """Empty for somebody no longer known."""

    name: str
    number: str


class FileClosing(Answer, frozen=True, kw_only=True):
    finding: FindingName
    reason: str
    officer: OfficerNamed
    at_ms: int


class FileRow(Answer, frozen=True, kw_only=True):
    """`items`: how many it holds. `closing` is null while it is open."""

    id: str
    title: str
    opened_by: OfficerNamed
    opened_at_ms: int
    items: int
    closing: FileClosing | None


class FileItem(Answer, frozen=True, kw_only=True):
    """`flag` of a flag, `text` of a note, `event` and `event_at_ms` of an entry; null where nothing opens it any more.
    `index`: the entry that records the addition."""

    kind: Literal["flag", "entry", "session", "note"]
    named: str
    index: int
    officer: OfficerNamed
    at_ms: int
    flag: FlagShown | None = None
    text: str | None = None
    event: str | None = None
    event_at_ms: int | None = None


class FileShown(FileRow, frozen=True, kw_only=True):
    """`contents` in the order of their additions."""

    contents: list[FileItem]
