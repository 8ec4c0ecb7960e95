"""Looking for entries: in the index where it knows, one by one where it does not, and always in the log itself.

1. What the index names is opened from the log and compared with the query before it counts.
2. What the index does not know of (the newest entries, a block that is missing or damaged) is opened entry by entry.
3. A search opens a bounded number of entries, and says down to which entry it came.
4. Every outcome that was found is asked for its intent: an intent that matches and was not found shows a block of the
   index that names too little. It is dropped, and the search begins again without it.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from audit.event import Event, Outcome
from audit.event_groups import OPENINGS
from audit.ports import OpenedEntry
from audit.search.index import BlindIndex, Matching
from audit.search.index_file import IndexUnusable
from audit.search.query import Query

LOOKED_THROUGH: Final = 10_000
_AT_ONCE: Final = 512


class SearchedLog(Protocol):
    @property
    def size(self) -> int: ...

    async def read(self, start: int, stop: int) -> list[OpenedEntry]:
        """As AuditReader."""
        ...

    async def read_at(self, indices: Collection[int]) -> list[OpenedEntry]:
        """Those of these entries that there are, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Matching entries, oldest first. All from index `start` on was looked at; 0 when nothing below can match.
    `closed`: how many were opened one by one in vain, since no key here opens them."""

    entries: list[OpenedEntry]
    start: int
    closed: int


class _Misled(Exception):
    """The index did not name entry `index`, which matches."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


async def search(
    log: SearchedLog, index: BlindIndex, query: Query, stop: int, limit: int, budget: int = LOOKED_THROUGH
) -> Found:
    """The newest `limit` entries below index `stop` that match; at most about `budget` are opened for it. Raises what
    reading the log raises, KeystoreFailed, KeyUnavailable."""
    while True:
        try:
            return await _Search(log, index, query, stop, limit, budget).run()
        except _Misled as error:
            with suppress(
                IndexUnusable
            ):  # the block does not count any more, whether or not it could be removed
                await asyncio.to_thread(index.reject, error.index // index.width)


async def matching(log: SearchedLog, index: BlindIndex, query: Query, stop: int) -> Matching | None:
    """How many of the entries below `stop` match; None where that would take opening more than a few thousand."""
    known = await asyncio.to_thread(index.count, query, stop)
    if known is None:
        return None
    tail = await log.read(stop // index.width * index.width, stop)
    return Matching(known.count + sum(query.matches(entry.event) for entry in tail), known.exact)


class _Search:
    def __init__(
        self, log: SearchedLog, index: BlindIndex, query: Query, stop: int, limit: int, budget: int
    ) -> None:
        self._log, self._index, self._query = log, index, query
        self._limit, self._left = limit, budget
        self._stop = self._position = stop
        self._found: dict[int, OpenedEntry] = {}
        self._closed = 0

    async def run(self) -> Found:
        while self._position > 0 and self._left > 0 and not self._over():
            step = await asyncio.to_thread(
                self._index.below, self._position, self._query, self._limit - len(self._found)
            )
            if step.candidates is None:
                await self._look_through(step.bottom)
            else:
                await self._open(step.candidates, step.bottom)
        await self._cross_check()
        start = 0 if self._begun() else self._position
        return Found([self._found[index] for index in sorted(self._found)], start, self._closed)

    async def _look_through(self, bottom: int) -> None:
        while self._position > bottom and self._left > 0 and not self._over():
            start = max(bottom, self._position - _AT_ONCE)
            self._take(await self._log.read(start, self._position), start)

    async def _open(self, candidates: Sequence[int], bottom: int) -> None:
        for first in range(0, len(candidates), _AT_ONCE):
            if self._left <= 0 or self._over():
                return
            some = candidates[first : first + _AT_ONCE]
            self._take(await self._log.read_at(some), some[-1])
        if not self._over():
            self._position = bottom

    def _take(self, entries: Sequence[OpenedEntry], down_to: int) -> None:
        self._left -= len(entries)
        for entry in reversed(entries):
            self._closed += entry.event is None
            if self._query.matches(entry.event):
                self._found[entry.index] = entry
                if self._over():
                    self._position = entry.index
                    return
        self._position = down_to

    def _over(self) -> bool:
        return len(self._found) >= self._limit or self._begun()

    def _begun(self) -> bool:
        """Whether the session that is asked for begins with what was found: nothing of it stands before its opening."""
        return self._query.session is not None and any(
            _opens(entry.event) for entry in self._found.values() if entry.event is not None
        )

    async def _cross_check(self) -> None:
        intents = {
            entry.event.intent
            for entry in self._found.values()
            if entry.event is not None and entry.event.intent is not None
        }
        unseen = [one for one in intents if self._position <= one < self._stop and one not in self._found]
        for entry in await self._log.read_at(unseen) if unseen else []:
            if self._query.matches(entry.event):
                raise _Misled(entry.index)


def _opens(event: Event) -> bool:
    return event.name in OPENINGS and event.outcome is Outcome.INTENT
