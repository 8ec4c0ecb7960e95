"""A case file as text for whoever opens the bundle. No proof covers it: it names the entries that are proved. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from audit.event import Fact
from server.case_files import Opened
from support.case_file import FiledItem, ItemKind
from support.identity import StaffId
from support.staff import Staff

_CLOSED: Final = "(no key of the organisation opens it any more)"


def summary(opened: Opened, held: Sequence[int], now_ms: int) -> str:
    """`held`: the indices of the entries in the bundle."""
    file, people = opened.file, opened.people
    lines = [
        f"Case file {file.id}",
        f"Title:   {file.title}",
        f"Opened:  {_moment(file.opened_at_ms)} by {_person(file.opened_by, people)}; entry {file.log_index}",
    ]
    if file.closing is None:
        lines.append(f"Still open when this was made ({_moment(now_ms)})")
    else:
        closing = file.closing
        lines += [
            f"Closed:  {_moment(closing.at_ms)} by {_person(closing.officer, people)}",
            f"Finding: {closing.finding.value}. {closing.reason}",
        ]
    lines += ["", f"It holds {len(opened.items)} items, in the order in which they were added."]
    for number, item in enumerate(opened.items, 1):
        by = f"added {_moment(item.at_ms)} by {_person(item.officer, people)}; entry {item.log_index}"
        lines += ["", f"{number}. {_heading(item)} ({by})", *_details(item, opened)]
    lines += ["", f"The bundle proves {len(held)} entries of the log: {_ranges(held)}"]
    return "\n".join(lines) + "\n"


def _heading(item: FiledItem) -> str:
    return {
        ItemKind.FLAG: f"Flag, raised by entry {item.named}",
        ItemKind.ENTRY: f"Entry {item.named}",
        ItemKind.SESSION: f"Session {item.named}, all its entries",
        ItemKind.NOTE: "Note",
    }[item.kind]


def _details(item: FiledItem, opened: Opened) -> list[str]:
    if item.kind is ItemKind.FLAG:
        flag = opened.flags.get(item.named)
        if flag is None:
            return []
        return [f"   {flag.detector} about {flag.target}, {flag.action}: {_told(flag.reason_facts)}"]
    if item.kind is ItemKind.SESSION:
        return []
    entry = opened.entries.get(int(item.named))
    if entry is None or entry.event is None:
        return [f"   {_CLOSED}"]
    if item.kind is ItemKind.NOTE:
        return [f"   {line}" for line in str(entry.event.facts.get("note", "")).split("\n")]
    event = entry.event
    return [f"   {_moment(event.at_ms)} {event.name.value}, {event.outcome.value}: {_told(event.facts)}"]


def _told(facts: Mapping[str, Fact]) -> str:
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True)


def _ranges(indices: Sequence[int]) -> str:
    """For instance "3, 5-8"."""
    parts: list[tuple[int, int]] = []
    for index in indices:
        if parts and parts[-1][1] == index - 1:
            parts[-1] = (parts[-1][0], index)
        else:
            parts.append((index, index))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def _person(named: StaffId, people: Mapping[StaffId, Staff]) -> str:
    known = people.get(named)
    return named if known is None else f"{known.name} ({known.number})"


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
