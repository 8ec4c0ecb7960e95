"""Streams through a forwarder, ours or a peer's: connected, published and watched from this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from session.gate_port import Stamp
from session.identity import SessionId
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from tests.bench.media_stream import Publisher, Viewer
from tests.protocol.gate_peers import connected_pair

SESSIONS = 64


class Forwarder(Protocol):
    """A server of a process of its own."""

    @property
    def pid(self) -> int: ...

    async def connect(self, publisher: Publisher, viewer: Viewer, number: int) -> None:
        """Both through the handshake, and what is published is passed on."""
        ...


Opening = Callable[[], AbstractAsyncContextManager[Forwarder]]


class OurGate:
    """Grants at once, and renews every 0.5 s, as the server does. A session's `epoch` of 0 means none."""

    def __init__(self, gate: GateProcess) -> None:
        self.gate = gate
        self.epochs: dict[SessionId, int] = {}
        self.stamps: dict[SessionId, int] = {}

    @property
    def pid(self) -> int:
        if self.gate.pid is None:
            raise RuntimeError("the gate was lost under the bench")
        return self.gate.pid

    async def connect(self, publisher: Publisher, viewer: Viewer, number: int) -> None:
        session = named(number)
        self.epochs[session] = 1
        await connected_pair(self.gate, session, publisher, viewer)

    async def grant(self) -> None:
        """For ever."""
        async for event in self.gate.events():
            if isinstance(event, Stamp):
                self.stamps[event.session] = event.stamp
                if epoch := self.epochs.get(event.session):
                    self.gate.renew(event.session, epoch, event.stamp)


def named(number: int) -> SessionId:
    return SessionId(f"ses_{number:022d}")


def our_gate(address: str) -> Opening:
    @asynccontextmanager
    async def opened() -> AsyncIterator[OurGate]:
        process = GateProcess(GateSettings(bind_host=address, max_sessions=SESSIONS))
        await process.start()
        ours = OurGate(process)
        async with asyncio.TaskGroup() as group:
            granting = group.create_task(ours.grant())
            try:
                yield ours
            finally:
                granting.cancel()
                await process.stop()

    return opened


@dataclass(frozen=True, slots=True)
class Load:
    publishers: Sequence[Publisher]
    viewers: Sequence[Viewer]
    publishing: list[asyncio.Task[None]] = field(default_factory=list)

    def silence(self) -> None:
        """Nothing more is published; what is on its way arrives."""
        for task in self.publishing:
            task.cancel()

    @property
    def sent(self) -> int:
        return sum(publisher.packets for publisher in self.publishers)

    @property
    def seen(self) -> int:
        return sum(viewer.packets for viewer in self.viewers)

    @property
    def frames(self) -> int:
        return sum(viewer.frames for viewer in self.viewers)


@asynccontextmanager
async def streaming(
    forwarder: Forwarder, frames: Sequence[bytes], count: int, *, steadily: bool = False
) -> AsyncIterator[Load]:
    """`count` streams, spread over the time of a frame."""
    load = Load([Publisher() for _ in range(count)], [Viewer() for _ in range(count)])
    for number, (publisher, viewer) in enumerate(zip(load.publishers, load.viewers, strict=True)):
        await forwarder.connect(publisher, viewer, number)
    async with asyncio.TaskGroup() as group:
        busy = [group.create_task(viewer.report()) for viewer in load.viewers]
        for number, publisher in enumerate(load.publishers):
            publishing = publisher.publish(frames, number / count, steadily=steadily)
            load.publishing.append(group.create_task(publishing))
        try:
            yield load
        finally:
            load.silence()
            for task in busy:
                task.cancel()
    for peer in (*load.publishers, *load.viewers):
        peer.stop()
