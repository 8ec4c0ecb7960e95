"""Taking entries out of the log, as a file: the entry that says so is durable before the first byte leaves."""

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audit.event import Actor, Event, EventName, Fact, Outcome
from audit.export.exporting import Exporting
from audit.export.formats import Format, LineWriter
from audit.export.selection import Selection
from audit.log import AuditLog
from audit.note import MAX_NOTE
from audit.plain_file import read_plain
from audit.ports import LogUnavailable
from audit.search.query import Query
from server.case_file_entries import withheld
from server.version import VERSION
from session.ports import Clock

AT_ONCE: Final = 4
PIECE: Final = 256  # entries
IDLE_S: Final = 600.0  # then nobody comes back for the next piece
END: Final = 2**53 - 1


class ExportsBusy(Exception):
    """As many as may be are under way."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Entries `start` <= index < `stop`; at most those that were there when it was asked."""

    format: Format
    query: Query
    start: int = 0
    stop: int = END


class Exports:
    """Raises LogUnavailable where the export cannot be recorded: then nothing leaves. An export of which nobody takes
    the next piece for `idle_s` gives its place to whoever asks."""

    def __init__(self, log: AuditLog, folder: Path, clock: Clock, idle_s: float = IDLE_S) -> None:
        self.log, self.checkpoint_file, self.clock = log, folder / "public" / "checkpoint", clock
        self.under_way = 0
        self._idle_s = idle_s
        self._open: set[Export] = set()

    async def begin(
        self, asked: Asked, by: Actor, name: EventName, kept_from: frozenset[str] = frozenset()
    ) -> "Export":
        """`name` is of the entries that record it, `kept_from` the case files that concern whoever asks. Raises
        ExportsBusy, LogUnavailable."""
        for idle in [one for one in self._open if one.idle_for_s() > self._idle_s]:
            idle.abandon()
        if self.under_way >= AT_ONCE:
            raise ExportsBusy
        self.under_way += 1
        try:
            stop = min(asked.stop, self.log.size)
            selection = Selection(min(asked.start, stop), stop, asked.query)
            intent = Event(
                name=name,
                outcome=Outcome.INTENT,
                at_ms=self.clock.now_ms(),
                actor=by,
                facts={**selection.facts(), "format": asked.format.value},
            )
            index = (await self.log.append(intent)).index
        except BaseException:
            self.under_way -= 1
            raise
        export = Export(self, selection, asked.format, intent, index, kept_from)
        self._open.add(export)
        return export

    def ended(self, export: "Export") -> None:
        self._open.discard(export)
        self.under_way -= 1


class Export:
    """One at work. Whoever has it ends it: by taking every piece, or by `abandon`."""

    def __init__(
        self,
        exports: Exports,
        selection: Selection,
        format_: Format,
        intent: Event,
        index: int,
        kept_from: frozenset[str],
    ) -> None:
        self._exports, self._intent, self.index, self._kept_from = exports, intent, index, kept_from
        origin = exports.log.verifier_key.split("+", 1)[0]
        self.made = Exporting(selection, LineWriter(format_, VERSION), origin, index)
        self._over = self.abandoned = False
        self._since = time.monotonic()

    @property
    def over(self) -> bool:
        return self._over

    def idle_for_s(self) -> float:
        """Since a piece was last asked for, or given."""
        return time.monotonic() - self._since

    async def piece(self) -> bytes:
        """What comes next; the last one has the ending, and is given once it is recorded. Raises LogUnavailable, and
        what reading the log raises: then the export is to be abandoned."""
        made, stop = self.made, self.made.selection.stop
        self._since = time.monotonic()
        if made.position < stop:
            entries = await self._exports.log.read(made.position, min(made.position + PIECE, stop))
            taken = await asyncio.to_thread(made.take, withheld(entries, self._kept_from))
            self._since = time.monotonic()
            return taken
        last = made.end(await self._checkpoint(), self._exports.clock.now_ms())
        facts: dict[str, Fact] = {"entries": made.count, "bytes": made.size, "sha256": made.sha256}
        await self._exports.log.append(self._closing(Outcome.DONE, facts))
        self._finish()
        return last

    def abandon(self) -> None:
        """Whoever asked is gone, or it cannot go on. May be called at any time, also after the end."""
        if not self._over:
            self.abandoned = True
            self._exports.log.append_reducing(
                self._closing(Outcome.FAILED, {"entries": self.made.count, "bytes": self.made.size})
            )
            self._finish()

    def _closing(self, outcome: Outcome, facts: dict[str, Fact]) -> Event:
        now = self._exports.clock.now_ms()
        return replace(self._intent, outcome=outcome, at_ms=now, intent=self.index, facts=facts)

    def _finish(self) -> None:
        self._over = True
        self._exports.ended(self)

    async def _checkpoint(self) -> str | None:
        """The newest, once it holds all that was given; None where the log is in trouble."""
        try:
            if self.made.selection.stop:
                await self._exports.log.await_signed(self.made.selection.stop - 1)
            note = await asyncio.to_thread(read_plain, self._exports.checkpoint_file, MAX_NOTE)
        except (LogUnavailable, OSError):
            return None
        return None if note is None else note.decode()
