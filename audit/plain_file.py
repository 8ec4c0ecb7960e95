"""Files of a folder that somebody else may have prepared: plain, and no larger than they can be."""

import os
import stat
from pathlib import Path


class NotPlain(OSError):
    """A link, a folder, a device, or more bytes than such a file can have."""


def read_plain(path: Path, most: int) -> bytes | None:
    """All of a plain file, or None where there is none. Raises NotPlain, OSError. Never waits, as a pipe would let it,
    and never follows a link: the bytes judged are those that lie in the folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if path.is_symlink() or not path.is_file():
            raise NotPlain(error.errno, "this is no plain file", str(path)) from error
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotPlain(0, "this is no plain file", str(path))
        if status.st_size > most:
            raise NotPlain(
                0, f"this file has {status.st_size} bytes, and at most {most} are possible", str(path)
            )
        with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            return file.read(most)
    finally:
        os.close(descriptor)
