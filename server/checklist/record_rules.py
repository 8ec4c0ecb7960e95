"""The log, its signature, and its copies elsewhere. Pure."""

from collections.abc import Iterator
from typing import Final

from server.checklist.facts import Backups, Facts, Outgoing, Record, Witnesses
from server.checklist.finding import Found

LATE_AFTER_S: Final = 30  # a running log signs within a second


def of_record(facts: Facts) -> Iterator[Found]:
    record = facts.record
    yield _log(record, used=facts.data.used)
    if record.there:
        late = record.late_s > LATE_AFTER_S
        yield (
            Found("checkpoint", "late", {"seconds": record.late_s}) if late else Found("checkpoint", "fresh")
        )
    if facts.schema is not None:
        yield Found("schema", facts.schema.value)
    yield _witness(facts.witnesses)
    yield Found("collector", facts.forwarding.value)
    yield Found("mail", facts.mail.value)
    yield Found("sign_in_places", facts.sign_in_places.value)
    if facts.outgoing is not None:
        yield _outgoing(facts.outgoing)
    if record.there:
        yield _backup(facts.backups)
        yield Found("restore", "untold")


def _log(record: Record, *, used: bool) -> Found:
    if not record.there:
        return Found("log", "gone" if used else "not_there")
    if record.trouble is not None:
        return Found("log", "stopped" if record.stopped else "damaged", {"sentence": record.trouble})
    return Found("log", "healthy", {"count": record.entries or 0})


def _witness(witnesses: Witnesses) -> Found:
    values: dict[str, str | int] = {}
    if witnesses.named:
        values["names"] = ", ".join(witnesses.named)
    if witnesses.sentence:
        values["sentence"] = witnesses.sentence
    return Found("witness", witnesses.state.value, values)


def _outgoing(outgoing: Outgoing) -> Found:
    if outgoing.dead:
        return Found("outbox", "dead", {"count": outgoing.dead})
    if outgoing.late:
        return Found("outbox", "late", {"count": outgoing.late})
    return Found("outbox", "sent", {"count": outgoing.waiting})


def _backup(backups: Backups) -> Found:
    if not backups.readable:
        return Found("backup", "unreadable")
    if backups.last_days is None:
        return Found("backup", "never")
    old = backups.last_days > backups.remind_after_days
    return Found("backup", "old" if old else "recent", {"days": backups.last_days})
