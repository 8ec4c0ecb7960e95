"""What an operator's probe is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.ports import AuditWriter
from server.clock import ClockUnsure, TrueClock, must_agree
from server.membership import Standing
from server.storage.flags import FlagStore
from server.tasks import Tasks
from session.media.metrics import GateMetrics
from session.media.trial import Trial
from session.ports import StoreUnavailable


class Process(Protocol):
    async def started(self) -> None:
        """All that were begun are up. Raises GateUnavailable if one does not come up."""
        ...

    @property
    def pid(self) -> int | None:
        """Of a process of the gate that runs; None while none does."""
        ...

    def trials(self) -> list[Trial]:
        """A way to ask each process whether packets reach it. Raises GateUnavailable."""
        ...

    async def measured(self) -> Sequence[GateMetrics | None]:
        """Of each process; None of one that does not answer."""
        ...


@dataclass(slots=True)
class Health:
    log: AuditWriter
    gate: Process
    flags: FlagStore
    tasks: Tasks
    clock: TrueClock
    standing: Standing
    draining: bool = False

    async def reasons(self) -> list[str]:
        """Sentences saying why this server cannot serve now; none if it can."""
        found = []
        if not self.log.healthy:
            found.append("The audit log does not take entries, so nothing may be granted.")
        if self.gate.pid is None:
            found.append("The media gate is not running.")
        try:
            must_agree(self.clock)
        except ClockUnsure as error:
            found.append(str(error))
        if not self.standing.fresh_for_ms:
            found.append(
                "The Redis that servers share does not answer, or another one is in charge: nothing is granted."
            )
        if not await self._database_answers():
            found.append("The database does not answer.")
        found += [f"The task {name} ended with {error}." for name, error in self.tasks.failed.items()]
        return found

    async def _database_answers(self) -> bool:
        try:
            await self.flags.latest(1)
        except StoreUnavailable:
            return False
        return True
