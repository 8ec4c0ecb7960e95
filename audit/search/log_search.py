"""A log with its index: searched, kept up with the log, and made to forget."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from audit.event import EventName, Outcome
from audit.keystore import Keystore
from audit.ports import OpenedEntry
from audit.search.block import WIDTH
from audit.search.index import BlindIndex, Ending, Matching, endings_in
from audit.search.query import Query
from audit.search.searching import Found, SearchedLog, matching, search

INDEX_FILE: Final = "index.db"
_AT_ONCE: Final = 512
_ENDS: Final = (EventName.SYSTEM_PERIOD_EXPIRED, EventName.SYSTEM_PERIOD_SEALED)


class IndexedLog(SearchedLog, Protocol):
    @property
    def keystore(self) -> Keystore: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Entries below `upto` are in the index, out of `size`; `complete` when only the newest few thousand are not.
    `closed`: indexed ones that no key opens, so that no search finds them."""

    upto: int
    size: int
    complete: bool
    closed: int


class LogSearch:
    """Implements audit.erasure.forgetting.Forgetting."""

    def __init__(self, log: IndexedLog, folder: Path, width: int = WIDTH) -> None:
        """`folder` is the log's. Nothing is opened before it is needed."""
        self._log = log
        self._index = BlindIndex(folder / INDEX_FILE, log.keystore, width)
        self._endings: list[Ending] = []
        self._checked = False
        self._checking = asyncio.Lock()
        self.due = asyncio.Event()  # set: `catch_up` has something to do

    def close(self) -> None:
        self._index.close()

    @property
    def width(self) -> int:
        return self._index.width

    def standing(self) -> Standing:
        state, size = self._index.state(), self._log.size
        return Standing(state.upto, size, size - state.upto < 2 * self.width, state.closed)

    async def search(self, query: Query, before: int | None, limit: int) -> Found:
        """The newest `limit` matching entries below index `before`; without it, of all. Raises what reading the log
        raises, KeystoreFailed, KeyUnavailable."""
        return await search(self._log, self._index, query, self._stop(before), limit)

    async def matching(self, query: Query, before: int | None) -> Matching | None:
        """How many match; None where the index cannot tell. Raises as `search`."""
        return await matching(self._log, self._index, query, self._stop(before))

    async def forget(self, subject: str, _sessions: Sequence[str]) -> None:
        """What sessions there were stays: that is the organisation's. Raises KeystoreFailed, KeyUnavailable."""
        await asyncio.to_thread(self._index.forget, subject)

    async def begin_anew(self) -> None:
        """Empties the index; `catch_up` fills it. Raises KeystoreFailed."""
        await asyncio.to_thread(self._index.wipe)
        self.due.set()

    def heard(self, entry: OpenedEntry) -> None:
        """A listener of the log: sets `due` where there is something to do."""
        endings = endings_in((entry,))
        self._endings += endings
        if endings or (entry.index + 1) % self.width == 0:
            self.due.set()

    async def catch_up(self) -> bool:
        """One bounded piece of work; whether there may be more. Raises as `search`, and IndexUnusable."""
        if not self._checked:
            await self.checked()
            return True
        endings, self._endings = self._endings, []
        if endings:
            await asyncio.to_thread(self._index.end, endings)
        size = self._log.size
        number = self._index.missing(size)
        if number is None:
            return False
        first = number * self.width
        entries: list[OpenedEntry] = []
        for start in range(first, first + self.width, _AT_ONCE):
            entries += await self._log.read(start, min(start + _AT_ONCE, first + self.width))
        await asyncio.to_thread(self._index.make, number, entries, size)
        return True

    async def checked(self) -> None:
        """Once: what an earlier process left is looked at, and counts from then on. Raises as `catch_up`."""
        async with self._checking:
            if not self._checked:
                await self._check()
                self._checked = True

    async def _check(self) -> None:
        """Every stored block must end with the log's entry of that place; then old ends of periods are asked for."""
        stored = await asyncio.to_thread(self._index.stored)
        for start in range(0, len(stored), _AT_ONCE):
            some = stored[start : start + _AT_ONCE]
            lasts = await self._log.read_at([(number + 1) * self.width - 1 for number, _, _ in some])
            ids = {entry.index: entry.entry_id for entry in lasts}
            for number, nonce, head in some:
                if ids.get((number + 1) * self.width - 1) == head.last_id:
                    await asyncio.to_thread(self._index.accept, number, nonce, head)
                else:
                    await asyncio.to_thread(self._index.reject, number)
        told = [index for name in _ENDS for index in await asyncio.to_thread(self._index.named, _ended(name))]
        tail = self._log.size // self.width * self.width
        entries = await self._log.read_at(told) + await self._log.read(tail, self._log.size)
        await asyncio.to_thread(self._index.end, endings_in(entries))

    def _stop(self, before: int | None) -> int:
        return self._log.size if before is None else min(before, self._log.size)


def _ended(name: EventName) -> Query:
    return Query(event=name, outcome=Outcome.DONE)
