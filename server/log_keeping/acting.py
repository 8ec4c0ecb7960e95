"""Actions are released when they were held back long enough, and expire when nobody approved them; a little late at
most."""

import asyncio
from typing import Final

import structlog

from audit.ports import LogUnavailable
from server.actions import ActionRefused, Actions
from server.clock import ClockUnsure, TrueClock, must_be_sure
from support.ports import StoreUnavailable

EVERY_S: Final = 15.0
_log: Final = structlog.get_logger("actions")


class ActionKeeper:
    """Implements Keeper."""

    name: Final = "actions"

    def __init__(self, actions: Actions, clock: TrueClock, every_s: float = EVERY_S) -> None:
        self._actions, self._clock, self._every_s = actions, clock, every_s

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                must_be_sure(self._clock)
                await self._actions.follow_time()
            except ActionRefused:
                continue  # somebody cancelled it at this very moment
            except (ClockUnsure, LogUnavailable, StoreUnavailable) as error:
                _log.warning("actions wait", reason=str(error))
