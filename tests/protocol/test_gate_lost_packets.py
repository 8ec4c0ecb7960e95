"""What a line loses: the gate asks the customer by itself, and has for the agent what the agent's line loses."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from session.gate_port import Leg
from session.media.rtcp import negative_acknowledgement, parts
from tests.bench.media_weather import Weather, through
from tests.protocol.gate_peers import (
    DELTA_FRAME,
    KEY_FRAME,
    RTX,
    RTX_SSRC,
    SSRC,
    VP8,
    RawPeer,
    rtp,
    sequence_of,
)
from tests.protocol.gate_share import SESSION, Share, connected_share, running_gate

AGENT_SSRC = 77
PAYLOAD_AT = 20


@pytest.fixture
async def share() -> AsyncIterator[Share]:
    async with connected_share() as made:
        yield made


async def showing(share: Share) -> None:
    await share.grant()
    before = len(share.agent.rtp)
    share.customer.send(KEY_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) > before)


def asked_for(customer: RawPeer) -> list[int]:
    """Every number of every NACK, in the order of coming."""
    numbers: list[int] = []
    for content in customer.rtcp:
        for kind, form, part in parts(content):
            if (kind, form) == (205, 1):
                for first, mask in struct.iter_unpack("!HH", part[12:]):
                    numbers += [first, *(first + bit + 1 & 0xFFFF for bit in range(16) if mask >> bit & 1)]
    return numbers


def repeat(customer: RawPeer, number: int, sequence: int, frame: bytes = DELTA_FRAME) -> None:
    content = number.to_bytes(2, "big") + frame
    customer.send_packet(rtp(sequence, 0, content, customer.next_twcc(), ssrc=RTX_SSRC, payload_type=RTX))


async def with_a_hole(share: Share) -> int:
    """The customer's number of a packet that never came."""
    share.customer.sequence += 1
    missing = share.customer.sequence & 0xFFFF
    share.customer.send(DELTA_FRAME)
    await share.customer.until(lambda: missing in asked_for(share.customer))
    return missing


async def test_the_gate_asks_for_what_is_missing_though_the_agent_says_nothing(share: Share) -> None:
    await showing(share)
    missing = await with_a_hole(share)
    assert set(asked_for(share.customer)) == {missing}
    assert (await share.gate.metrics()).asked_again_packets >= 1


async def test_the_agents_asking_is_not_passed_on_while_the_gate_asks_itself(share: Share) -> None:
    await showing(share)
    share.customer.sequence += 1
    missing = share.customer.sequence & 0xFFFF
    share.customer.send(DELTA_FRAME)
    await share.agent.until(lambda: len(share.agent.rtp) == 2)
    gap = sequence_of(share.agent.rtp[1]) - 1 & 0xFFFF
    for _ in range(5):
        share.agent.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, [gap]))
    await share.customer.until(lambda: bool(asked_for(share.customer)))
    repeat(share.customer, missing, 9)
    await share.agent.until(lambda: len(share.agent.rtp) == 3)
    asked = len(asked_for(share.customer))
    assert asked == (await share.gate.metrics()).asked_again_packets  # each is the gate's own
    await share.handled()
    assert len(asked_for(share.customer)) == asked


async def test_what_came_as_a_retransmission_is_kept_for_an_agent_whose_line_lost_that(share: Share) -> None:
    await showing(share)
    repeat(share.customer, await with_a_hole(share), 9, DELTA_FRAME + b"repeated")
    await share.agent.until(lambda: len(share.agent.rtp) == 3)
    lost = share.agent.rtp[2][PAYLOAD_AT : PAYLOAD_AT + 2]
    asked = len(asked_for(share.customer))
    share.agent.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, [int.from_bytes(lost, "big")]))
    await share.agent.until(lambda: len(share.agent.rtp) == 4)
    again = share.agent.rtp[3]
    assert (again[1] & 0x7F, again[PAYLOAD_AT:]) == (RTX, lost + DELTA_FRAME + b"repeated")
    assert len(asked_for(share.customer)) == asked


async def test_what_was_missing_is_forgotten_with_a_revocation(share: Share) -> None:
    await showing(share)
    old = await with_a_hole(share)
    share.revoke()
    await share.agent.until(lambda: len(share.agent.rtp) == 5)  # the curtain's three
    share.customer.rtcp.clear()
    share.customer.sequence += 300
    await showing(share)
    new = await with_a_hole(share)
    assert set(asked_for(share.customer)) == {new}
    assert old != new


@dataclass
class Answering(RawPeer):
    """A customer who keeps what was sent and sends again what is asked for."""

    kept: dict[int, bytes] = field(default_factory=dict)
    answered: int = 0
    repeats: int = 100

    def datagram_received(self, data: bytes, addr: object) -> None:
        super().datagram_received(data, addr)
        for number in asked_for(self)[self.answered :]:
            self.answered += 1
            if number in self.kept:
                self.repeats += 1
                repeat(self, number, self.repeats & 0xFFFF, self.kept[number])


@dataclass
class Asking(RawPeer):
    """An agent who asks for each number that is missing, every thirty milliseconds."""

    have: dict[int, bytes] = field(default_factory=dict)

    def datagram_received(self, data: bytes, addr: object) -> None:
        super().datagram_received(data, addr)
        for packet in self.rtp:
            if packet[1] & 0x7F == VP8:
                self.have[sequence_of(packet)] = packet[PAYLOAD_AT:]
            else:
                self.have[int.from_bytes(packet[PAYLOAD_AT : PAYLOAD_AT + 2], "big")] = packet[
                    PAYLOAD_AT + 2 :
                ]
        self.rtp.clear()
        self.wake()

    async def ask(self, first: int) -> None:
        while True:
            await asyncio.sleep(0.03)
            newest = max((number - first & 0xFFFF for number in self.have), default=0)
            lost = [first + n & 0xFFFF for n in range(newest) if first + n & 0xFFFF not in self.have]
            if lost:
                self.send_packet(negative_acknowledgement(AGENT_SSRC, SSRC, lost[:100]))


SENT = 400
ARRIVES_WITHIN_S = 60.0


@asynccontextmanager
async def in_weather(customer: RawPeer, agent: RawPeer, weather: Weather) -> AsyncIterator[Share]:
    """A share whose both lines have this weather."""
    async with AsyncExitStack() as stack:
        stack.callback(customer.stop)
        stack.callback(agent.stop)
        gate = await stack.enter_async_context(running_gate())
        opened = await gate.open(SESSION, customer.description("sendonly", "actpass"))
        await gate.answer(SESSION, agent.description("recvonly", "active"))
        for peer, sdp in ((customer, opened.answer_to_customer), (agent, opened.offer_to_agent)):
            relay = await stack.enter_async_context(through("127.0.0.1", gate.port, weather))
            await connected(peer, sdp.replace(f"127.0.0.1 {gate.port} typ", f"127.0.0.1 {relay} typ"))
        share = Share(gate, customer, agent)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(share.follow())
            try:
                yield share
            finally:
                following.cancel()


@pytest.mark.parametrize("weather", [Weather(0.05), Weather(0.05, 10, 8)], ids=["lost", "lost and reordered"])
async def test_everything_arrives_over_two_lines_that_lose_a_twentieth(weather: Weather) -> None:
    customer, agent = Answering(Leg.CUSTOMER), Asking(Leg.AGENT)
    frames = [DELTA_FRAME + struct.pack("!I", number) for number in range(SENT)]
    async with (
        in_weather(customer, agent, weather) as share,
        asyncio.timeout(ARRIVES_WITHIN_S),
        asyncio.TaskGroup() as group,
    ):
        await share.grant()
        while not agent.have:  # the key frame too may be lost: then it is sent anew
            customer.send(KEY_FRAME)
            with suppress(TimeoutError):
                await agent.until(lambda: bool(agent.have), 0.2)
        asking = group.create_task(agent.ask(min(agent.have)))
        for frame in frames:
            customer.kept[customer.send(frame)] = frame
            await asyncio.sleep(0.002)
        while not set(frames) <= set(agent.have.values()):  # what is lost last is noticed by what follows it
            customer.send(DELTA_FRAME)
            with suppress(TimeoutError):
                await agent.until(lambda: set(frames) <= set(agent.have.values()), 0.1)
        asking.cancel()
        counted = await share.gate.metrics()
        assert counted.asked_again_packets > 0, "on the customer's line nothing was lost"
        assert counted.resent_packets > 0, "on the agent's line nothing was lost"


async def connected(peer: RawPeer, sdp: str) -> None:
    """A flight of the handshake may be lost: then it is begun anew, as a browser repeats it."""
    for tries_left in reversed(range(5)):
        try:
            await peer.connect(sdp)
        except TimeoutError:
            peer.stop()
            if not tries_left:
                raise
        else:
            break
