"""The log, its signature, and its copies elsewhere. Pure."""

from collections.abc import Iterator
from typing import Final

from server.checklist.facts import Backups, Facts, Record
from server.checklist.finding import Found

LATE_AFTER_S: Final = 30  # a running log signs within a second


def of_record(facts: Facts) -> Iterator[Found]:
    record = facts.record
    yield _log(record)
    if record.there:
        late = record.late_s > LATE_AFTER_S
        yield (
            Found("checkpoint", "late", {"seconds": record.late_s}) if late else Found("checkpoint", "fresh")
        )
    if facts.schema is not None:
        yield Found("schema", facts.schema.value)
    yield Found("witness", "none")
    if record.there:
        yield _backup(facts.backups)
        yield Found("restore", "untold")


def _log(record: Record) -> Found:
    if not record.there:
        return Found("log", "not_there")
    if record.trouble is not None:
        return Found("log", "stopped" if record.stopped else "damaged", {"sentence": record.trouble})
    return Found("log", "healthy", {"count": record.entries or 0})


def _backup(backups: Backups) -> Found:
    if not backups.readable:
        return Found("backup", "unreadable")
    if backups.last_days is None:
        return Found("backup", "never")
    old = backups.last_days > backups.remind_after_days
    return Found("backup", "old" if old else "recent", {"days": backups.last_days})
