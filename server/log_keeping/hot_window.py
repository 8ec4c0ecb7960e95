"""Weeks whose hot window is over: this server can open them no more, and the log says so.

Not within the first hour: what a wrong date at a start would seal away, this server could not bring back.
"""

import asyncio
from typing import Final

import structlog

from audit.event import EventName, Fact
from audit.kek import KeyUnavailable
from audit.keys.sealing_away import NotWrapped, seal_away
from audit.keystore import PERIOD_MS, Keystore, KeystoreFailed
from audit.ports import AuditWriter, LogUnavailable
from server.clock import ClockUnsure, TrueClock, must_be_sure
from server.foundation import system_event

EVERY_S: Final = 3_600.0
_log: Final = structlog.get_logger("sealed")


class HotWindow:
    """Implements Keeper. Taking access away waits for no entry; the entry follows, in a later round if need be."""

    name: Final = "sealed"

    def __init__(self, log: AuditWriter, keystore: Keystore, hot_days: int, clock: TrueClock) -> None:
        self._log, self._keystore = log, keystore
        self._hot_days, self._clock = hot_days, clock

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.seal_what_is_over()
            except (ClockUnsure, LogUnavailable, KeystoreFailed, KeyUnavailable, NotWrapped) as error:
                _log.warning("periods stay open to this server", reason=str(error))

    async def seal_what_is_over(self) -> None:
        """Raises ClockUnsure, LogUnavailable, KeystoreFailed, KeyUnavailable, NotWrapped: the next round goes on."""
        must_be_sure(self._clock)
        now = self._clock.now_ms()
        for sealed in await asyncio.to_thread(seal_away, self._keystore, now, self._hot_days):
            facts: dict[str, Fact] = {
                "period": sealed.period,
                "from_ms": sealed.period * PERIOD_MS,
                "until_ms": (sealed.period + 1) * PERIOD_MS,
                "keys": sealed.keys,
            }
            event = system_event(EventName.SYSTEM_PERIOD_SEALED, self._clock.now_ms(), facts)
            entry = await self._log.append(event)
            await asyncio.to_thread(self._keystore.tables.note_entry, sealed, entry.index)
