"""A disk that waits where the process, or the machine, has no descriptor left.

That is the one error after which trying again is safe: nothing was begun, let alone written. It goes away by itself
when connections close, and it must not stop the log for good. After 10 s the shortage is an error like any other.
"""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from audit.disk import Disk

SHORTAGE_S: Final = 10.0
_FIRST_WAIT_S: Final = 0.02
_LONGEST_WAIT_S: Final = 0.5
_SHORT_OF_DESCRIPTORS: Final = frozenset({errno.EMFILE, errno.ENFILE})

Got = TypeVar("Got")


class PatientDisk(Disk):
    """For the log's own threads; who waits for an entry hears after 2 s that it is not durable yet."""

    def __init__(self, shortage_s: float = SHORTAGE_S) -> None:
        self._shortage_s = shortage_s

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        return self._once_free(lambda: super(PatientDisk, self).open(path, flags, mode))

    def read(self, path: Path) -> bytes | None:
        return self._once_free(lambda: super(PatientDisk, self).read(path))

    def names(self, folder: Path) -> list[Path]:
        return self._once_free(lambda: super(PatientDisk, self).names(folder))

    def _once_free(self, act: Callable[[], Got]) -> Got:
        wait_s, until_s = _FIRST_WAIT_S, time.monotonic() + self._shortage_s
        while True:
            try:
                return act()
            except OSError as error:
                if error.errno not in _SHORT_OF_DESCRIPTORS or time.monotonic() + wait_s > until_s:
                    raise
            time.sleep(wait_s)  # nobody tells when one is free again
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
