"""`backups.json` in the data folder: notes of the last backups, for whoever asks how old the newest one is."""

import os
from pathlib import Path
from typing import Final

import msgspec

from audit.disk import Disk
from audit.plain_file import read_plain

KEPT: Final = 20
LARGEST: Final = 64 * 1024


class BackupNote(msgspec.Struct, frozen=True, kw_only=True):
    """`at_ms` is the instant that the backup shows, UTC milliseconds; `entries` counts the log's entries in it."""

    at_ms: int
    path: str
    size_bytes: int
    entries: int
    with_keys: bool
    manifest_sha256: str


def last_backups(notes: Path) -> list[BackupNote]:
    """The oldest first; none where there is no file, or none that can be read: then nobody should feel safe."""
    try:
        content = read_plain(notes, LARGEST)
        return [] if content is None else msgspec.json.decode(content, type=list[BackupNote])
    except (OSError, msgspec.DecodeError):
        return []


def note_backup(notes: Path, note: BackupNote) -> None:
    """Durable on return. Raises OSError."""
    kept = [*last_backups(notes), note][-KEPT:]
    content = msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n"
    Disk().create(notes, content, temporary=notes.with_name(f"{notes.name}.{os.getpid()}.new"))
