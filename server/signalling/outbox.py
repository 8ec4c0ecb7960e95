"""What waits to be sent to one socket: bounded. A client that does not read is dropped; nobody waits for it."""

import asyncio
from collections import deque
from typing import Final

from server.signalling.messages import Bye, Outgoing, encode

LONGEST: Final = 64


class Outbox:
    """Messages in order for one writer. `put` never waits; after `end` nothing more is taken.

    When more than `LONGEST` wait, the box is `overflowing` and its socket is to be aborted.
    """

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._changed = asyncio.Event()
        self._ended = False
        self.close_code = 1000
        self.overflowing = False

    def put(self, message: Outgoing) -> None:
        if self._ended:
            return
        if len(self._waiting) >= LONGEST:
            self.overflowing = True
            self._finish()
            return
        self._waiting.append(encode(message))
        self._changed.set()

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return len(self._waiting)

    def end(self, goodbye: Bye | None, *, close_code: int = 1000) -> None:
        """Send what waits, then the goodbye, then close with `close_code`. Only the first call counts."""
        if self._ended:
            return
        if goodbye is not None:
            self._waiting.append(encode(goodbye))
        self.close_code = close_code
        self._finish()

    async def next(self) -> str | None:
        """The next message, or None when there will be none."""
        while not self._waiting and not self._ended:
            self._changed.clear()
            await self._changed.wait()
        if self.overflowing or not self._waiting:
            return None
        return self._waiting.popleft()

    def _finish(self) -> None:
        self._ended = True
        self._changed.set()
