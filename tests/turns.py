"""Whose turn it is, over all workers of one run: most tests run beside others, some need the machine to themselves.

Two locks of the kernel, which a killed worker gives back. Everybody passes the *door*, one after the other. Who runs
beside others then shares the *room*; who runs alone has it whole, and keeps the door shut while waiting for it, so that
others coming and going cannot keep them waiting for ever.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """`folder` is the same for all workers of the run."""
    with _opened(folder / "door") as door, _opened(folder / "room") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
