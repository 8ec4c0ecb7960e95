"""The first question to every request, before its path is looked at: has this source asked too often?"""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from server.http import static
from server.http.addresses import Network, source_of
from server.http.origin import SAFE_METHODS
from server.http.throttles import Throttles
from server.problems import too_many
from server.published_log import PREFIX as LOG

# A source has so many connections and no more; while each waits for its refusal it can do nothing else.
REFUSED_AFTER_S: Final = 1.0


class Admission:
    """Counts by source. A refusal is held back, so that a flood comes no faster than its connections allow."""

    def __init__(self, throttles: Throttles, trusted: Sequence[Network]) -> None:
        self._throttles, self.trusted = throttles, trusted

    async def admit(self, request: web.Request) -> None:
        """Raises Problem, or BusUnavailable where nothing can be counted."""
        if not await self._may(request, source_of(request, self.trusted)):
            await asyncio.sleep(REFUSED_AFTER_S)
            raise too_many()

    async def _may(self, request: web.Request, source: str) -> bool:
        if request.method not in SAFE_METHODS:
            return await self._throttles.changes(source)
        if request.path.startswith((static.PREFIX, LOG)):
            return await self._throttles.files(source)
        return await self._throttles.reads(source)
