"""The `Gate` port over several gate processes, each with a UDP port of its own. One is enough for most.

A new session goes to the process that has the fewest; one that is full or just starting says so, and the next takes it.
A session stays with its process until it is closed or the process is lost: an opening anew goes there too, because
what was revoked is known there. When a process is lost its sessions are lost and no others.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from session.gate_port import LEASE_TTL_MS, GateEvent, GateUnavailable, Opened
from session.identity import SessionId
from session.media.event_stream import EventStream
from session.media.metrics import GateMetrics
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from session.media.trial import Trial

_NONE = "No media gate process is running. Nothing is shared now; try again in a few seconds."
_EVERY_EPOCH = 1 << 62


class Gates:
    """`start` and `stop` belong to whoever composes the server; use from one loop only."""

    def __init__(self, settings: GateSettings, *, answer_s: float = 5.0) -> None:
        self.answer_s = answer_s
        self._events = EventStream()
        self.processes = tuple(
            GateProcess(
                replace(settings, port=settings.port and settings.port + number, processes=1),
                answer_s=answer_s,
                events=self._events,
            )
            for number in range(settings.processes)
        )
        self._opening: dict[SessionId, int] = {}  # what was revoked of a session while it is being opened

    @property
    def pid(self) -> int | None:
        """Of a process that runs; None while none does."""
        return next((process.pid for process in self.processes if process.pid is not None), None)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """Of all processes, in the order of their ports."""
        return tuple(process.pid for process in self.processes)

    async def start(self) -> None:
        """Raises GateUnavailable if one of the processes does not come up; then none is left running."""
        self.begin()
        await self.started()

    def begin(self) -> None:
        """As in `GateProcess`."""
        for process in self.processes:
            process.begin()

    async def started(self) -> None:
        """After `begin`. Raises GateUnavailable if one of the processes does not come up; then none is left running."""
        try:
            async with asyncio.TaskGroup() as group:
                for process in self.processes:
                    group.create_task(process.started())
        except* GateUnavailable as errors:
            await self.stop()
            raise GateUnavailable(str(errors.exceptions[0])) from errors

    async def stop(self) -> None:
        """Curtains fall, the processes end, nothing is reported as lost, and `events` comes to its end."""
        await asyncio.gather(*(process.stop() for process in self.processes))
        self._events.end()

    async def open(self, session: SessionId, customer_offer: str) -> Opened:
        home = self._home(session)
        if home is not None:
            return await home.open(session, customer_offer)
        self._opening[session] = -1
        try:
            async with asyncio.timeout(self.answer_s):
                return await self._placed(session, customer_offer)
        except TimeoutError as error:
            raise GateUnavailable(_NONE) from error
        finally:
            self._opening.pop(session, None)

    async def _placed(self, session: SessionId, customer_offer: str) -> Opened:
        refusal = GateUnavailable(_NONE)
        for process in self._by_room():
            try:
                opened = await process.open(session, customer_offer)
            except GateUnavailable as error:
                refusal = error
                continue
            if (revoked := self._opening.get(session, -1)) == _EVERY_EPOCH:
                process.close(session)
            elif revoked >= 0:  # it may have been told to a process that then did not take the session
                process.revoke(session, revoked)
            return opened
        raise refusal

    async def answer(self, session: SessionId, agent_answer: str) -> None:
        await (self._home(session) or self.processes[0]).answer(session, agent_answer)

    def renew(self, session: SessionId, epoch: int, stamp: int, life_ms: int = LEASE_TTL_MS) -> None:
        if home := self._home(session):
            home.renew(session, epoch, stamp, life_ms)

    def revoke(self, session: SessionId, epoch: int) -> None:
        if session in self._opening:
            self._opening[session] = max(self._opening[session], epoch)
        for process in self._of(session):
            process.revoke(session, epoch)

    def close(self, session: SessionId) -> None:
        if session in self._opening:
            self._opening[session] = _EVERY_EPOCH
        for process in self._of(session):
            process.close(session)

    def events(self) -> AsyncIterator[GateEvent]:
        return self._events.read()

    def trials(self) -> list[Trial]:
        """A way to ask each process that runs; first the one that a new session would go to. Raises GateUnavailable."""
        running = [process for process in self._by_room() if process.running]
        if not running:
            raise GateUnavailable(_NONE)
        return [process.trial() for process in running]

    async def measured(self) -> list[GateMetrics | None]:
        """Of each process, in the order of their ports; None of one that does not answer."""
        return list(await asyncio.gather(*(_measured(process) for process in self.processes)))

    def _by_room(self) -> list[GateProcess]:
        """Those that run first, and of them the one with the fewest sessions."""
        return sorted(self.processes, key=lambda each: (not each.running, each.sessions))

    def _home(self, session: SessionId) -> GateProcess | None:
        return next((process for process in self.processes if process.serves(session)), None)

    def _of(self, session: SessionId) -> tuple[GateProcess, ...]:
        """Its process; where none is known, all: what takes access away must not depend on what is remembered."""
        home = self._home(session)
        return (home,) if home else self.processes


async def _measured(process: GateProcess) -> GateMetrics | None:
    try:
        return await process.metrics()
    except GateUnavailable:
        return None
