"""`witnesses.json` in the data folder: which witnesses are missing and which refuse, for the next start."""

from pathlib import Path
from typing import Final

import msgspec

from audit.disk import Disk
from audit.plain_file import read_plain

LARGEST: Final = 1024 * 1024


class WitnessNotes(msgspec.Struct, frozen=True, kw_only=True):
    """By the policy's names. `refused`: why, one of `witness_call.Cause`."""

    lost: list[str] = []
    refused: dict[str, str] = {}


def read_notes(file: Path) -> WitnessNotes | None:
    """None where there is a file that cannot be read: then nobody should feel safe."""
    try:
        content = read_plain(file, LARGEST)
        return WitnessNotes() if content is None else msgspec.json.decode(content, type=WitnessNotes)
    except (
        OSError,
        msgspec.DecodeError,
        UnicodeDecodeError,
    ):  # msgspec decodes text itself, and says so in its way
        return None


def write_notes(file: Path, notes: WitnessNotes) -> None:
    """Durable on return. Raises OSError."""
    content = msgspec.json.format(msgspec.json.encode(notes), indent=1) + b"\n"
    Disk().create(file, content, temporary=file.with_name(f"{file.name}.new"))
