"""Which entries a customer may hold a receipt of, session by session: learned from the log, kept for a day."""

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from audit.event import Event, EventName, Fact, Outcome
from audit.ports import OpenedEntry
from audit.receipts.receipt import Kind
from audit.receipts.statement import kind_of
from session.identity import SessionId
from session.recording import ENDS

SESSIONS_KEPT: Final = 20_000
OF_A_SESSION: Final = 32  # a page that is loaded anew is asked again: each time two of them
_UNDONE: Final = frozenset({Outcome.FAILED, Outcome.REFUSED, Outcome.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Receivable:
    """An entry that a receipt can be made of. `wording` is (version, language, SHA-256) of what a consent names."""

    index: int
    kind: Kind
    at_ms: int
    subject: str
    wording: tuple[int, str, str] | None = None


@dataclass(slots=True)
class _Page:
    rows: dict[int, Receivable] = field(default_factory=dict)
    issued: int = 0
    ended: bool = False


class ReceiptBook:
    """Nothing personal is kept: indices, kinds, times, and the hash of a wording."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._end_heard = asyncio.Event()

    def learn(self, tail: Sequence[OpenedEntry]) -> None:
        """At start: the log's end, at least as far back as a customer's cookie lives."""
        for entry in tail:
            self.heard(entry)

    def heard(self, entry: OpenedEntry) -> None:
        """For each durable entry; the same one may come twice."""
        event = entry.event
        if event is None or event.session is None or event.customer is None:
            return
        if event.name is EventName.CUSTOMER_RECEIPT_ISSUED:
            self._page(event.session).issued += 1
        elif event.intent is not None:
            self._closed(event)
        else:
            self._opened(entry.index, event, event.session, event.customer)

    def of(self, session: SessionId) -> list[Receivable]:
        """In the order of the log."""
        page = self._pages.get(session)
        return sorted(page.rows.values(), key=lambda row: row.index) if page else []

    async def told_of_end(self, session: SessionId, within_s: float) -> None:
        """Returns once the session's end is in the log, or after `within_s`: an end is recorded after the fact."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not ((page := self._pages.get(session)) and page.ended):
                    await self._end_heard.wait()

    def issued(self, session: SessionId) -> int:
        page = self._pages.get(session)
        return page.issued if page else 0

    def _opened(self, index: int, event: Event, session: str, subject: str) -> None:
        if event.name in ENDS:
            self._page(session).ended = True
            self._end_heard.set()
            self._end_heard = asyncio.Event()
        facts = event.personal.get(subject)
        kind = kind_of(facts) if facts else None
        if facts is None or kind is None:
            return
        rows = self._page(session).rows
        rows[index] = Receivable(index, kind, event.at_ms, subject, _wording(facts.get("document")))
        if len(rows) > OF_A_SESSION:
            del rows[min(rows)]

    def _closed(self, event: Event) -> None:
        """A consent whose grant came to nothing gave nobody anything."""
        page = self._pages.get(event.session or "")
        if page and event.outcome in _UNDONE and event.intent is not None:
            page.rows.pop(event.intent, None)

    def _page(self, session: str) -> _Page:
        if session not in self._pages:
            self._pages[session] = _Page()
            if len(self._pages) > SESSIONS_KEPT:
                self._pages.popitem(last=False)
        return self._pages[session]


def _wording(document: Fact | None) -> tuple[int, str, str] | None:
    """Of a document that the server itself has checked before it was recorded."""
    if not isinstance(document, str):
        return None
    named = json.loads(document)["wording"]
    return named["version"], named["language"], named["sha256"]
