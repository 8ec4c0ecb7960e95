"""The search index keeps up with the log, in its spare time: nothing but the speed of searches waits for it."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from audit.keystore import KeystoreFailed, KeyUnavailable
from audit.log import AuditLog
from audit.public import PublicDamaged
from audit.reader import EntryUnreadable
from audit.search.index_file import IndexUnusable
from audit.search.log_search import LogSearch

AGAIN_S: Final = 60.0
_WAITED_OUT: Final = (EntryUnreadable, IndexUnusable, KeystoreFailed, KeyUnavailable, PublicDamaged)
_log: Final = structlog.get_logger("index")


class IndexKeeper:
    """Implements Keeper."""

    name: Final = "search index"

    def __init__(self, log: AuditLog, search: LogSearch) -> None:
        self._log, self._search = log, search

    async def run(self) -> None:
        unsubscribe = self._log.subscribe(self._search.heard)
        try:
            while True:
                self._search.due.clear()
                await self._catch_up()
                with suppress(TimeoutError):
                    async with asyncio.timeout(AGAIN_S):
                        await self._search.due.wait()
        finally:
            unsubscribe()
            self._search.close()

    async def _catch_up(self) -> None:
        """Works half of the time at most, so that whoever appends is not behind it."""
        loop = asyncio.get_running_loop()
        try:
            began = loop.time()
            while await self._search.catch_up():
                await asyncio.sleep(loop.time() - began)
                began = loop.time()
        except _WAITED_OUT as error:
            _log.warning("the search index waits; searches look through the log instead", reason=str(error))
