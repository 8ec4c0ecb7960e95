"""What has been taken out of the log, told from the log itself; and which of it concerns one customer."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Final, Literal

import msgspec

from audit.event import Event, EventName, Fact, Outcome
from audit.export.selection import Selection
from audit.ports import OpenedEntry
from audit.search.log_search import LogSearch
from audit.search.query import Query
from server.administration.export_acts import ExportLine

_OF_LOG: Final = (EventName.OPERATOR_LOG_EXPORTED, EventName.OFFICER_LOG_EXPORTED)
_OF_FILES: Final = EventName.OFFICER_FILE_EXPORTED
_OF_SESSIONS: Final = (EventName.OPERATOR_EVIDENCE_EXPORTED, EventName.OFFICER_EVIDENCE_EXPORTED)
_AT_ONCE: Final = 1_000
_BEGUN: Final = "begun"
_FIELDS: Final = tuple(field.name for field in fields(Query))


async def exports_made(search: LogSearch, customer: str | None) -> list[ExportLine]:
    """Oldest first; for a customer, those that hold entries about them. Raises as `LogSearch.search`."""
    intents: dict[int, Event] = {}
    closing: dict[int, Event] = {}
    of_files = _OF_FILES if customer is None else EventName.OFFICER_CUSTOMER_EXPORTED
    for name in (*_OF_LOG, *_OF_SESSIONS, of_files, EventName.SYSTEM_OUTCOME_UNKNOWN):
        wanted = Query(event=name, customer=customer if name is of_files else None)
        for entry in await all_matching(search, wanted):
            if entry.event is not None and entry.event.intent is not None:
                closing[entry.event.intent] = entry.event
            elif entry.event is not None and entry.event.outcome is Outcome.INTENT:
                intents[entry.index] = entry.event
    about = [] if customer is None else await all_matching(search, Query(customer=customer))
    lines = [
        _line(index, intents[index], closing.get(index), None if customer is None else about)
        for index in sorted(intents)
    ]
    return [line for line in lines if line.concerning is None or line.concerning > 0]


def selection_of(index: int, intent: Event) -> Selection:
    """What the export whose intent is entry `index` was of. The session of evidence is the entry's own; which entries a
    case file held is in the file's."""
    facts = intent.facts
    start, stop = facts.get("from", 0), facts.get("to", index)
    if intent.name in _OF_SESSIONS:
        return Selection(0, index, Query(session=intent.session))
    return Selection(int(start), int(stop), _query(facts))


async def all_matching(search: LogSearch, query: Query, before: int | None = None) -> list[OpenedEntry]:
    """Those below index `before`, oldest first. Raises as `LogSearch.search`."""
    found: list[OpenedEntry] = []
    while before != 0:
        part = await search.search(query, before, _AT_ONCE)
        found = part.entries + found
        before = part.start
    return found


def _query(facts: Mapping[str, Fact]) -> Query:
    """Back from `Query.facts`."""
    wanted = {name: facts[name] for name in _FIELDS if name in facts}
    return msgspec.convert(wanted, Query)


def _line(index: int, intent: Event, closed: Event | None, about: Iterable[OpenedEntry] | None) -> ExportLine:
    selection = selection_of(index, intent)
    facts = {} if closed is None else closed.facts
    entries, sha256 = facts.get("entries"), facts.get("sha256")
    of_file = intent.name in {_OF_FILES, EventName.OFFICER_CUSTOMER_EXPORTED}
    what: Literal["log", "evidence"] = "evidence" if of_file or intent.name in _OF_SESSIONS else "log"
    concerning = None if about is None else sum(selection.takes(entry) for entry in about)
    if of_file and about is not None:
        concerning = int(entries) if entries is not None else 1  # on its way, or broken off: it may have left
    return ExportLine(
        entry=index,
        at_ms=intent.at_ms,
        by=f"{intent.actor.kind} {intent.actor.id}".rstrip(),
        what=what,
        format=str(intent.facts.get("format", "zip")),
        start=selection.start,
        stop=selection.stop,
        wanted={"file": intent.facts.get("file", "")} if of_file else selection.query.facts(),
        state=_BEGUN if closed is None else closed.outcome.value,
        entries=int(entries) if entries is not None else None,
        sha256=str(sha256) if sha256 is not None else None,
        concerning=concerning,
    )
