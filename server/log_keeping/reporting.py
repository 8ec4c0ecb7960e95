"""A report of the self-audit every so many days, kept in a folder. What cannot be made or kept now is tried again."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from audit.event import Actor, ActorKind
from audit.keystore import KeystoreFailed, KeyUnavailable
from audit.log import AuditLog
from audit.ports import LogUnavailable
from audit.public import PublicDamaged
from audit.reader import EntryUnreadable
from audit.self_audit.period import DAY_MS
from server.clock import TrueClock
from server.reporting.reporter import Form, Made, Reporter
from server.reporting.shelf import DOCUMENT, PAGE, Shelf

SYSTEM: Final = Actor(ActorKind.SYSTEM)
_TRIED_AGAIN: Final = (
    EntryUnreadable,
    KeystoreFailed,
    KeyUnavailable,
    LogUnavailable,
    OSError,
    PublicDamaged,
)
_log: Final = structlog.get_logger("reporting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds. `look`: between two looks at the calendar, and before the first, so that a start is not delayed.
    `retry`: after a report that could not be made or kept; each one is two entries."""

    look: float = 60.0
    retry: float = 3_600.0


class ReportKeeper:
    """Implements Keeper."""

    name: Final = "reports"

    def __init__(
        self,
        reporter: Reporter,
        shelf: Shelf,
        page: Form,
        log: AuditLog,
        clock: TrueClock,
        every_days: int,
        pace: Pace | None = None,
    ) -> None:
        """`every_days` is 1 at least."""
        self._reporter, self._shelf, self._page = reporter, shelf, page
        self._log, self._clock, self._days, self._pace = log, clock, every_days, pace or Pace()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._pace.look)
            try:
                if await self._is_due():
                    await self.make()
            except _TRIED_AGAIN as error:
                _log.error("a report could not be made or kept", reason=str(error))
                await asyncio.sleep(self._pace.retry)

    async def make(self) -> Made:
        """Now. Raises LogUnavailable, and OSError before anything is recorded if it could not be kept."""
        await asyncio.to_thread(self._shelf.prepare)
        forms: dict[str, Form] = {PAGE: self._page}
        made = (await self._reporter.make(SYSTEM, self._days, forms))[PAGE]
        contents = {PAGE: made.content, DOCUMENT: made.data}
        name = await asyncio.to_thread(self._shelf.put, made.report, contents)
        _log.info(
            "a report was made", file=name, exit_code=made.report.exit_code, to_mend=made.report.to_mend
        )
        return made

    async def _is_due(self) -> bool:
        """`every_days` after the last report, or after the log's first entry."""
        last = await asyncio.to_thread(self._shelf.newest_ms)
        if last is None:
            first = await self._log.read(0, 1)
            event = first[0].event if first else None
            last = 0 if event is None else event.at_ms
        return self._clock.now_ms() - last >= self._days * DAY_MS
