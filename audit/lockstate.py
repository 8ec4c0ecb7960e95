"""The last signed size and root, kept apart from the log so that a cut tail shows (FORMAT.md, section 8)."""

import base64
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.checkpoint import CheckpointInvalid, parse_number, parse_root
from audit.disk import Disk
from audit.note import NoteInvalid, Signer, Verifier, open_note

_TITLE: Final = "tachiai/lockstate/v1"


class LockstateInvalid(Exception):
    """Not a lockstate of this log."""


class LockstateLost(Exception):
    """Somebody else has swapped the lockstate: this writer is no longer the one."""


@dataclass(frozen=True, slots=True)
class Lockstate:
    """`fence` counts the writers that have opened the log, from 1."""

    origin: str
    fence: int
    size: int
    root: bytes

    def sign(self, signer: Signer) -> bytes:
        root = base64.b64encode(self.root).decode()
        return signer.sign(f"{_TITLE}\n{self.origin}\n{self.fence}\n{self.size}\n{root}\n")


def open_lockstate(note: bytes, verifier: Verifier) -> Lockstate:
    """Raises LockstateInvalid unless the log's own key signed it."""
    try:
        lines = open_note(note, verifier).split("\n")
        if len(lines) != 6 or lines[0] != _TITLE or lines[1] != verifier.name:
            raise LockstateInvalid("the lockstate is not one of this log")
        return Lockstate(lines[1], parse_number(lines[2]), parse_number(lines[3]), parse_root(lines[4]))
    except (NoteInvalid, CheckpointInvalid) as error:
        raise LockstateInvalid(f"the lockstate does not hold: {error}") from error


class LockstateFile:
    """Compare-and-swap on a file: what is there must be what this writer put there last."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk

    def read(self) -> bytes | None:
        return self._disk.read(self.path)

    def swap(self, expected: bytes | None, fresh: bytes) -> None:
        """Durable on return. Raises LockstateLost, OSError."""
        folder = self._disk.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if self.read() != expected:
                raise LockstateLost(f"{self.path} was changed by another writer")
            self._disk.create(self.path, fresh, temporary=self.path.with_name(self.path.name + ".new"))
        finally:
            os.close(folder)
