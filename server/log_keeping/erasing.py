"""Erasures whose day has come are carried out, a minute late at most. None is within the first minute, so that the date
of a start can have been set right."""

import asyncio
from typing import Final

import structlog

from audit.keystore import KeystoreFailed, KeyUnavailable
from audit.ports import LogUnavailable
from audit.public import PublicDamaged
from audit.reader import EntryUnreadable
from server.clock import ClockUnsure, TrueClock, must_be_sure
from server.erasing import Erasing
from support.ports import StoreUnavailable

EVERY_S: Final = 60.0
_WAITED_OUT: Final = (
    ClockUnsure,
    EntryUnreadable,
    KeystoreFailed,
    KeyUnavailable,
    LogUnavailable,
    PublicDamaged,
    StoreUnavailable,
)
_log: Final = structlog.get_logger("erasing")


class ErasureKeeper:
    """Implements Keeper."""

    name: Final = "erasures"

    def __init__(self, erasing: Erasing, clock: TrueClock, every_s: float = EVERY_S) -> None:
        self._erasing, self._clock, self._every_s = erasing, clock, every_s

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                must_be_sure(self._clock)
                await self._erasing.carry_out_due()
            except _WAITED_OUT as error:
                _log.warning("erasures wait", reason=str(error))
