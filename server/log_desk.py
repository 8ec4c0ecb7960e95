"""Officers read the log. Reading is itself an entry, durable before anything is shown."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.commands import verify_command
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.log import AuditLog
from audit.ports import OpenedEntry
from session.identity import SessionId
from session.ports import Clock
from support.staff import Staff

MOST_AT_ONCE: Final = 200
LOOKED_THROUGH: Final = 10_000
VERIFIED_FRESH_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Integrity:
    """`exit_code` as the verifier gives it; `checkpoint_at_ms` when the signed tree head was written."""

    exit_code: int
    sentence: str
    size: int
    checkpoint_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Entries, oldest first. All from index `start` on was looked at; 0 when nothing before it can belong here."""

    entries: list[OpenedEntry]
    start: int


class LogDesk:
    """Raises audit.ports.LogUnavailable where the reading cannot be recorded: then nothing is shown."""

    def __init__(self, log: AuditLog, folder: Path, clock: Clock) -> None:
        self._log, self._folder, self._clock = log, folder, clock
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

    async def of_session(self, officer: Staff, session: SessionId, before: int | None) -> Reading:
        """The session's entries below index `before`, looked for in at most 10,000 entries, back to its opening."""
        stop = self._log.size if before is None else min(before, self._log.size)
        await self.record(officer, EventName.OFFICER_LOG_READ, {"session": session, "to": stop})
        start = max(0, stop - LOOKED_THROUGH)
        found = [
            entry
            for entry in await self._log.read(start, stop)
            if entry.event is not None and entry.event.session == session
        ]
        return Reading(found, 0 if any(_opens(entry) for entry in found) else start)

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
        code = verify_command(
            self._folder, self._log.verifier_key, None, lines.append, self._log.lockstate_file
        )
        checkpoint = self._folder / "public" / "checkpoint"
        at_ms = int(checkpoint.stat().st_mtime * 1000) if checkpoint.exists() else None
        return Integrity(code, lines[0].strip() if lines else "", self._log.size, at_ms)


def _opens(entry: OpenedEntry) -> bool:
    """Whether nothing of its session can stand before it."""
    event = entry.event
    return (
        event is not None and event.name is EventName.AGENT_SESSION_OPENED and event.outcome is Outcome.INTENT
    )
