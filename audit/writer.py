"""Seals what waits and makes it durable in one frame. Runs on the log's one writer thread."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audit.blobs import MAX_BLOB, Kept, blob_name, seal_blob
from audit.entry import DataKey, MadeLater, Sealer
from audit.event import Event
from audit.fitting import fitted, leaf_size, named
from audit.frame import MAX_ENTRIES
from audit.keystore import ORGANISATION
from audit.payload import EventInvalid, Payload
from audit.ports import Appended
from audit.public import PublicFolder
from audit.recover import Batch
from audit.tree import Frontier, leaf_hash
from audit.wal import Wal

MAX_BATCH: Final = 4_096
MAX_WAITING: Final = (
    67_108_864  # bytes of events that wait: four of the largest, or far more than 4,096 usual ones
)
_PREFIX: Final = 2


@dataclass(slots=True)
class Job:
    """Events that go into one frame together. `size` is theirs in the frame, `weight` with what goes into blobs, both
    in bytes. `future` is None for an act that nobody waits for."""

    events: tuple[Event, ...]
    payloads: tuple[Payload, ...]
    size: int
    weight: int
    future: "asyncio.Future[list[Appended]] | None"
    since: float


def make_job(events: Sequence[Event], future: "asyncio.Future[list[Appended]] | None") -> Job:
    """Raises EventInvalid for what can never be recorded."""
    payloads = tuple(fitted(event) for event in events)
    sizes = [leaf_size(one) for one in payloads]
    total = sum(sizes) + _PREFIX * len(sizes)
    if not events or len(events) > MAX_BATCH or total > MAX_ENTRIES:
        raise EventInvalid("one frame takes 1 to 4,096 entries in at most 1,048,576 bytes")
    blobs = sum(len(text) for one in payloads for kept in one.kept.values() for text in kept.values())
    if blobs > MAX_BLOB:
        raise EventInvalid(f"what is recorded together has at most {MAX_BLOB} bytes of large facts")
    return Job(tuple(events), payloads, total, total + blobs, future, time.monotonic())


class Waiting:
    """What has been asked for and not yet written: bounded, so that a slow disk is felt and not hidden."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._jobs: deque[Job] = deque()
        self._ready = threading.Event()
        self._closed = False
        self._writing_since: float | None = None
        self._offered = 0  # events so far, counted on the event loop
        self._taken = 0  # and on the writer thread: neither needs a lock
        self._offered_bytes = self._taken_bytes = 0  # the same of their weights

    def put(self, job: Job) -> bool:
        """False when it is full or closed. An act that takes access away always finds room."""
        if self._closed or (job.future is not None and self._is_full(job)):
            return False
        self._offered += len(job.events)
        self._offered_bytes += job.weight
        self._jobs.append(job)
        if not self._ready.is_set():
            self._ready.set()
        return True

    def take(self) -> list[Job] | None:
        """All that waits, up to one frame; blocks while there is nothing. None once closed and empty."""
        self._writing_since = None
        while not self._jobs:
            if self._closed:
                return None
            self._ready.wait()
            self._ready.clear()
        self._writing_since = time.monotonic()
        taken: list[Job] = []
        size = count = weight = 0
        while self._jobs and count < MAX_BATCH:
            job = self._jobs[0]
            if taken and (size + job.size > MAX_ENTRIES or count + len(job.events) > MAX_BATCH):
                break
            if taken and weight + job.weight > MAX_ENTRIES + MAX_BLOB:
                break
            self._jobs.popleft()
            self._taken += len(job.events)
            self._taken_bytes += job.weight
            if job.future is None or not job.future.done():
                taken.append(job)
                size, count, weight = size + job.size, count + len(job.events), weight + job.weight
        return taken

    def _is_full(self, job: Job) -> bool:
        return (
            self._offered - self._taken >= self._limit
            or self._offered_bytes - self._taken_bytes + job.weight > MAX_WAITING
        )

    @property
    def queued(self) -> int:
        return max(self._offered - self._taken, 0)

    def delay(self) -> float:
        """Seconds since the frame being written was begun; 0 when none is."""
        since = self._writing_since
        return 0.0 if since is None else time.monotonic() - since

    def close(self) -> None:
        self._closed = True
        self._ready.set()


class Writer:
    """Any exception from `write` means that it must never be called again."""

    def __init__(
        self, wal: Wal, sealer: Sealer, frontier: Frontier, public: PublicFolder | None = None
    ) -> None:
        """Blobs go into `public`; a writer without it takes none."""
        self._wal = wal
        self._public = public
        self._blobs: dict[str, bytes] = {}
        self._sealer = sealer
        self._frontier = frontier
        self._emitter_seq = 0

    def write(
        self, payloads: Sequence[Payload], times: Sequence[int], keys: Mapping[tuple[str, int], DataKey]
    ) -> tuple[Batch, list[bytes]]:
        """One frame, durable on return, with its entry ids. `times` are the events', in UTC milliseconds; `keys` has
        the organisation's key for each of them, and a person's unless that person was erased."""
        sealed = [self._seal(payload, at_ms, keys) for payload, at_ms in zip(payloads, times, strict=True)]
        self._write_blobs()
        return self.write_leaves([leaf for _, leaf in sealed]), [entry_id for entry_id, _ in sealed]

    def write_leaves(self, leaves: Sequence[bytes]) -> Batch:
        """Leaves that are sealed already."""
        first = self._frontier.size
        digests = tuple(leaf_hash(leaf) for leaf in leaves)
        for digest in digests:
            self._frontier.append(digest)
        batch = Batch(first, tuple(leaves), digests, self._frontier.root())
        self._wal.append(first, batch.root, batch.leaves)
        return batch

    def _seal(
        self, payload: Payload, at_ms: int, keys: Mapping[tuple[str, int], DataKey]
    ) -> tuple[bytes, bytes]:
        parts: list[tuple[bytes | MadeLater, DataKey]] = [(payload.org, keys[ORGANISATION, at_ms])]
        for subject, content in payload.personal:
            if key := keys.get((subject, at_ms)):  # an erased person gets no section
                kept = payload.kept.get(subject)
                parts.append((self._with_blobs(content, kept) if kept else content, key))
        sealed = self._sealer.seal(self._emitter_seq, parts)
        self._emitter_seq += 1
        return sealed

    def _with_blobs(self, content: bytes, kept: Kept) -> MadeLater:
        """The files' keys follow from the section's secret, and the section names the files."""

        def made(secret: bytes) -> bytes:
            files = {fact: seal_blob(secret, fact, text) for fact, text in kept.items()}
            names = {fact: blob_name(data) for fact, data in files.items()}
            self._blobs |= {names[fact]: data for fact, data in files.items()}
            return named(content, kept, names)

        return made

    def _write_blobs(self) -> None:
        """Durable before the frame that names them. Raises OSError."""
        if not self._blobs:
            return
        if self._public is None:
            raise ValueError("this writer has no place for blobs")
        for name, data in self._blobs.items():
            self._public.write_blob(name, data)
        self._blobs = {}
