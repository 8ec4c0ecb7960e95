"""The entry of a backup, whoever writes it: a running server, or the command where none runs."""

from audit.event import Actor, Event, EventName, Outcome
from server.administration.acts import NoteBackup


def backup_made(act: NoteBackup, by: Actor, now_ms: int) -> Event:
    return Event(
        name=EventName.OPERATOR_BACKUP_MADE,
        outcome=Outcome.DONE,
        at_ms=now_ms,
        actor=by,
        facts={
            "entries": act.entries,
            "size_bytes": act.size_bytes,
            "with_keys": act.with_keys,
            "manifest_sha256": act.manifest_sha256,
        },
    )
