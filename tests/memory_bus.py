"""A bus in memory for two servers in one process, with the faults of a real one. It passes the ports' suite."""

import asyncio
from collections.abc import Callable

from server.bus.ports import PRESENCE_LIFE_MS, Beat, BusUnavailable


class MemoryBus:
    """`down`: whoever asks is told that nothing answers. `silent`: the same, for the servers named there."""

    def __init__(self, monotonic_ms: Callable[[], int]) -> None:
        self.monotonic_ms = monotonic_ms
        self.run = 0
        self.down = False
        self.silent: set[str] = set()
        self.present: dict[str, int] = {}
        self.owners: dict[str, str] = {}
        self.bells: list[MemoryBell] = []

    def restart(self) -> None:
        """All is lost, and another run begins."""
        self.run += 1
        self.present, self.owners = {}, {}

    def is_present(self, server: str) -> bool:
        return self.monotonic_ms() < self.present.get(server, 0)


class MemoryPresence:
    """Implements Presence."""

    def __init__(self, bus: MemoryBus, server: str) -> None:
        self.bus, self.server = bus, server

    async def beat(self) -> Beat:
        self._reach()
        kept = self.bus.is_present(self.server)
        self.bus.present[self.server] = self.bus.monotonic_ms() + PRESENCE_LIFE_MS
        return Beat(run=f"run_{self.bus.run}", kept=kept)

    async def claim(self, name: str) -> bool:
        self._reach()
        owner = self.bus.owners.get(name)
        if not self.bus.is_present(self.server):
            return False
        if owner not in {None, self.server} and self.bus.is_present(owner or ""):
            return False
        self.bus.owners[name] = self.server
        return True

    async def release(self, name: str) -> None:
        self._reach()
        if self.bus.owners.get(name) == self.server:
            del self.bus.owners[name]

    async def leave(self) -> None:
        self._reach()
        self.bus.present.pop(self.server, None)

    def _reach(self) -> None:
        if self.bus.down or self.server in self.bus.silent:
            raise BusUnavailable("the bus is down")


class MemoryBell:
    """Implements Bell."""

    def __init__(self, bus: MemoryBus, server: str) -> None:
        self.bus, self.server = bus, server
        self.rung = asyncio.Event()
        bus.bells.append(self)

    def ring(self) -> None:
        for other in self.bus.bells:
            if other is not self and not {self.server, other.server} & self.bus.silent and not self.bus.down:
                other.rung.set()

    async def heard(self) -> None:
        await self.rung.wait()
        self.rung.clear()
