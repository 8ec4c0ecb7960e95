"""Looks at the gate's counters every few seconds, for the metrics page and the checklist, which must not wait."""

import asyncio
from dataclasses import dataclass
from typing import Final

from server.checklist.facts import GateState
from server.health import Process
from session.media.metrics import GateMetrics

EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """At one gate process. `load` is the share of one core that it used between the last two looks, None before there
    were two at the same process; `cost_ms` is that per picture that flowed at both, in milliseconds a second."""

    metrics: GateMetrics
    load: float | None = None
    cost_ms: float | None = None


class GateWatch:
    """`latest` has a place for each process, in the order of their ports: at most some seconds old, None while the
    process does not answer."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._looked_s = 0.0
        self.latest: tuple[Look | None, ...] = ()

    def state(self) -> GateState:
        """Its load is that of the busiest process: a session cannot leave its own."""
        loads = [look.load for look in self.latest if look and look.load is not None]
        return GateState(running=self._process.pid is not None, load=max(loads, default=None))

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        former, former_s = self.latest, self._looked_s
        measured = await self._process.measured()
        self._looked_s = asyncio.get_running_loop().time()
        passed_s = self._looked_s - former_s
        before = former if len(former) == len(measured) else (None,) * len(measured)
        self.latest = tuple(
            _look(now, then.metrics if then else None, passed_s)
            for now, then in zip(measured, before, strict=True)
        )


def _look(now: GateMetrics | None, then: GateMetrics | None, passed_s: float) -> Look | None:
    if now is None:
        return None
    if then is None or then.pid != now.pid or passed_s <= 0:
        return Look(now)
    load = max(0.0, (now.cpu_seconds - then.cpu_seconds) / passed_s)
    flowing = min(now.flowing, then.flowing)
    return Look(now, load, 1_000 * load / flowing if flowing else None)
