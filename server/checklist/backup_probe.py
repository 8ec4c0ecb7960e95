"""Looks at the notes of backups beside the data."""

from typing import Annotated, Final

import msgspec

from audit.plain_file import read_plain
from server.checklist.facts import Backups
from server.places import Places

_DAY_MS: Final = 86_400_000
_LARGEST_BYTES: Final = 64 * 1024


class _Note(msgspec.Struct, frozen=True):
    at_ms: Annotated[int, msgspec.Meta(ge=0)]


def look_at_backups(places: Places, *, remind_after_days: int, now_ms: int) -> Backups:
    """A note that lies in the future is no reason to feel safe: it counts as today's only if it is."""
    try:
        content = read_plain(places.backup_notes, _LARGEST_BYTES)
        notes = [] if content is None else msgspec.json.decode(content, type=list[_Note])
    except (OSError, msgspec.DecodeError):
        return Backups(readable=False, last_days=None, remind_after_days=remind_after_days)
    past = [note.at_ms for note in notes if note.at_ms <= now_ms]
    days = (now_ms - max(past)) // _DAY_MS if past else None
    return Backups(readable=True, last_days=days, remind_after_days=remind_after_days)
