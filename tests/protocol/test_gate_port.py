"""What the Gate port promises, for every implementation: one real process and two, with raw peers, and the fake."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

import pytest

from session.gate_port import (
    LEASE_TTL_MS,
    SDP_LIMIT_BYTES,
    Gate,
    GateEvent,
    GateLost,
    GateUnavailable,
    SdpRefused,
    Stamp,
)
from session.identity import SessionId
from session.media.fake import FakeGate
from session.media.gates import Gates
from session.media.settings import GateSettings
from tests.protocol.gate_peers import KEY_FRAME, RawPeer, connected_pair

SESSION = SessionId("ses_aaaaaaaaaaaaaaaaaaaaaa")
UNKNOWN = SessionId("ses_bbbbbbbbbbbbbbbbbbbbbb")
E_ = TypeVar("E_", bound=GateEvent)


class Rig(Protocol):
    @property
    def gate(self) -> Gate: ...

    async def connect(self) -> None: ...
    async def passes(self) -> bool: ...
    async def elapse(self, milliseconds: int) -> None: ...
    async def crash(self) -> None: ...
    async def stop(self) -> None: ...


class FakeRig:
    def __init__(self) -> None:
        self.now_ms = 5_000
        self.gate = FakeGate(lambda: self.now_ms)

    async def connect(self) -> None:
        await self.gate.open(SESSION, "v=0\r\n")
        await self.gate.answer(SESSION, "v=0\r\n")

    async def passes(self) -> bool:
        return self.gate.forwarding(SESSION)

    async def elapse(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        self.gate.offer_stamps()

    async def crash(self) -> None:
        self.gate.crash()

    async def stop(self) -> None:
        self.gate.end()


class ProcessesRig:
    """Of `processes` gate processes."""

    def __init__(self, processes: int) -> None:
        self.gate = Gates(GateSettings(processes=processes))
        self.peers: tuple[RawPeer, RawPeer] | None = None

    async def connect(self) -> None:
        for peer in self.peers or ():
            peer.stop()
        self.peers = await connected_pair(self.gate, SESSION)

    async def passes(self) -> bool:
        """A key frame at the agent, or a drop counted for the lease: one of the two must come."""
        assert self.peers is not None
        customer, agent = self.peers
        forwarded = await self.forwarded()
        customer.send(KEY_FRAME)
        await customer.check()  # answered after the packet was handled: one socket, one order
        passed = await self.forwarded() > forwarded
        if passed:
            await agent.until(lambda: bool(agent.rtp))
        return passed

    async def forwarded(self) -> int:
        return sum(each.forwarded_packets for each in await self.gate.measured() if each)

    async def elapse(self, milliseconds: int) -> None:
        await asyncio.sleep(milliseconds / 1000)  # the real gate's clock is moved by waiting alone

    async def crash(self) -> None:
        (pid,) = (process.pid for process in self.gate.processes if process.serves(SESSION))
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    async def stop(self) -> None:
        for peer in self.peers or ():
            peer.stop()
        await self.gate.stop()


@pytest.fixture(params=[0, 1, 2], ids=["fake", "process", "two processes"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == 0:
        made: Rig = FakeRig()
    else:
        processes = ProcessesRig(request.param)
        await processes.gate.start()
        made = processes
    yield made
    await made.stop()


async def next_of(events: AsyncIterator[GateEvent], kind: type[E_]) -> E_:
    async with asyncio.timeout(5):
        async for event in events:
            if isinstance(event, kind):
                return event
    raise AssertionError("the events ended")


async def newest_stamp(rig: Rig, events: AsyncIterator[GateEvent]) -> int:
    return (await next_of(events, Stamp)).stamp


async def test_nothing_passes_before_the_first_renewal(rig: Rig) -> None:
    await rig.connect()
    assert not await rig.passes()


async def test_a_stamp_comes_at_once_and_its_renewal_lets_media_pass(rig: Rig) -> None:
    await rig.connect()
    rig.gate.renew(SESSION, 1, await newest_stamp(rig, rig.gate.events()))
    assert await rig.passes()


async def test_silence_stops_media_within_the_ttl(rig: Rig) -> None:
    await rig.connect()
    rig.gate.renew(SESSION, 1, await newest_stamp(rig, rig.gate.events()))
    assert await rig.passes()
    await rig.elapse(LEASE_TTL_MS)
    assert not await rig.passes()


async def test_a_renewal_of_a_short_life_lets_media_pass_only_so_long(rig: Rig) -> None:
    await rig.connect()
    rig.gate.renew(SESSION, 1, await newest_stamp(rig, rig.gate.events()), 600)
    assert await rig.passes()
    await rig.elapse(600)
    assert not await rig.passes()


async def test_a_renewal_that_comes_late_extends_nothing(rig: Rig) -> None:
    await rig.connect()
    stamp = await newest_stamp(rig, rig.gate.events())
    await rig.elapse(LEASE_TTL_MS)
    rig.gate.renew(SESSION, 1, stamp)
    assert not await rig.passes()


async def test_a_stamp_from_the_future_is_worth_nothing(rig: Rig) -> None:
    await rig.connect()
    rig.gate.renew(SESSION, 1, await newest_stamp(rig, rig.gate.events()) + 60_000)
    assert not await rig.passes()


async def test_a_revocation_is_final_for_its_epoch_and_every_lower_one(rig: Rig) -> None:
    await rig.connect()
    stamp = await newest_stamp(rig, rig.gate.events())
    rig.gate.renew(SESSION, 3, stamp)
    assert await rig.passes()
    rig.gate.revoke(SESSION, 3)
    for epoch in (1, 2, 3):
        rig.gate.renew(SESSION, epoch, stamp)
        assert not await rig.passes()
    rig.gate.renew(SESSION, 4, stamp)
    assert await rig.passes()


async def test_a_revocation_before_the_grant_holds(rig: Rig) -> None:
    await rig.connect()
    rig.gate.revoke(SESSION, 2)
    rig.gate.renew(SESSION, 2, await newest_stamp(rig, rig.gate.events()))
    assert not await rig.passes()


async def test_opening_anew_stops_media_and_keeps_what_was_revoked(rig: Rig) -> None:
    await rig.connect()
    events = rig.gate.events()
    rig.gate.renew(SESSION, 1, await newest_stamp(rig, events))
    rig.gate.revoke(SESSION, 1)
    rig.gate.renew(SESSION, 2, await newest_stamp_after_wait(rig, events))
    await rig.connect()
    assert not await rig.passes()
    stamp = await newest_stamp_after_wait(rig, events)
    rig.gate.renew(SESSION, 1, stamp)
    assert not await rig.passes()
    rig.gate.renew(SESSION, 2, stamp)
    assert await rig.passes()


async def newest_stamp_after_wait(rig: Rig, events: AsyncIterator[GateEvent]) -> int:
    await rig.elapse(600)
    return await newest_stamp(rig, events)


async def test_a_closed_session_is_forgotten(rig: Rig) -> None:
    await rig.connect()
    stamp = await newest_stamp(rig, rig.gate.events())
    rig.gate.renew(SESSION, 1, stamp)
    rig.gate.close(SESSION)
    rig.gate.renew(SESSION, 2, stamp)
    with pytest.raises(GateUnavailable):
        await rig.gate.answer(SESSION, "v=0\r\n")


async def test_a_description_that_is_too_long_is_refused_with_a_sentence(rig: Rig) -> None:
    long = "v=0\r\n" + "a=x\r\n" * (SDP_LIMIT_BYTES // 5)
    with pytest.raises(SdpRefused, match=r"^[A-Z].*too long|^[A-Z].*longer"):
        await rig.gate.open(SESSION, long)


async def test_what_is_no_description_is_refused_with_a_sentence(rig: Rig) -> None:
    with pytest.raises(SdpRefused, match=r"^[A-Z].*\.$"):
        await rig.gate.open(SESSION, "hello")


async def test_commands_about_an_unknown_session_do_nothing(rig: Rig) -> None:
    await rig.connect()
    rig.gate.renew(UNKNOWN, 1, 1)
    rig.gate.revoke(UNKNOWN, 1)
    rig.gate.close(UNKNOWN)
    rig.gate.renew(SESSION, 1, await newest_stamp(rig, rig.gate.events()))
    assert await rig.passes()


async def test_a_crash_loses_every_session_once_and_later_opens_are_served(rig: Rig) -> None:
    await rig.connect()
    events = rig.gate.events()
    await rig.crash()
    assert (await next_of(events, GateLost)).sessions == (SESSION,)
    await opened_again(rig)
    assert not await rig.passes()
    rig.gate.renew(SESSION, 2, await newest_stamp(rig, events))
    assert await rig.passes()


async def opened_again(rig: Rig) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await rig.connect()
            except GateUnavailable:
                await asyncio.sleep(0.02)  # the process is starting; the port has no event for "started"
            else:
                return
