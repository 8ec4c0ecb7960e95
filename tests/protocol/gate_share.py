"""A running gate process with a raw customer and a raw agent, and whoever grants."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from session.gate_port import GateEvent, Stamp
from session.identity import SessionId
from session.media.gates import Gates
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from tests.protocol.gate_peers import KEY_FRAME, RawPeer, connected_pair

SESSION = SessionId("ses_cccccccccccccccccccccc")


@dataclass
class Share:
    gate: GateProcess
    customer: RawPeer
    agent: RawPeer
    epoch: int = 0
    granting: bool = False
    stamp: int = 0
    seen: list[GateEvent] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def grant(self) -> None:
        """A new epoch, renewed from now on."""
        self.epoch += 1
        self.granting = True
        await self.until(lambda: self.stamp > 0)
        self.gate.renew(SESSION, self.epoch, self.stamp)
        await self.gate.metrics()  # answered after the renewal was taken: packets may be sent now

    def revoke(self) -> None:
        self.granting = False
        self.gate.revoke(SESSION, self.epoch)

    async def handled(self) -> None:
        """Everything that was sent to the gate before this has been handled: one socket each, in order."""
        await self.gate.metrics()
        await self.customer.check()
        await self.agent.check()

    async def drops(self, reason: str) -> int:
        return (await self.gate.metrics()).drops[reason]

    async def until_seen(self, event: GateEvent) -> None:
        await self.until(lambda: event in self.seen)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(8), self.changed:
            await self.changed.wait_for(condition)

    async def follow(self) -> None:
        async for event in self.gate.events():
            self.seen.append(event)
            if isinstance(event, Stamp):
                self.stamp = event.stamp
                if self.granting:
                    self.gate.renew(SESSION, self.epoch, event.stamp)
            async with self.changed:
                self.changed.notify_all()


@asynccontextmanager
async def running_gate(
    settings: GateSettings | None = None, *, answer_s: float = 5.0
) -> AsyncIterator[GateProcess]:
    gate = GateProcess(settings or GateSettings(), answer_s=answer_s)
    await gate.start()
    try:
        yield gate
    finally:
        await gate.stop()


@asynccontextmanager
async def connected_share() -> AsyncIterator[Share]:
    async with running_gate() as gate:
        customer, agent = await connected_pair(gate, SESSION)
        share = Share(gate, customer, agent)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(share.follow())
            try:
                yield share
            finally:
                following.cancel()
                share.customer.stop()
                share.agent.stop()


def named(number: int) -> SessionId:
    return SessionId(f"ses_{number:022d}")


@asynccontextmanager
async def running_gates(settings: GateSettings, *, answer_s: float = 5.0) -> AsyncIterator[Gates]:
    gates = Gates(settings, answer_s=answer_s)
    await gates.start()
    try:
        yield gates
    finally:
        await gates.stop()


async def granting(gates: Gates, seen: list[GateEvent]) -> None:
    async for event in gates.events():
        seen.append(event)
        if isinstance(event, Stamp):
            gates.renew(event.session, 1, event.stamp)


async def flowing(customer: RawPeer, agent: RawPeer) -> None:
    """A key frame is sent until one has arrived: the first may be before its grant."""
    before = len(agent.rtp)
    async with asyncio.timeout(5):
        while len(agent.rtp) == before:
            customer.send(KEY_FRAME)
            await customer.check()
            await agent.check()
