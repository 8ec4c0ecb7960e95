"""A new small file: there whole or not at all, whatever stops the writing; one that is there is never replaced."""

import os
from pathlib import Path


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Durable on return. Raises FileExistsError if there is one already, OSError."""
    temporary = clear_leftover(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)  # whatever the caller's umask
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike a rename, it fails if somebody was faster
    finally:
        temporary.unlink()
    sync_folder(path.parent)


def write_over(path: Path, content: bytes) -> None:
    """A new content for a file that is there, which keeps its owner and mode: whole or not at all, whatever stops the
    writing. Durable on return. Raises OSError."""
    temporary, status = clear_leftover(path), path.stat()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o777)
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def clear_leftover(path: Path) -> Path:
    """What a write that was killed left beside `path` is gone. Returns its name. Raises OSError."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    return temporary


def sync_folder(folder: Path) -> None:
    """New names in it are durable on return. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
