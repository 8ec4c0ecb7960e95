"""Officers read the log. Reading is itself an entry, durable before anything is shown."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.commands import verify_command
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.log import AuditLog
from audit.ports import OpenedEntry
from audit.report import ExitCode
from audit.seals.checking import EVERY_RESTART
from audit.search.index import Matching
from audit.search.log_search import LogSearch
from audit.search.query import Query
from audit.verify import Asked
from audit.witnesses.policy import Policy
from server.evidence import EvidenceDesk
from server.exports import Exports
from server.settings import SettingsRefused
from session.ports import Clock
from support.staff import Staff

ReadPolicy = Callable[[], Policy | None]
MOST_AT_ONCE: Final = 200
VERIFIED_FRESH_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Integrity:
    """`exit_code` as the verifier gives it; `checkpoint_at_ms` when the signed tree head was written; `witnessed` tells
    that the settings name a policy of witnesses, so that 0 means that these signed, too."""

    exit_code: int
    sentence: str
    size: int
    checkpoint_at_ms: int | None
    witnessed: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """Entries, oldest first. All from index `start` on was looked at; 0 when nothing before it can belong here.
    `matching`: how many match in all, where that was asked for and can be told. `closed`: those that were opened one by
    one for a search in vain."""

    entries: list[OpenedEntry]
    start: int
    matching: Matching | None = None
    closed: int = 0


class LogDesk:
    """Raises audit.ports.LogUnavailable where the reading cannot be recorded: then nothing is shown. `policy` reads the
    policy of witnesses that a verification asks for."""

    def __init__(self, log: AuditLog, folder: Path, clock: Clock, policy: ReadPolicy) -> None:
        self._log, self._folder, self._clock, self._policy = log, folder, clock, policy
        self.searching = LogSearch(log, folder)
        self.exports = Exports(log, folder, clock)
        self.evidence = EvidenceDesk(log, self.searching, folder, clock)
        self._one_verifier = asyncio.Lock()
        self._verified: tuple[float, Integrity] | None = None

    @property
    def size(self) -> int:
        return self._log.size

    @property
    def healthy(self) -> bool:
        return self._log.healthy

    async def read(self, officer: Staff, before: int | None, limit: int) -> Reading:
        """The newest `limit` (at most 200) entries below index `before`, oldest first; without it, of all."""
        stop = self._log.size if before is None else min(before, self._log.size)
        start = max(0, stop - min(limit, MOST_AT_ONCE))
        await self.record(officer, EventName.OFFICER_LOG_READ, {"from": start, "to": stop})
        return Reading(await self._log.read(start, stop), start)

    async def search(self, officer: Staff, query: Query, before: int | None, limit: int) -> Reading:
        """The newest `limit` (at most 200) entries below index `before` that match, oldest first. How many match is
        told with the first of them."""
        if query.everything:
            return await self.read(officer, before, limit)
        stop = self._log.size if before is None else min(before, self._log.size)
        await self.record(officer, EventName.OFFICER_LOG_READ, {**query.facts(), "to": stop})
        found = await self.searching.search(query, stop, min(limit, MOST_AT_ONCE))
        count = await self.searching.matching(query, stop) if before is None else None
        return Reading(found.entries, found.start, count, found.closed)

    async def record(self, officer: Staff, name: EventName, facts: dict[str, Fact] | None = None) -> None:
        actor = Actor(ActorKind.OFFICER, officer.id)
        now = self._clock.now_ms()
        await self._log.append(
            Event(name=name, outcome=Outcome.DONE, at_ms=now, actor=actor, facts=facts or {})
        )

    async def integrity(self, officer: Staff) -> Integrity:
        """Verify the whole log with the published files alone; one run at a time, shared by who asks meanwhile."""
        await self.record(officer, EventName.OFFICER_LOG_READ, {"what": "integrity"})
        loop = asyncio.get_running_loop()
        async with self._one_verifier:
            if self._verified is None or loop.time() - self._verified[0] > VERIFIED_FRESH_S:
                found = await asyncio.to_thread(self._verify)
                self._verified = (loop.time(), found)
            return self._verified[1]

    def _verify(self) -> Integrity:
        lines: list[str] = []
        try:
            policy = self._policy()
        except SettingsRefused as error:
            return Integrity(ExitCode.USAGE, f"Not verified: {error}", self._log.size, None, witnessed=True)
        code = verify_command(
            self._folder,
            self._log.verifier_key,
            None,
            lines.append,
            self._log.lockstate_file,
            # Whether a restart of the seals was right is for those outside who were told of it.
            asked=Asked(now_ms=self._clock.now_ms(), accepted=EVERY_RESTART, policy=policy),
        )
        checkpoint = self._folder / "public" / "checkpoint"
        at_ms = int(checkpoint.stat().st_mtime * 1000) if checkpoint.exists() else None
        sentence = lines[0].strip() if lines else ""
        return Integrity(code, sentence, self._log.size, at_ms, witnessed=policy is not None)
