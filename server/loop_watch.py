"""How late the event loop is: the one number that shows a machine that is too slow, whatever it is busy with."""

import asyncio
from collections import deque
from typing import Final

EVERY_S: Final = 0.25
REMEMBERED: Final = 20  # looks, so the last five seconds


class LoopWatch:
    def __init__(self) -> None:
        self._late_s: deque[float] = deque(maxlen=REMEMBERED)

    def worst_s(self) -> float:
        """By how many seconds a timer fired too late, at the worst, lately."""
        return max(self._late_s, default=0.0)

    async def run(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self._late_s.append(max(0.0, loop.time() - due))
