"""The checklist of a running server: looked at each half minute, and when somebody asks."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from server.checklist.bus_probe import look_at_bus
from server.checklist.facts import ApiKeys, GateState, Outgoing, People, Record, Schema, ServerState
from server.checklist.finding import Finding
from server.checklist.gathering import Told, gather
from server.checklist.judging import judge
from server.clock import TrueClock
from server.places import Places
from server.settings import Settings
from server.storage.database import Database
from server.storage.head_count import count_keys, count_people
from server.storage.outbox_count import count_outgoing
from session.ports import StoreUnavailable

FRESH_S: Final = 5.0
EVERY_S: Final = 30.0
LOOK_WITHIN_S: Final = 10.0
_log: Final = structlog.get_logger("checklist")


class LogState(Protocol):
    """The part of the log that is judged."""

    @property
    def healthy(self) -> bool: ...

    @property
    def failure(self) -> str | None: ...

    @property
    def size(self) -> int: ...

    @property
    def unsigned_for_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class _Seen:
    at_s: float
    log_healthy: bool
    findings: list[Finding]


class Checklist:
    """`gate` says how the gate is now; it must not wait."""

    def __init__(
        self,
        settings: Settings,
        places: Places,
        log: LogState,
        database: Database,
        gate: Callable[[], GateState],
        clock: TrueClock,
    ) -> None:
        self._settings, self._places, self._log = settings, places, log
        self._database, self._gate, self._clock = database, gate, clock
        self._one_look = asyncio.Lock()
        self._seen: _Seen | None = None

    async def findings(self, *, afresh: bool = False) -> list[Finding]:
        """The gravest first; what cannot be learned is found as unknown. `afresh`: from a look that began after this
        was asked, for who has just mended something. Raises OSError where the server's own user may not look at its
        own files."""
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        async with self._one_look:
            seen = self._seen
            known = seen is not None and (seen.at_s >= asked_s if afresh else self._is_fresh(seen))
            if seen is None or not known:
                began_s = loop.time()
                seen = self._seen = _Seen(began_s, self._log.healthy, await self._look())
            return seen.findings

    async def look_again(self) -> list[Finding]:
        """As `findings`, afresh."""
        return await self.findings(afresh=True)

    @property
    def last(self) -> list[Finding]:
        """What the last look found; nothing before the first."""
        return [] if self._seen is None else self._seen.findings

    @property
    def to_mend(self) -> int:
        """How many were weak or worse at the last look: for the badge, which keeps no page waiting."""
        return sum(finding.to_mend for finding in self.last)

    async def run(self) -> None:
        """For ever: look, and put what is newly weak among the server's own messages, for whoever opens no page."""
        told: set[tuple[str, str]] = set()
        while True:
            weak = {(finding.check, finding.state): finding for finding in await self._patiently()}
            for found in weak.keys() - told:
                severity = weak[found].severity
                _log.warning(
                    "the checklist found a weakness", check=found[0], state=found[1], severity=severity
                )
            told = set(weak)
            await asyncio.sleep(EVERY_S)

    async def _patiently(self) -> list[Finding]:
        """What is to be mended. A disk that hangs must not end the looking."""
        try:
            async with asyncio.timeout(LOOK_WITHIN_S):
                await self.findings()
        except (OSError, TimeoutError) as error:
            _log.warning("the checklist could not be looked at", exc_info=error)
        return [finding for finding in self.last if finding.to_mend]

    def _is_fresh(self, seen: "_Seen") -> bool:
        """A log that has stopped since then is shown at once."""
        age = asyncio.get_running_loop().time() - seen.at_s
        return age <= FRESH_S and seen.log_healthy == self._log.healthy

    async def _look(self) -> list[Finding]:
        people, api_keys, outgoing = await self._counted()
        told = Told(
            serving=True,
            server=ServerState.ANSWERS,
            people=people,
            api_keys=api_keys,
            outgoing=outgoing,
            bus=await look_at_bus(self._settings.redis),
            record=_record(self._log),
            schema=Schema.CURRENT,  # no server starts on another one
            gate=self._gate(),
            drift_ms=self._clock.drift_ms(),
        )
        facts = await asyncio.to_thread(
            gather, self._settings, self._places, told, now_ms=self._clock.now_ms()
        )
        return judge(facts)

    async def _counted(self) -> tuple[People, ApiKeys, Outgoing] | tuple[None, None, None]:
        now, database = self._clock.now_ms(), self._database
        try:
            outgoing = await count_outgoing(database, now)
            return await count_people(database, now), await count_keys(database, now), outgoing
        except StoreUnavailable:
            _log.warning("the checklist could not count staff, keys and messages")
            return None, None, None


def _record(log: LogState) -> Record:
    trouble = log.failure if log.failure is not None else None if log.healthy else "the log does not answer"
    return Record(
        there=True,
        trouble=trouble,
        stopped=True,
        entries=log.size,
        late_s=int(log.unsigned_for_s),
    )
