"""`forwarding.json` in the data folder: how far the collector is, for the next start."""

from pathlib import Path
from typing import Final

import msgspec

from audit.disk import Disk
from audit.plain_file import read_plain

LARGEST: Final = 4_096


class ForwardingNotes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries below `next` have reached the collector's machine. A connection begins with entry `again`: what lies
    between the two its program may not have read. `entry_id` (hex) is that of entry `next` - 1, "" for none: with it a
    log that was put back shows. `late`: the log says that the collector lacks entries."""

    next: int = 0
    again: int = 0
    entry_id: str = ""
    late: bool = False


def read_forwarding(file: Path) -> ForwardingNotes | None:
    """None where there is a file that cannot be read."""
    try:
        content = read_plain(file, LARGEST)
    except OSError:
        return None
    return ForwardingNotes() if content is None else parse_forwarding(content)


def parse_forwarding(content: bytes) -> ForwardingNotes | None:
    """None for what is no such note."""
    try:
        notes = msgspec.json.decode(content, type=ForwardingNotes)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return notes if 0 <= notes.again <= notes.next else None


def write_forwarding(file: Path, notes: ForwardingNotes) -> None:
    """Durable on return. Raises OSError."""
    Disk().create(file, msgspec.json.encode(notes) + b"\n", temporary=file.with_name(f"{file.name}.new"))
