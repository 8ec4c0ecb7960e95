"""One server at a time: a row of the database says which, and for how long.

A holder stops by its own monotonic clock, whatever its wall clock does. Should two servers' wall clocks differ by more
than the rest of a lease, both may think themselves the holder for a moment: so each try is also claimed in its own row
(`OutboxStore.begin`), which only one of them can do.
"""

import time
from collections.abc import Callable
from typing import Final

from server.clock import TrueClock
from server.identity import new_id
from server.storage.leaders import LeaderStore

TASK: Final = "outbox"
LIFE_S: Final = 60.0


class Lease:
    def __init__(
        self,
        store: LeaderStore,
        clock: TrueClock,
        *,
        life_s: float = LIFE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._clock, self._life_s, self._monotonic = store, clock, life_s, monotonic
        self._holder = new_id("srv")
        self._until = monotonic()

    async def held(self, for_s: float) -> bool:
        """Whether it is ours for at least so long from now; it is taken or renewed where it must be. Raises
        StoreUnavailable."""
        begun = self._monotonic()
        if self._until - begun >= for_s + self._life_s / 2:
            return True
        now = self._clock.now_ms()
        if await self._store.hold(TASK, self._holder, now, now + round(self._life_s * 1_000)):
            self._until = begun + self._life_s
        return self._until - self._monotonic() >= for_s

    async def leave(self) -> None:
        """Raises StoreUnavailable: then it runs out by itself."""
        self._until = self._monotonic()
        await self._store.leave(TASK, self._holder)
