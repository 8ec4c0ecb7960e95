"""Waiting until an entry lies under a published signature. Belongs to one event loop."""

import asyncio
from typing import Final

from audit.ports import LogUnavailable

SIGNED_WITHIN_S: Final = 5.0  # a checkpoint is at most a second late; a log that needs longer is in trouble


class Signed:
    def __init__(self, size: int) -> None:
        """`size` is how many entries the published checkpoint holds."""
        self._size = size
        self._grown = asyncio.Event()

    def reached(self, size: int) -> None:
        """The published checkpoint holds `size` entries now."""
        self._size = max(self._size, size)
        self._grown.set()
        self._grown = asyncio.Event()

    async def holds(self, index: int, within_s: float = SIGNED_WITHIN_S) -> None:
        """Returns once entry `index` is under it. Raises LogUnavailable where that takes longer than `within_s`."""
        try:
            async with asyncio.timeout(within_s):
                while self._size <= index:
                    await self._grown.wait()
        except TimeoutError as error:
            raise LogUnavailable("the entry is durable, but not signed yet") from error
