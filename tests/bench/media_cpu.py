"""CPU of the server side for one second of picture: our gate against aiortc's MediaRelay, in turn, in one run.

The stream: 1280x720, 10 frames a second, about 1.5 Mbit/s of VP8, made once and replayed. Publishers and viewers are
here; each server is a process of its own, and only its CPU time counts. A stream-second is ten frames *delivered*, so a
server that falls behind is not praised for it. Ours runs with all that a browser adds: transport-wide numbers, feedback
every 100 ms, leases renewed every 0.5 s.
"""

import asyncio
import random
import struct
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from fractions import Fraction
from typing import Any

import av

from session.gate_port import Stamp
from session.identity import SessionId
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from tests.bench.media_relay import MediaRelayServer, RelayedStreams
from tests.bench.table import row, show
from tests.protocol.gate_peers import SSRC, RawPeer, connected_pair, twcc_of

STREAMS = 8
FRAMES_PER_SECOND = 10
WIDTH, HEIGHT = 1_280, 720
BITRATE = 1_500_000  # bits per second
_BLOCK = 8  # pixels
_BLOCKS_CHANGED = 4_000  # of 14,400, each frame
WARM_UP_S = 3.0
MEASURED_S = 8.0
_PAYLOAD_BYTES = 1_150
_BURST = 4  # packets that a browser's pacer sends together
_BURST_S = 0.005


def main(*, json: bool) -> int:
    frames = encoded(4 * FRAMES_PER_SECOND)
    ours = asyncio.run(measure_gate(frames))
    relayed = asyncio.run(measure_relay(frames))
    show(
        [row("media.cpu", {"streams": STREAMS}, "CPU-ms per stream-second", ours, {"MediaRelay": relayed})],
        as_json=json,
    )
    return 0


def encoded(count: int) -> list[bytes]:
    """VP8 frames of a picture whose blocks change a few at a time; the first is a key frame."""
    context = av.CodecContext.create("libvpx", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    context.time_base, context.bit_rate = Fraction(1, FRAMES_PER_SECOND), BITRATE
    context.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": "1000"}
    chance = random.Random(10)  # noqa: S311 - the same stream each time
    rows = [bytearray(chance.randbytes(WIDTH // _BLOCK)) for _ in range(HEIGHT // _BLOCK)]
    frames: list[bytes] = []
    for number in range(count):
        for _ in range(_BLOCKS_CHANGED):
            chance.choice(rows)[chance.randrange(WIDTH // _BLOCK)] = chance.randrange(256)
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        luma, *chroma = frame.planes
        luma.update(b"".join(bytes(value for value in row for _ in range(_BLOCK)) * _BLOCK for row in rows))
        for plane in chroma:
            plane.update(bytes([128]) * plane.buffer_size)
        frame.pts = number
        frames += [bytes(packet) for packet in context.encode(frame)]
    return frames


async def measure_gate(frames: Sequence[bytes]) -> float:
    gate = GateProcess(GateSettings())
    await gate.start()
    pairs = [await connected_pair(gate, SessionId(f"ses_{number}")) for number in range(STREAMS)]
    viewers = [Viewer(agent) for _, agent in pairs]

    async def used() -> float:
        return (await gate.metrics()).cpu_seconds

    busy: list[Coroutine[Any, Any, None]] = [grant(gate), *[viewer.report() for viewer in viewers]]
    busy += [publish(customer, frames, index) for index, (customer, _) in enumerate(pairs)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in busy]
        figure = await cost(used, lambda: sum(viewer.frames for viewer in viewers))
        for task in tasks:
            task.cancel()
    for peer in (peer for pair in pairs for peer in pair):
        peer.stop()
    await gate.stop()
    return figure


async def measure_relay(frames: Sequence[bytes]) -> float:
    async with MediaRelayServer() as server:
        streams = RelayedStreams(frames, FRAMES_PER_SECOND)
        for _ in range(STREAMS):
            await streams.connect(server)
        figure = await cost(server.cpu_seconds, lambda: streams.delivered)
        await streams.close()
    return figure


async def cost(used: Callable[[], Awaitable[float]], delivered: Callable[[], int]) -> float:
    """CPU-milliseconds of the server for ten delivered frames."""
    await asyncio.sleep(WARM_UP_S)
    cpu, frames = await used(), delivered()
    await asyncio.sleep(MEASURED_S)
    cpu, frames = await used() - cpu, delivered() - frames
    if not frames:
        raise RuntimeError("no frame was delivered: the figure would mean nothing")
    return cpu * 1000 / (frames / FRAMES_PER_SECOND)


async def grant(gate: GateProcess) -> None:
    async for event in gate.events():
        if isinstance(event, Stamp):
            gate.renew(event.session, 1, event.stamp)


async def publish(peer: RawPeer, frames: Sequence[bytes], index: int) -> None:
    """One stream, in bursts; streams are spread over the time of a frame."""
    loop = asyncio.get_running_loop()
    began = loop.time() + index / STREAMS / FRAMES_PER_SECOND
    number = 0
    while True:
        await asyncio.sleep(began + number / FRAMES_PER_SECOND - loop.time())
        frame = frames[number % len(frames)]
        parts = [frame[at : at + _PAYLOAD_BYTES] for at in range(0, len(frame), _PAYLOAD_BYTES)]
        for order, part in enumerate(parts):
            start = b"\x90" if order == 0 else b"\x80"
            payload = start + b"\x80" + bytes([number & 0x7F]) + part
            peer.send(payload, timestamp=number * 9_000, marker=order == len(parts) - 1)
            if order % _BURST == _BURST - 1:
                await asyncio.sleep(_BURST_S)
        number += 1


class Viewer:
    """Counts frames and sends transport-wide feedback every 100 ms, as a browser does."""

    def __init__(self, peer: RawPeer) -> None:
        self.frames = 0
        self._peer = peer

    async def report(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            packets, self._peer.rtp = self._peer.rtp, []
            self._peer.rtcp.clear()
            self.frames += sum(packet[1] >> 7 for packet in packets)
            if packets:
                self._peer.send_packet(feedback(twcc_of(packets[0]), len(packets)))


def feedback(base: int, count: int) -> bytes:
    """All `count` received, one millisecond apart: one run-length chunk and `count` small deltas."""
    body = struct.pack("!HH3sBH", base, count, bytes(3), 0, 0x2000 | count) + b"\x04" * count
    body += bytes(-len(body) % 4)
    return struct.pack("!BBHII", 0x8F, 205, 2 + len(body) // 4, 1, SSRC) + body
