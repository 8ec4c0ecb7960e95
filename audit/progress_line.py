"""How far a long look has come, in one line of a terminal that is written over and then wiped away."""

import time
from typing import Final, TextIO

_EVERY_S: Final = 0.1
_FIRST_S: Final = 0.5  # what is done sooner needs no line


class ProgressLine:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._next = self._began + _FIRST_S
        self._width = 0

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY_S
        bar = ("#" * (done * 20 // max(of, 1))).ljust(20, ".")
        line = f"[{bar}] {done:,} of {of:,} entries, {done / (now - self._began):,.0f} a second"
        self._stream.write("\r" + line.ljust(self._width))
        self._stream.flush()
        self._width = len(line)

    def wipe(self) -> None:
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0
