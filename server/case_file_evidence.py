"""A case file as a bundle of evidence: its own acts and the entries that it names, with their proofs, and a summary.

The export is an entry, with its reason, before it is made, and so is what it holds about each customer: that one they
see on their own page.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.evidence.manifest import About
from audit.log import AuditLog
from audit.ports import OpenedEntry
from audit.search.log_search import LogSearch
from audit.search.query import Query, subjects_of
from server.case_file_summary import summary
from server.case_files import CaseFiles, Opened
from server.evidence import EvidenceDesk, Made, NoEvidence
from server.exports_made import all_matching
from session.ports import Clock
from support.case_file import ItemKind
from support.identity import is_id
from support.staff import Staff

MOST_ENTRIES: Final = 10_000
MOST_CUSTOMERS: Final = 200
_ACTS: Final = (
    EventName.OFFICER_FILE_OPENED,
    EventName.OFFICER_FILE_ADDED,
    EventName.OFFICER_FILE_NOTED,
    EventName.OFFICER_FILE_CLOSED,
)


class CaseFileEvidence:
    def __init__(
        self, files: CaseFiles, desk: EvidenceDesk, log: AuditLog, search: LogSearch, clock: Clock
    ) -> None:
        self._files, self._desk, self._log, self._search, self._clock = files, desk, log, search, clock

    async def make(self, named: str, reason: str, officer: Staff) -> Made:
        """`reason` is one line. Raises NoEvidence, Problem, LogUnavailable, and as reading the log does."""
        opened = await self._files.opened(await self._files.found(named, officer))
        held = await self._held(opened)
        customers = _customers(held.values())
        if len(held) > MOST_ENTRIES or len(customers) > MOST_CUSTOMERS:
            raise NoEvidence(
                f"One bundle holds at most {MOST_ENTRIES} entries, of {MOST_CUSTOMERS} customers: take out its "
                "sessions one by one, on the log's page."
            )
        intents = [
            self._intent(
                officer, EventName.OFFICER_FILE_EXPORTED, {"file": opened.file.id, "reason": reason}
            ),
            *(
                replace(
                    self._intent(officer, EventName.OFFICER_CUSTOMER_EXPORTED, {"file": opened.file.id}),
                    customer=customer,
                )
                for customer in customers
            ),
        ]
        indices = [one.index for one in await self._log.append_all(intents)]
        try:
            about = About(file=opened.file.id, summary=summary(opened, list(held), self._clock.now_ms()))
            content = await self._desk.bundle(sorted(held), about, indices[0])
        except BaseException:
            for intent, index in zip(intents, indices, strict=True):
                self._log.append_reducing(self._closed(intent, index, Outcome.FAILED, {}))
            raise
        digest = hashlib.sha256(content).hexdigest()
        whole: dict[str, Fact] = {"entries": len(held), "bytes": len(content), "sha256": digest}
        facts = [whole, *(_of_one(count, digest) for count in customers.values())]
        await self._log.append_all(
            [
                self._closed(intent, index, Outcome.DONE, told)
                for intent, index, told in zip(intents, indices, facts, strict=True)
            ]
        )
        return Made(content, digest, indices[0], len(held))

    async def _held(self, opened: Opened) -> dict[int, OpenedEntry]:
        """By index, in order: the file's own acts, the flags and entries that it names, and its sessions."""
        before = self._log.size
        found: list[OpenedEntry] = []
        for name in _ACTS:
            acts = await all_matching(self._search, Query(event=name), before)
            found += [one for one in acts if one.event and one.event.facts.get("file") == opened.file.id]
        for item in opened.items:
            if item.kind is ItemKind.SESSION:
                found += await all_matching(self._search, Query(session=item.named), before)
                if len(found) > MOST_ENTRIES:
                    break
        single = {ItemKind.FLAG, ItemKind.ENTRY, ItemKind.NOTE}
        found += await self._log.read_at([int(one.named) for one in opened.items if one.kind in single])
        readable = [entry for entry in found if entry.event is not None]  # another proves nothing to anybody
        return {entry.index: entry for entry in sorted(readable, key=lambda entry: entry.index)}

    def _intent(self, officer: Staff, name: EventName, facts: Mapping[str, Fact]) -> Event:
        actor = Actor(ActorKind.OFFICER, officer.id)
        now = self._clock.now_ms()
        return Event(name=name, outcome=Outcome.INTENT, at_ms=now, actor=actor, facts=facts)

    def _closed(self, intent: Event, index: int, outcome: Outcome, facts: Mapping[str, Fact]) -> Event:
        return replace(intent, outcome=outcome, at_ms=self._clock.now_ms(), intent=index, facts=facts)


def _of_one(entries: int, digest: str) -> dict[str, Fact]:
    return {"entries": entries, "sha256": digest}


def _customers(entries: Iterable[OpenedEntry]) -> dict[str, int]:
    """Each with how many of these entries are about them."""
    told = (one for entry in entries if entry.event is not None for one in subjects_of(entry.event))
    return dict(Counter(one for one in sorted(told) if is_id(one, "cus")))
