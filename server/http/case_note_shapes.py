"""Notes of a case, as JSON."""

from typing import Annotated

import msgspec

from server.http.shapes import Answer, Request
from session.chat import LONGEST


class WriteNote(Request, frozen=True, kw_only=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]


class NoteShown(Answer, frozen=True, kw_only=True):
    """`index`: the entry that it is. `name` and `number` are of the agent who wrote it; "" of one no longer known."""

    index: int
    at_ms: int
    name: str
    number: str
    text: str


class NotesShown(Answer, frozen=True, kw_only=True):
    """The latest first. `more`: there may be older ones, in the log only. `closed`: so many no key here opens."""

    notes: list[NoteShown]
    more: bool
    closed: int
