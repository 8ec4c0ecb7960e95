"""One command at a time in a folder. The kernel lets go when the command ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.backup.errors import BackupRefused


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Raises BackupRefused if another command has this folder, or has just finished with it; OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not _taken(descriptor, folder):
            raise BackupRefused(f"Another command is at work in {folder}. Nothing was changed.")
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int, folder: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
