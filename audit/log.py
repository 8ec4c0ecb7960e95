"""The audit log's writing end: durable before anybody is told (FORMAT.md, "Order of writes").

Three threads meet here. The event loop takes events in and tells callers; one writer thread seals and syncs frames; one
publisher thread signs and publishes at most a second later. Whatever fails in either thread stops the log for good:
`healthy` turns False, appends raise LogUnavailable until the process starts anew, acts that take access away go to the
emergency segment.
"""

import asyncio
import errno
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.event_groups import REMARKS
from audit.keys.recipients import Recipients
from audit.keystore import Keystore
from audit.note import Verifier
from audit.opening import Opened, open_folder
from audit.patient_disk import PatientDisk
from audit.payload import MAX_INTEGER
from audit.ports import Appended, KeyEncryptionKey, Listener, LogUnavailable, OpenedEntry
from audit.reader import Revealed
from audit.receipts.receipt import Kind
from audit.receipts.source import ReceiptSource
from audit.recover import Batch, LogRefused
from audit.seals.sealing import EpochLength
from audit.signed import Signed
from audit.writer import Job, Waiting, make_job

__all__ = ["Appended", "AuditLog", "LogRefused", "LogUnavailable", "OpenedEntry"]

QUEUE: Final = 4_096
UNSIGNED_AT_MOST: Final = 131_072  # they are kept in memory, about 100 MB, until they are published
DEADLINE_S: Final = 2.0
CHECKPOINT_S: Final = 0.5  # at most a second old, signing and syncing included
CLOSING_S: Final = 10.0
READ_AT_ONCE: Final = 10_000

_JOURNAL: Final = logging.getLogger("tachiai.audit")


class AuditLog:
    """Implements AuditWriter and AuditReader. Made by `open`; belongs to the event loop it was opened on."""

    def __init__(self, opened: Opened, loop: asyncio.AbstractEventLoop, now_ms: int) -> None:
        self._parts = opened
        self._loop = loop
        self._waiting = Waiting(QUEUE)
        self._listeners: list[Listener] = []
        self._failure: str | None = None
        self._latest_ms = now_ms  # of the events asked for: the log has no clock of its own
        self._emergency = threading.Lock()
        self._closed = False
        self._asked: deque[Job] = deque()  # in the order of their deadlines
        self._watch: asyncio.TimerHandle | None = None
        self._unpublished = threading.Event()
        self._tell_duration: Callable[[float], None] | None = None
        self._unsigned_since: float | None = None
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._write_on, name="audit-writer", daemon=True),
            threading.Thread(target=self._publish_on, name="audit-publisher", daemon=True),
        ]
        self._signed = Signed(opened.tail.size - opened.tail.behind)
        self._receipts = ReceiptSource(opened.reader, opened.public, Verifier.parse(opened.verifier_key))
        self.verifier_key = opened.verifier_key
        self.lockstate_file = opened.lockstate_file

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        origin: str,
        kek: KeyEncryptionKey,
        signing_key_file: Path,
        clock: Callable[[], int],
        lockstate_file: Path | None = None,
        disk: Disk | None = None,
        epoch: EpochLength | None = None,
        recipients: Recipients | None = None,
    ) -> "AuditLog":
        """Creates the log where there is none, recovers it otherwise. Raises LogRefused with file and offset, also
        when `clock` (UTC milliseconds, asked from any thread) lies before the last entry. `lockstate_file` is
        `folder`/lockstate unless the operator keeps it on another volume; the signing key is made for a new log and
        must exist for an old one. `epoch` is when seals are made; verifiers expect the usual length. `recipients`:
        sealed mode."""
        now_ms = clock()
        opened = await asyncio.to_thread(
            open_folder,
            folder,
            origin=origin,
            kek=kek,
            signing_key_file=signing_key_file,
            now_ms=now_ms,
            clock=clock,
            lockstate_file=lockstate_file or folder / "lockstate",
            disk=disk or PatientDisk(),
            epoch=epoch or EpochLength(),
            recipients=recipients,
        )
        log = cls(opened, asyncio.get_running_loop(), now_ms)
        for thread in log._threads:
            thread.start()
        return log

    @property
    def healthy(self) -> bool:
        return (
            self._failure is None
            and not self._closed
            and not self._parts.supply.blocked
            and self._waiting.delay() < DEADLINE_S / 2
        )

    @property
    def failure(self) -> str | None:
        """Why the log stopped, for the operator; None while it has not."""
        return self._failure

    @property
    def size(self) -> int:
        return self._parts.tail.size

    @property
    def keystore(self) -> Keystore:
        """For the keys of rows in the database, for rewrapping, and for destroying keys. Each of its methods waits for
        the disk, and some for the key-encryption key."""
        return self._parts.keystore

    @property
    def unsigned(self) -> int:
        """How many durable entries await their signed checkpoint."""
        return self._parts.tail.behind

    @property
    def unsigned_for_s(self) -> float:
        """For how many seconds the oldest of them has waited; 0 if none does."""
        since = self._unsigned_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def queued(self) -> int:
        """How many events wait for the writer."""
        return self._waiting.queued

    async def append(self, event: Event) -> Appended:
        """Returns only when the entry is durable. Raises LogUnavailable, EventInvalid."""
        return (await self.append_all((event,)))[0]

    async def append_all(self, events: Sequence[Event]) -> list[Appended]:
        """One frame: all or none. Raises LogUnavailable, EventInvalid."""
        if self._failure is not None or self._closed:
            raise LogUnavailable(self._failure or "the audit log is closed")
        if self.unsigned >= UNSIGNED_AT_MOST:
            raise LogUnavailable(
                "the audit log cannot sign and publish as fast as it writes; try again shortly"
            )
        job = make_job(events, self._loop.create_future())
        if job.future is None or not self._waiting.put(job):
            raise LogUnavailable("the audit log has more to write than the disk takes; try again shortly")
        self._asked.append(job)
        if self._watch is None:
            self._watch = self._loop.call_later(DEADLINE_S, self._expire)
        return await job.future

    def append_reducing(self, event: Event) -> None:
        """Never raises, never waits. If the event itself cannot be recorded, a shorter form of it is."""
        try:
            job = make_job((event,), None)
        except Exception:  # noqa: BLE001 - access has been taken away; the record must not undo that
            job = make_job((_shortened(event),), None)
        if not self._waiting.put(job):
            _JOURNAL.error("an act that takes access away came after the log was closed: %s", event.name)

    async def read(self, start: int, stop: int) -> list[OpenedEntry]:
        """At most 10,000 entries at once, in order. Raises EntryUnreadable, PublicDamaged."""
        stop = min(stop, self.size, max(start, 0) + READ_AT_ONCE)
        return await asyncio.to_thread(self._parts.reader.read, start, stop)

    async def read_at(self, indices: Collection[int]) -> list[OpenedEntry]:
        """Those of these entries that there are, in order. Raises as `read`."""
        return await asyncio.to_thread(self._parts.reader.read_at, indices)

    async def reveal(self, indices: Collection[int]) -> list[Revealed]:
        """As `read_at`, with what opens each section for ever. Raises as `read`."""
        return await asyncio.to_thread(self._parts.reader.reveal, indices)

    def end_epoch(self) -> None:
        """Seals what there is within about a second: its key was wrapped under a version that is to go."""
        self._parts.publisher.end_epoch_early()
        self._unpublished.set()

    async def await_signed(self, index: int) -> None:
        """Returns once a published checkpoint holds entry `index`. Raises LogUnavailable where that takes too long."""
        await self._signed.holds(index)

    async def receipt(self, index: int, subject: str, kind: Kind, wording: str | None) -> bytes:
        """What proves entry `index` to the person `subject` and opens their section of it. Raises NoReceipt, and as
        `read`."""
        return await asyncio.to_thread(self._receipts.make, index, subject, kind, wording)

    def time_appends(self, tell: Callable[[float], None]) -> None:
        """`tell` gets, on the event loop, the seconds from asking until an entry that somebody awaits is durable."""
        self._tell_duration = tell

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def close(self) -> None:
        """Writes what waits, publishes it, and lets the folder go. May be called twice."""
        self._closed = True
        self._waiting.close()
        await asyncio.to_thread(self._join)
        if any(thread.is_alive() for thread in self._threads):
            _JOURNAL.critical("the audit log could not be closed: the disk does not answer")
        else:
            self._parts.close()

    def _join(self) -> None:
        self._threads[0].join(CLOSING_S)
        self._closing.set()
        self._unpublished.set()
        self._threads[1].join(CLOSING_S)

    def _write_on(self) -> None:
        while (jobs := self._waiting.take()) is not None:
            if self._failure is None and jobs:
                self._write(jobs)
            elif jobs:
                self._refuse(jobs)

    def _write(self, jobs: list[Job]) -> None:
        self._latest_ms = max(self._latest_ms, *(event.at_ms for job in jobs for event in job.events))
        try:
            able, keys, refused, reason = self._parts.supply.supply(jobs)
            if refused:
                self._tell(self._fail, refused, reason)
            if not able:
                return
            payloads = [payload for job in able for payload in job.payloads]
            times = [event.at_ms for job in able for event in job.events]
            batch, entry_ids = self._parts.writer.write(payloads, times, keys)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next write could not be trusted
            self._poison(error, "write")
            self._refuse(jobs)
            return
        self._parts.tail.add(batch)
        self._unsigned_since = self._unsigned_since or time.monotonic()
        self._unpublished.set()
        self._tell(self._acknowledge, able, batch, entry_ids)

    def _publish_on(self) -> None:
        while not (self._closing.is_set() and self._parts.tail.unpublished() is None):
            self._unpublished.wait(self._parts.publisher.until_due_s())
            self._unpublished.clear()
            if self._failure is not None:
                return
            self._publish()
            self._closing.wait(CHECKPOINT_S)
        if self._failure is None:
            self._seal(self._parts.publisher.seal)

    def _publish(self) -> None:
        batch = self._parts.tail.unpublished()
        if batch is None:
            self._seal(self._parts.publisher.seal_if_due)
            return
        try:
            self._parts.publisher.publish(batch)
            size = batch.first + len(batch.leaves)
            self._parts.tail.publish(size)
            self._unsigned_since = time.monotonic() if self._parts.tail.behind else None
            self._tell(self._signed.reached, size)
            self._parts.wal.drop_below(size)
            self._parts.wal.prepare_spare()
        except Exception as error:  # noqa: BLE001 - a log that cannot be published cannot be proved: it stops
            self._poison(error, "publish")

    def _seal(self, seal: Callable[[], None]) -> None:
        try:
            seal()
        except Exception as error:  # noqa: BLE001 - whose epochs cannot be sealed could be written anew: it stops
            self._poison(error, "seal")

    def _poison(self, error: Exception, during: str) -> None:
        """Either thread may come here, and the first one tells, before anything else is in the emergency segment."""
        with self._emergency:
            if self._failure is None:
                self._failure = f"the audit log stopped: {error}"
                _JOURNAL.critical("%s; restart once the cause is removed", self._failure)
                self._record_emergency(make_job((self._failed(error, during),), None))
        self._unpublished.set()

    def _failed(self, error: Exception, during: str) -> Event:
        """The next start finds it in the emergency segment, and makes it the first entry after the last good one."""
        number = error.errno if isinstance(error, OSError) else None
        return Event(
            EventName.SYSTEM_LOG_FAILED,
            Outcome.FAILED,
            self._latest_ms,
            Actor(ActorKind.SYSTEM),
            facts={
                "during": during,
                "error": errno.errorcode.get(number or 0, type(error).__name__),
                "entries": self.size,
            },
        )

    def _refuse(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.future is None and not all(event.name in REMARKS for event in job.events):
                with self._emergency:
                    self._record_emergency(job)
        self._tell(self._fail, jobs, self._failure or "the audit log stopped")

    def _record_emergency(self, job: Job) -> None:
        try:
            for payload in job.payloads:
                self._parts.emergency.record(payload, self._parts.emergency_sealer, self._parts.keystore)
        except Exception:  # noqa: BLE001 - the act took place; that it could not be recorded anywhere is for the operator
            _JOURNAL.exception("not recorded: %s", ", ".join(event.name for event in job.events))

    def _acknowledge(self, jobs: list[Job], batch: Batch, entry_ids: list[bytes]) -> None:
        index = batch.first
        for job in jobs:
            done: list[Appended] = []
            for event in job.events:
                entry_id = entry_ids[index - batch.first]
                done.append(Appended(index, entry_id))
                if self._listeners:
                    self._announce(OpenedEntry(index, entry_id, event))
                index += 1
            if job.future is not None and not job.future.done():
                job.future.set_result(done)
                if self._tell_duration is not None:
                    self._tell_duration(time.monotonic() - job.since)
        self._forget_answered()

    def _fail(self, jobs: list[Job], reason: str) -> None:
        for job in jobs:
            if job.future is not None and not job.future.done():
                job.future.set_exception(LogUnavailable(reason))

    def _expire(self) -> None:
        """One timer for all who wait: one for each would cost more than sealing an entry's section."""
        now = time.monotonic()
        self._forget_answered()
        while self._asked and self._asked[0].since + DEADLINE_S <= now:
            job = self._asked.popleft()
            if job.future is not None and not job.future.done():
                job.future.set_exception(LogUnavailable("the audit log did not become durable in time"))
        self._forget_answered()
        wait = self._asked[0].since + DEADLINE_S - now if self._asked else None
        self._watch = None if wait is None else self._loop.call_later(wait, self._expire)

    def _forget_answered(self) -> None:
        while self._asked and (self._asked[0].future is None or self._asked[0].future.done()):
            self._asked.popleft()

    def _announce(self, entry: OpenedEntry) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(entry)
            except Exception:  # noqa: BLE001 - one listener's fault must not keep the next, or the writer, from going on
                _JOURNAL.exception("a listener failed on entry %d", entry.index)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:  # the loop is gone, and with it everybody who waited
            _JOURNAL.warning("the event loop ended before the audit log was closed")


def _shortened(event: Event) -> Event:
    """What can be said of an event whose details cannot be recorded."""
    at_ms = event.at_ms if 0 <= event.at_ms <= MAX_INTEGER else 0
    return replace(
        event,
        at_ms=at_ms,
        case=None,
        session=None,
        customer=None,
        intent=None,
        facts={"shortened": True},
        personal={},
    )
