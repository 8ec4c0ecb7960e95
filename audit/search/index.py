"""The index as a whole: which blocks are there and known to be right, what they name, and how somebody is forgotten.

1. A block counts only once it was checked or made by this process: it opens, and its last entry is the log's.
2. It is found again by the nonce that it had then; another one in its place, or none, is a damaged block.
3. A damaged block is dropped and said in the journal; until it is made anew its entries are looked through one by one.
4. A block that is older than the end of a period of keys, and has entries of that period, is dropped too: nobody may
   learn from the index what no key opens any more.
5. If the file itself fails, there is no index until it can be begun anew. Nothing but speed depends on it.
"""

import logging
import secrets
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.event import EventName, Outcome
from audit.keystore import PERIOD_MS, Keystore, KeystoreFailed
from audit.ports import OpenedEntry
from audit.search.block import NONCE, WIDTH, BlockDamaged, BlockSealer, Directory, Head, places_of
from audit.search.index_file import IndexFile, IndexUnusable, remove_files
from audit.search.query import Query
from audit.search.tags import Tagger

_ENDINGS: Final = frozenset({EventName.SYSTEM_PERIOD_EXPIRED, EventName.SYSTEM_PERIOD_SEALED})
_JOURNAL: Final = logging.getLogger("tachiai.audit")
_NO_TIME: Final = (1, 0)


@dataclass(frozen=True, slots=True)
class Ending:
    """Entry `index` says that the keys of the time from `from_ms` to `until_ms` are gone from here."""

    index: int
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """The way downwards from some entry. `candidates`, highest first, are all between it and `bottom` that can match;
    None where the index does not know, and each must be looked at."""

    bottom: int
    candidates: list[int] | None


@dataclass(frozen=True, slots=True)
class Matching:
    """How many entries the index names. `exact` unless a time falls into a block."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class IndexState:
    """`upto`: all below it are in the index. `closed`: how many of the indexed no key opens."""

    upto: int
    closed: int


class BlindIndex:
    """Safe to use from several threads. Implements audit.erasure.forgetting.Forgetting through `LogSearch`."""

    def __init__(self, path: Path, keystore: Keystore, width: int = WIDTH) -> None:
        self.width = width
        self._path, self._keystore = path, keystore
        self._lock = threading.RLock()
        self._file: IndexFile | None = None
        self._known: dict[int, tuple[bytes, Head]] = {}
        self._tagger: Tagger | None = None
        self._sealer: BlockSealer | None = None

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def state(self) -> IndexState:
        """Waits for nobody: it is asked on the event loop, and a search or a disk may hold the lock for long."""
        known = dict(self._known)
        count = 0
        while count in known:
            count += 1
        return IndexState(count * self.width, sum(head.closed for _, head in known.values()))

    def missing(self, size: int) -> int | None:
        """The first whole block of a log of `size` entries that is not there. Waits for nobody, as `state`."""
        return next((one for one in range(size // self.width) if one not in self._known), None)

    def stored(self) -> list[tuple[int, bytes, Head]]:
        """All blocks of the file that open: number, nonce, head. Those that do not are dropped. Raises IndexUnusable,
        KeystoreFailed, KeyUnavailable."""
        with self._lock:
            found: list[tuple[int, bytes, Head]] = []
            damaged: list[int] = []
            for number, row in list(self._opened().directories()):
                try:
                    found.append((number, row[:NONCE], self._sealing().open_directory(number, row).head))
                except (BlockDamaged, TypeError):  # TypeError: not even bytes
                    damaged.append(number)
            self._drop(damaged, "cannot be opened")
            return found

    def accept(self, number: int, nonce: bytes, head: Head) -> None:
        """A stored block whose last entry is the log's."""
        with self._lock:
            self._known[number] = (nonce, head)

    def reject(self, number: int) -> None:
        """A block that is not of this log, or did not name what it should have. Raises IndexUnusable."""
        with self._lock:
            self._drop([number], "does not belong to the log as it is")

    def make(self, number: int, entries: Sequence[OpenedEntry], size: int) -> None:
        """Block `number` out of all its entries, read when the log had `size`. Raises as `stored`."""
        times = [entry.event.at_ms for entry in entries if entry.event is not None]
        earliest, latest = (min(times), max(times)) if times else _NO_TIME
        with self._lock:
            postings = self._tagging().postings(entries)
            head = Head(entries[-1].entry_id, size, earliest, latest, len(entries) - len(times))
            directory, lists = self._sealing().seal(number, head, postings)
            self._opened().put(number, directory, lists)
            self._known[number] = (directory[:NONCE], head)
        self.end(endings_in(entries))

    def end(self, endings: Iterable[Ending]) -> None:
        """Drops blocks that were made before these periods ended and have entries of theirs. Raises IndexUnusable."""
        with self._lock:
            over = [
                number
                for ending in endings
                for number, (_, head) in self._known.items()
                if head.made <= ending.index
                and head.earliest_ms < ending.until_ms
                and head.latest_ms >= ending.from_ms
            ]
            for number in over:
                self._known.pop(number, None)
            if over:
                self._opened().remove(over)
                self._opened().cut()

    def below(self, position: int, query: Query, most: int) -> Step:
        """The next step downwards from entry `position` (exclusive), with at least `most` candidates if there are so
        many without a gap. Raises KeystoreFailed, KeyUnavailable."""
        candidates: list[int] = []
        with self._lock:
            groups = self._tagging().groups(query)
            while position > 0 and len(candidates) < most:
                number = (position - 1) // self.width
                mask = self._mask(number, query, groups)
                if mask is None:
                    if candidates:
                        break
                    return Step(number * self.width, None)
                first = number * self.width
                mask &= (1 << (position - first)) - 1
                candidates += [first + place for place in sorted(places_of(mask), reverse=True)]
                position = first
        return Step(position, candidates)

    def count(self, query: Query, stop: int) -> Matching | None:
        """Of the whole blocks below `stop`; None where one of them is not there. Raises as `below`."""
        count, exact = 0, True
        with self._lock:
            groups = self._tagging().groups(query)
            for number in range(stop // self.width):
                mask = self._mask(number, query, groups)
                if mask is None:
                    return None
                count += mask.bit_count()
                exact = exact and (not mask or self._inside(number, query))
        return Matching(count, exact)

    def forget(self, subject: str) -> None:
        """On return no tag of theirs is in the index, nor will be. Raises KeystoreFailed where that cannot be said."""
        with self._lock:
            tags = self._tagging().forget(subject)
            try:
                for number, row in list(self._opened().directories()) if tags else []:
                    self._take_out(number, row, tags)
                self._opened().cut()
            except IndexUnusable:
                self._begin_anew()

    def wipe(self) -> None:
        """Begins anew, with nothing in it. Raises KeystoreFailed if the old one cannot be removed."""
        with self._lock:
            self._begin_anew()

    def named(self, query: Query) -> list[int]:
        """What can match in all the blocks that are there. Raises as `below`."""
        found: list[int] = []
        with self._lock:
            groups = self._tagging().groups(query)
            for number in sorted(self._known):
                mask = self._mask(number, query, groups) or 0
                found += [number * self.width + place for place in places_of(mask)]
        return found

    def _mask(self, number: int, query: Query, groups: list[list[bytes]]) -> int | None:
        """Which entries of a block can match; None if the index does not know."""
        known = self._known.get(number)
        if known is None:
            return None
        nonce, head = known
        if not _touches(head, query):
            return 0
        try:
            return self._meet(number, self._directory(number, nonce), groups)
        except (BlockDamaged, IndexUnusable) as error:
            self._distrust(number, error)
            return None

    def _meet(self, number: int, directory: Directory, groups: list[list[bytes]]) -> int:
        mask = (1 << self.width) - 1
        found = [[place for tag in group if (place := directory.place(tag))] for group in groups]
        if not all(found):
            return 0
        if found:
            row = self._opened().lists(number)
            if row is None:
                raise BlockDamaged("the lists are missing")
            lists = self._sealing().open_lists(number, directory, row)
            for places in found:
                either = 0
                for place in places:
                    either |= self._sealing().mask(lists, place)
                mask &= either
        return mask

    def _inside(self, number: int, query: Query) -> bool:
        _, head = self._known[number]
        return (query.from_ms is None or query.from_ms <= head.earliest_ms) and (
            query.until_ms is None or head.latest_ms < query.until_ms
        )

    def _directory(self, number: int, nonce: bytes) -> Directory:
        row = self._opened().directory(number)
        if row is None or row[:NONCE] != nonce:
            raise BlockDamaged("another block is in its place, or none")
        return self._sealing().open_directory(number, row)

    def _take_out(self, number: int, row: bytes, tags: list[bytes]) -> None:
        sealer = self._sealing()
        try:
            directory = sealer.open_directory(number, row)
            if not any(directory.place(tag) for tag in tags):
                return
            lists = sealer.open_lists(number, directory, self._opened().lists(number) or b"")
        except BlockDamaged:
            self._drop([number], "cannot be opened")
            return
        postings = {tag: mask for tag, mask in sealer.postings(directory, lists).items() if tag not in tags}
        renewed, lists = sealer.seal(number, directory.head, postings)
        self._opened().put(number, renewed, lists)
        if number in self._known:
            self._known[number] = (renewed[:NONCE], directory.head)

    def _distrust(self, number: int, error: Exception) -> None:
        self._known.pop(number, None)
        _JOURNAL.warning("block %d of the search index is made anew: %s", number, error)
        try:
            self._opened().remove([number])
        except IndexUnusable as failure:
            _JOURNAL.warning("the search index is made anew: %s", failure)
            self._let_go()
            with suppress(IndexUnusable):  # whatever is left is not believed
                remove_files(self._path)

    def _drop(self, numbers: list[int], why: str) -> None:
        for number in numbers:
            self._known.pop(number, None)
            _JOURNAL.warning("block %d of the search index is made anew: it %s", number, why)
        if numbers:
            self._opened().remove(numbers)
            self._opened().cut()

    def _begin_anew(self) -> None:
        self._let_go()
        try:
            remove_files(self._path)
        except IndexUnusable as error:
            raise KeystoreFailed(f"the search index cannot be removed: {error}") from error

    def _let_go(self) -> None:
        self._known.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> IndexFile:
        if self._file is None:
            try:
                self._file = IndexFile(self._path, self.width)
            except IndexUnusable as error:
                _JOURNAL.warning("the search index is made anew: %s", error)
                remove_files(self._path)
                self._file = IndexFile(self._path, self.width)
        return self._file

    def _tagging(self) -> Tagger:
        if self._tagger is None:
            self._tagger = Tagger(self._keystore)
        return self._tagger

    def _sealing(self) -> BlockSealer:
        if self._sealer is None:
            self._sealer = BlockSealer(self._tagging().block_key, secrets.token_bytes, self.width)
        return self._sealer


def endings_in(entries: Iterable[OpenedEntry]) -> list[Ending]:
    """The ends of periods that these entries tell of."""
    found: list[Ending] = []
    for entry in entries:
        event = entry.event
        if event is None or event.name not in _ENDINGS or event.outcome is not Outcome.DONE:
            continue
        period = event.facts.get("period")
        if type(period) is int:
            found.append(Ending(entry.index, period * PERIOD_MS, (period + 1) * PERIOD_MS))
    return found


def _touches(head: Head, query: Query) -> bool:
    """Whether an entry of the block can have such a time. One that no key opens matches no query but for everything."""
    return query.everything or (
        head.earliest_ms <= head.latest_ms
        and (query.from_ms is None or head.latest_ms >= query.from_ms)
        and (query.until_ms is None or head.earliest_ms < query.until_ms)
    )
