"""Looks at the gate's counters every few seconds, for the metrics page and the checklist, which must not wait."""

import asyncio
from typing import Final

from server.checklist.facts import GateState
from server.health import Process
from session.gate_port import GateUnavailable
from session.media.metrics import GateMetrics

EVERY_S: Final = 5.0


class GateWatch:
    """`latest` is at most some seconds old, None while the gate does not answer. `load` is the share of one core that
    it used between the last two looks, None before there were two at the same process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._looked_s = 0.0
        self.latest: GateMetrics | None = None
        self.load: float | None = None

    def state(self) -> GateState:
        return GateState(running=self._process.pid is not None, load=self.load)

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        former, former_s = self.latest, self._looked_s
        try:
            self.latest = await self._process.metrics()
        except GateUnavailable:
            self.latest = self.load = None
            return
        self._looked_s = asyncio.get_running_loop().time()
        self.load = None
        if former is not None and former.pid == self.latest.pid and self._looked_s > former_s:
            used = self.latest.cpu_seconds - former.cpu_seconds
            self.load = max(0.0, used / (self._looked_s - former_s))
