"""Events of the gate, in order, for one reader."""

import asyncio
from collections.abc import AsyncIterator

from session.gate_port import GateEvent


class EventStream:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[GateEvent | None] = asyncio.Queue()

    def put(self, event: GateEvent) -> None:
        self._queue.put_nowait(event)

    def end(self) -> None:
        """The reader's loop ends after what was put before."""
        self._queue.put_nowait(None)

    async def read(self) -> AsyncIterator[GateEvent]:
        while (event := await self._queue.get()) is not None:
            yield event
