"""The bytes of an export, piece by piece, with what the ending says of them. Pure, and flat in memory."""

import hashlib
from collections.abc import Sequence

from audit.export.ending import Ending
from audit.export.formats import LineWriter
from audit.export.record import record_of
from audit.export.selection import Selection
from audit.ports import OpenedEntry


class Exporting:
    """`position` is the index that comes next; `count` lines and `size` bytes have been given out."""

    def __init__(self, selection: Selection, writer: LineWriter, origin: str, intent: int) -> None:
        self._writer, self._origin, self._intent = writer, origin, intent
        self._digest = hashlib.sha256()
        self.selection = selection
        self.position = selection.start
        self.count = self.unreadable = self.size = 0

    @property
    def sha256(self) -> str:
        """Hex, of all bytes given out so far."""
        return self._digest.hexdigest()

    def take(self, entries: Sequence[OpenedEntry]) -> bytes:
        """The lines of the entries that come next, in order and without a gap. Raises ValueError for others."""
        lines = []
        for entry in entries:
            if entry.index != self.position:
                raise ValueError(f"entry {entry.index} was given where {self.position} comes next")
            self.position += 1
            self.unreadable += entry.event is None
            if self.selection.takes(entry):
                lines.append(self._writer.line(record_of(entry)))
        self.count += len(lines)
        return self._given(b"".join(lines))

    def end(self, checkpoint: str | None, now_ms: int) -> bytes:
        """The last line. Raises ValueError if there is more to come."""
        if self.position != self.selection.stop:
            raise ValueError("there is more to come")
        ending = Ending(
            ending="tachiai-export/v1",
            format=self._writer.format.value,
            origin=self._origin,
            start=self.selection.start,
            stop=self.selection.stop,
            wanted=self.selection.query.facts(),
            count=self.count,
            unreadable=self.unreadable,
            sha256=self.sha256,
            intent=self._intent,
            made_at_ms=now_ms,
            checkpoint=checkpoint,
        )
        return self._given(self._writer.last_line(ending))

    def _given(self, data: bytes) -> bytes:
        self._digest.update(data)
        self.size += len(data)
        return data
