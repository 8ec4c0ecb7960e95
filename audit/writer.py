"""Seals what waits and makes it durable in one frame. Runs on the log's one writer thread."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.entry import DataKey, Sealer, sealed_size
from audit.event import Event
from audit.frame import MAX_ENTRIES
from audit.keystore import ORGANISATION, Keystore
from audit.payload import EventInvalid, Payload, encode_event
from audit.ports import Appended
from audit.recover import Batch
from audit.tree import Frontier, leaf_hash
from audit.wal import Wal

MAX_BATCH: Final = 4_096
_MAX_LEAF: Final = 65_535
_PREFIX: Final = 2


@dataclass(slots=True)
class Job:
    """Events that go into one frame together. `future` is None for an act that nobody waits for."""

    events: tuple[Event, ...]
    payloads: tuple[Payload, ...]
    size: int
    future: "asyncio.Future[list[Appended]] | None"
    since: float


def make_job(events: Sequence[Event], future: "asyncio.Future[list[Appended]] | None") -> Job:
    """Raises EventInvalid for what can never be recorded."""
    payloads = tuple(encode_event(event) for event in events)
    sizes = [sealed_size([len(one.org), *(len(part) for _, part in one.personal)]) for one in payloads]
    if any(size > _MAX_LEAF for size in sizes):
        raise EventInvalid("an entry has at most 65,535 bytes; put the rest elsewhere and record its hash")
    total = sum(sizes) + _PREFIX * len(sizes)
    if not events or len(events) > MAX_BATCH or total > MAX_ENTRIES:
        raise EventInvalid("one frame takes 1 to 4,096 entries in at most 1,048,576 bytes")
    return Job(tuple(events), payloads, total, future, time.monotonic())


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

    def put(self, job: Job) -> bool:
        """False when it is full or closed. An act that takes access away always finds room."""
        if self._closed or (job.future is not None and self._offered - self._taken >= self._limit):
            return False
        self._offered += len(job.events)
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
        size = count = 0
        while self._jobs and count < MAX_BATCH:
            job = self._jobs[0]
            if taken and (size + job.size > MAX_ENTRIES or count + len(job.events) > MAX_BATCH):
                break
            self._jobs.popleft()
            self._taken += len(job.events)
            if job.future is None or not job.future.done():
                taken.append(job)
                size, count = size + job.size, count + len(job.events)
        return taken

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

    def __init__(self, wal: Wal, sealer: Sealer, keystore: Keystore, frontier: Frontier) -> None:
        self._wal = wal
        self._sealer = sealer
        self._keystore = keystore
        self._frontier = frontier
        self._emitter_seq = 0

    def write(self, payloads: Sequence[Payload], times: Sequence[int]) -> tuple[Batch, list[bytes]]:
        """One frame, durable on return, with its entry ids. `times` are the events', in UTC milliseconds."""
        parties = {(ORGANISATION, at_ms) for at_ms in times}
        parties.update(
            (subject, at_ms)
            for payload, at_ms in zip(payloads, times, strict=True)
            for subject, _ in payload.personal
        )
        keys = self._keystore.keys(parties)
        sealed = [self._seal(payload, at_ms, keys) for payload, at_ms in zip(payloads, times, strict=True)]
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
        self, payload: Payload, at_ms: int, keys: dict[tuple[str, int], DataKey]
    ) -> tuple[bytes, bytes]:
        parts = [(payload.org, keys[ORGANISATION, at_ms])]
        for subject, content in payload.personal:
            if key := keys.get((subject, at_ms)):  # an erased person gets no section
                parts.append((content, key))
        sealed = self._sealer.seal(self._emitter_seq, parts)
        self._emitter_seq += 1
        return sealed
