"""What the log tells an officer of case files that concern them: that there is an entry, and nothing in it. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from audit.entry import ORG
from audit.event import EventName
from audit.ports import OpenedEntry

_OF_FILES: Final = frozenset(
    {
        EventName.OFFICER_FILE_OPENED,
        EventName.OFFICER_FILE_ADDED,
        EventName.OFFICER_FILE_NOTED,
        EventName.OFFICER_FILE_CLOSED,
        EventName.OFFICER_FILE_READ,
        EventName.OFFICER_FILE_EXPORTED,
        EventName.OFFICER_CUSTOMER_EXPORTED,
    }
)


def withheld(entries: Sequence[OpenedEntry], files: frozenset[str]) -> Sequence[OpenedEntry]:
    """The entries, where those of these files are as if no key opened them here. `files`: those that concern whoever
    reads."""
    return [_closed(entry) if _of(entry, files) else entry for entry in entries] if files else entries


def _of(entry: OpenedEntry, files: frozenset[str]) -> bool:
    event = entry.event
    return event is not None and event.name in _OF_FILES and event.facts.get("file") in files


def _closed(entry: OpenedEntry) -> OpenedEntry:
    return replace(entry, event=None, sealed=(ORG, *entry.sealed))
