"""The gate, with the loss and the new start of its process put on record."""

from collections.abc import AsyncIterator
from typing import Final

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import AuditWriter
from session.gate_port import LEASE_TTL_MS, Gate, GateEvent, GateLost, Opened
from session.identity import SessionId
from session.ports import Clock

_log: Final = structlog.get_logger("gate")


class RecordedGate:
    """Implements `session.gate_port.Gate` by another one."""

    def __init__(self, gate: Gate, log: AuditWriter, clock: Clock) -> None:
        self._gate, self._log, self._clock = gate, log, clock
        self._lost = False

    async def open(self, session: SessionId, customer_offer: str) -> Opened:
        opened = await self._gate.open(session, customer_offer)
        if self._lost:
            self._lost = False
            self._record(EventName.SYSTEM_GATE_STARTED, 0)
            _log.info("the media gate runs again")
        return opened

    async def answer(self, session: SessionId, agent_answer: str) -> None:
        await self._gate.answer(session, agent_answer)

    def renew(self, session: SessionId, epoch: int, stamp: int, life_ms: int = LEASE_TTL_MS) -> None:
        self._gate.renew(session, epoch, stamp, life_ms)

    def revoke(self, session: SessionId, epoch: int) -> None:
        self._gate.revoke(session, epoch)

    def close(self, session: SessionId) -> None:
        self._gate.close(session)

    async def events(self) -> AsyncIterator[GateEvent]:
        async for event in self._gate.events():
            if isinstance(event, GateLost):
                self._lost = True
                self._record(EventName.SYSTEM_GATE_LOST, len(event.sessions))
                _log.error("the media gate was lost", sessions=len(event.sessions))
            yield event

    def _record(self, name: EventName, sessions: int) -> None:
        event = Event(
            name=name,
            outcome=Outcome.DONE,
            at_ms=self._clock.now_ms(),
            actor=Actor(ActorKind.SYSTEM),
            facts={"sessions": sessions},
        )
        self._log.append_reducing(event)
