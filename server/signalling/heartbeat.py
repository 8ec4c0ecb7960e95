"""Is the other end of a socket still there? A ping each second; no answer within two means lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

PING_EVERY_S: Final = 1.0
ANSWER_WITHIN_S: Final = 2.0
_STALLED_S: Final = 0.5


class Heartbeat:
    """`watch` returns when the other end has not answered in time. Anything received counts as an answer.

    If this process itself stood still, answers may lie there unread, and everybody would be lost at once. So the count
    begins anew then, but only once until the other end is heard: silence is never excused twice.
    """

    def __init__(self) -> None:
        self._unanswered_since: float | None = None
        self._excused = False

    def heard(self) -> None:
        self._unanswered_since, self._excused = None, False

    async def watch(self, ping: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            if self._unanswered_since is None:
                self._unanswered_since = now
            elif now - self._unanswered_since > ANSWER_WITHIN_S - PING_EVERY_S / 2:
                return
            try:
                # A ping to a client that does not read would wait for its buffer: the deadline holds for that too.
                async with asyncio.timeout(PING_EVERY_S):
                    await ping()
            except TimeoutError:
                continue
            except ConnectionError:
                return
            await asyncio.sleep(max(0.0, now + PING_EVERY_S - loop.time()))
            if loop.time() - now > PING_EVERY_S + _STALLED_S and not self._excused:
                self._unanswered_since, self._excused = None, True
