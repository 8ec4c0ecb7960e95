"""A log in memory, for the tests of other packages. It keeps the same promises, proven by the same suite, and can be
told to fail."""

import asyncio
import secrets
from collections.abc import Callable, Sequence

from audit.entry import ID_SIZE
from audit.event import Event
from audit.event_groups import REMARKS
from audit.ports import Appended, Listener, LogUnavailable, OpenedEntry
from audit.writer import make_job


class MemoryLog:
    """Implements AuditWriter and AuditReader.

    `fail_next`: the next append raises and leaves nothing. `fail_but_persist`: the next append raises, yet its entries
    are there, as after a sync whose answer was lost. `fail_from_now`: stopped for good; only acts that take access away
    are still kept, in `emergency`, until a `restarted()` log has them as entries.
    """

    def __init__(self, entries: Sequence[OpenedEntry] = ()) -> None:
        self.entries = list(entries)
        self.emergency: list[Event] = []
        self.fail_next = False
        self.fail_but_persist = False
        self.fail_from_now = False
        self._closed = False
        self._listeners: list[Listener] = []

    @property
    def healthy(self) -> bool:
        return not self.fail_from_now and not self._closed

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def events(self) -> list[Event]:
        """What was recorded, in order."""
        return [entry.event for entry in self.entries if entry.event is not None]

    async def append(self, event: Event) -> Appended:
        return (await self.append_all((event,)))[0]

    async def append_all(self, events: Sequence[Event]) -> list[Appended]:
        if not self.healthy:
            raise LogUnavailable("the audit log stopped")
        make_job(events, None)  # refuses what the real log refuses
        await asyncio.sleep(0)
        if self.fail_next or not self.healthy:
            self.fail_next = False
            raise LogUnavailable("the audit log did not become durable")
        appended = [self._add(event) for event in events]
        if self.fail_but_persist:
            self.fail_but_persist = False
            raise LogUnavailable("the audit log did not become durable in time")
        return appended

    def append_reducing(self, event: Event) -> None:
        if self.fail_from_now:
            self.emergency += [event] if event.name not in REMARKS else []
        elif not self._closed:
            self._add(event)

    async def read(self, start: int, stop: int) -> list[OpenedEntry]:
        return self.entries[max(start, 0) : max(stop, 0)]

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def close(self) -> None:
        self._closed = True

    def restarted(self) -> "MemoryLog":
        """The log as the next start finds it."""
        log = MemoryLog(self.entries)
        for event in self.emergency:
            log.append_reducing(event)
        return log

    def _add(self, event: Event) -> Appended:
        entry = OpenedEntry(len(self.entries), secrets.token_bytes(ID_SIZE), event)
        self.entries.append(entry)
        for listener in tuple(self._listeners):
            listener(entry)
        return Appended(entry.index, entry.entry_id)
