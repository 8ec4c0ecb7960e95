"""An event loop whose time stands still until the test moves it: every run of a test is the same."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Timers fire only when `advance` reaches them."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual_s = 0.0

    def time(self) -> float:
        return self._virtual_s

    def advance(self, ms: int) -> None:
        self._virtual_s += ms / 1000
        self.turn(60)

    def turn(self, turns: int) -> None:
        """Let whatever is ready run, for so many turns of the loop."""
        self.run_until_complete(_spin(turns))

    def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work`, which waits for no timer, to its end."""
        return self.run_until_complete(work)


async def _spin(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
