"""Sends every entry to a collector as syslog, in the log's order, at least once.

Nothing waits for it. It reads the log a piece at a time, so a collector that is slow, hangs or is gone costs no memory;
where it is up to is a file that is written once the other machine has acknowledged.
"""

import asyncio
import contextlib
import random
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from audit.event import EventName, Fact
from audit.export.record import record_of
from audit.export.syslog import SyslogWriter
from audit.keystore import KeystoreFailed, KeyUnavailable
from audit.log import AuditLog
from audit.ports import LogUnavailable, OpenedEntry
from audit.public import PublicDamaged
from audit.reader import EntryUnreadable
from server.clock import TrueClock
from server.foundation import system_event
from server.log_keeping.collector_line import CollectorGone, CollectorLine
from server.log_keeping.forwarding_notes import ForwardingNotes, read_forwarding, write_forwarding
from server.places import Places

PIECE: Final = 256  # entries
AGAIN_BYTES: Final = 6_291_456  # as many as Linux lets a socket hold that no program has read (tcp_rmem)
_TROUBLE: Final = (CollectorGone, EntryUnreadable, PublicDamaged, KeystoreFailed, KeyUnavailable, OSError)
_log: Final = structlog.get_logger("forwarding")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    host: str
    port: int
    tls: ssl.SSLContext | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds. `look`: between two looks for entries, where nobody tells. `retry` doubles up to `longest_retry`, each
    time by a random part. `late_after`: how old the oldest entry is that the collector lacks, with nothing
    acknowledged for `stalled`."""

    look: float = 1.0
    retry: float = 1.0
    longest_retry: float = 60.0
    late_after: float = 3_600.0
    stalled: float = 60.0


class Forwarding:
    """A keeper (`keeper.Keeper`)."""

    name = "forwarding"

    def __init__(
        self,
        log: AuditLog,
        places: Places,
        collector: Collector,
        writer: SyslogWriter,
        clock: TrueClock,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._log, self._collector, self._writer, self._clock = log, collector, writer, clock
        self._pace, self._file = pace or Pace(), places.forwarding_notes
        self._notes = ForwardingNotes()
        self._sent: deque[tuple[int, int]] = deque()  # (index, bytes) of what a program may not have read
        self._sent_bytes = 0
        self._line: CollectorLine | None = None
        self._position = 0  # what this connection sends next
        self._sending = False
        self._acknowledged_at = time.monotonic()
        self._grown = asyncio.Event()
        # One thread: what is sent, and the note of it, follow each other even where somebody stopped waiting.
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forwarding")
        self._silent = False  # whether the journal knows already that the collector is gone

    @property
    def behind(self) -> int:
        """Entries that the collector's machine is not known to have."""
        return self._log.size - self._notes.next

    @property
    def connected(self) -> bool:
        return self._line is not None

    @property
    def late(self) -> bool:
        return self._notes.late

    async def run(self) -> None:
        stop_listening = self._log.subscribe(self._heard)
        try:
            await self._go_on()
        finally:
            stop_listening()
            await self._part()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _go_on(self) -> None:
        wait, recalled = self._pace.retry, False
        while True:
            before = self._notes.next
            try:
                if not recalled:
                    await self._recall()
                    recalled = True
                await self._until_it_breaks()
            except _TROUBLE as error:
                self._broken(error)
            await self._judge_whatever()
            wait = self._pace.retry if self._notes.next > before else min(2 * wait, self._pace.longest_retry)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311  # so that many do not come at once

    def _broken(self, error: BaseException) -> None:
        if not self._silent:
            _log.warning("entries wait for the collector", sentence=str(error), behind=self.behind)
        self._silent, self._sending = True, False
        if self._line is not None:
            self._line.abort()
            self._line = None

    async def _until_it_breaks(self) -> None:
        """Raises one of _TROUBLE."""
        at = self._collector
        self._line = line = await self._apart(CollectorLine, at.host, at.port, at.tls)
        self._sent.clear()
        self._sent_bytes = 0
        self._position = self._notes.again
        while True:
            self._grown.clear()
            entries = await self._log.read(self._position, self._position + PIECE)
            if entries:
                await self._send(line, entries)
            else:
                await self._wait_for_more()
                await self._apart(line.look)
            await self._judge()

    async def _send(self, line: CollectorLine, entries: Sequence[OpenedEntry]) -> None:
        frames = [self._writer.frame(record_of(entry)) for entry in entries]
        self._sending = True
        await self._apart(line.send, b"".join(frames))
        self._sending, self._position = False, entries[-1].index + 1
        await self._acknowledge(entries, frames)

    async def _part(self) -> None:
        """At the server's end. If the collector answers, its program has read everything, and nothing is sent again."""
        line, self._line = self._line, None
        if line is None:
            return
        with contextlib.suppress(OSError):
            if not self._sending and await self._apart(line.finish):
                await self._keep(again=min(self._position, self._notes.next))
        line.abort()

    async def _apart(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def _wait_for_more(self) -> None:
        try:
            async with asyncio.timeout(self._pace.look):
                await self._grown.wait()
        except TimeoutError:
            return

    async def _acknowledge(self, entries: Sequence[OpenedEntry], frames: Sequence[bytes]) -> None:
        for entry, frame in zip(entries, frames, strict=True):
            self._sent.append((entry.index, len(frame)))
            self._sent_bytes += len(frame)
        while self._sent_bytes - self._sent[0][1] >= AGAIN_BYTES:
            self._sent_bytes -= self._sent.popleft()[1]
        self._acknowledged_at = time.monotonic()
        last = entries[-1]
        if last.index >= self._notes.next:
            again = max(self._sent[0][0], self._notes.again)
            await self._keep(next=last.index + 1, again=again, entry_id=last.entry_id.hex())
        if self._silent:
            _log.info("the collector takes entries again", behind=self.behind)
            self._silent = False

    async def _recall(self) -> None:
        """From the first entry where nothing is known, or where the log is not the one that was sent."""
        notes = await self._apart(read_forwarding, self._file)
        if notes is None:
            _log.error("where the collector is up to cannot be read; all is sent again", file=str(self._file))
        self._notes = notes or ForwardingNotes()
        if self._notes.next:
            known = await self._log.read(self._notes.next - 1, self._notes.next)
            if [entry.entry_id.hex() for entry in known] != [self._notes.entry_id]:
                _log.warning("the log is not the one that the collector has; all is sent again")
                self._notes = ForwardingNotes(late=self._notes.late)

    async def _judge(self) -> None:
        """Whether the collector lacks entries for too long, or has them all again, is an entry, told once."""
        if self._notes.late and not self.behind:
            await self._tell(EventName.SYSTEM_FORWARDING_RESUMED, late=False)
        elif not self._notes.late and self.behind and self._stalled() and await self._oldest_is_late():
            await self._tell(EventName.SYSTEM_FORWARDING_LATE, late=True)

    async def _judge_whatever(self) -> None:
        """Also where the log cannot be read, or the note not written: the next round tries again."""
        try:
            await self._judge()
        except _TROUBLE as error:
            _log.warning("entries wait for the collector", sentence=str(error), behind=self.behind)

    def _stalled(self) -> bool:
        return time.monotonic() - self._acknowledged_at > self._pace.stalled

    async def _oldest_is_late(self) -> bool:
        for entry in await self._log.read(self._notes.next, self._notes.next + 1):
            at_ms = 0 if entry.event is None else entry.event.at_ms
            return self._clock.now_ms() - at_ms > self._pace.late_after * 1000
        return False

    async def _tell(self, name: EventName, *, late: bool) -> None:
        facts: dict[str, Fact] = {"next": self._notes.next, "behind": self.behind}
        try:
            await self._log.append(system_event(name, self._clock.now_ms(), facts))
        except LogUnavailable:
            return  # the next round tries again
        await self._keep(late=late)

    async def _keep(
        self,
        *,
        next: int | None = None,  # noqa: A002  # as the note names it
        again: int | None = None,
        entry_id: str | None = None,
        late: bool | None = None,
    ) -> None:
        """Raises OSError: then the next connection sends more than it need."""
        had = self._notes
        self._notes = ForwardingNotes(
            next=had.next if next is None else next,
            again=had.again if again is None else again,
            entry_id=had.entry_id if entry_id is None else entry_id,
            late=had.late if late is None else late,
        )
        await self._apart(write_forwarding, self._file, self._notes)

    def _heard(self, _: OpenedEntry) -> None:
        self._grown.set()
