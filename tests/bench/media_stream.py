"""The stream of the media benches, and who sends and sees it: 1280x720, 10 frames a second of VP8, made once, replayed.

Encrypted between the browsers, a frame keeps its first bytes in the clear (10 of a key frame, 3 of another) and the
rest looks like chance: `as_if_encrypted`.
"""

import asyncio
import random
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction

import av

from session.gate_port import Leg
from session.media import curtain
from session.media.dtls import DtlsState
from session.media.stun import binding_success
from tests.protocol.dtls_client import DtlsClient
from tests.protocol.gate_peers import PASSWORD, SSRC, RawPeer, twcc_of

FRAMES_PER_SECOND = 10
WIDTH, HEIGHT = 1_280, 720
BITRATE = 1_500_000  # bits per second
SENT_AT = 8  # bytes at the end of each packet: when it was sent
_BLOCK = 8  # pixels
_BLOCKS_CHANGED = 4_000  # of 14,400, each frame, for BITRATE
_PAYLOAD_BYTES = 1_150
_BURST = 4  # packets that a browser's pacer sends together
_BURST_S = 0.005
_CLEAR_KEY, _CLEAR_DELTA = 10, 3
_SOCKET_BYTES = 4 << 20
_ANSWERED_WITHIN_S = 0.3
_SO_TIMESTAMPNS = 35  # socket(7); Python has no name for it


def encoded(count: int, bitrate: int = BITRATE) -> list[bytes]:
    """VP8 frames of a picture whose blocks change a few at a time; the first is a key frame."""
    context = av.CodecContext.create("libvpx", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    context.time_base, context.bit_rate = Fraction(1, FRAMES_PER_SECOND), bitrate
    context.options = {"deadline": "realtime", "cpu-used": "-8", "lag-in-frames": "0", "g": "1000"}
    chance = random.Random(10)  # noqa: S311 - the same stream each time
    rows = [bytearray(chance.randbytes(WIDTH // _BLOCK)) for _ in range(HEIGHT // _BLOCK)]
    frames: list[bytes] = []
    for number in range(count):
        for _ in range(_BLOCKS_CHANGED * bitrate // BITRATE):
            chance.choice(rows)[chance.randrange(WIDTH // _BLOCK)] = chance.randrange(256)
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        luma, *chroma = frame.planes
        luma.update(b"".join(bytes(value for value in row for _ in range(_BLOCK)) * _BLOCK for row in rows))
        for plane in chroma:
            plane.update(bytes([128]) * plane.buffer_size)
        frame.pts = number
        frames += [bytes(packet) for packet in context.encode(frame)]
    return frames


def as_if_encrypted(frames: Sequence[bytes]) -> list[bytes]:
    """The same sizes: what a nonce and a tag add is a packet more in few frames."""
    chance = random.Random(11)  # noqa: S311 - the same stream each time
    clear = [_CLEAR_DELTA if frame[0] & 1 else _CLEAR_KEY for frame in frames]
    return [
        frame[:size] + chance.randbytes(len(frame) - size) for frame, size in zip(frames, clear, strict=True)
    ]


def megabits(frames: Sequence[bytes]) -> float:
    """A second of it, without headers."""
    return 8 * FRAMES_PER_SECOND * sum(map(len, frames)) / len(frames) / 1e6


class Peer(RawPeer):
    """Over a socket of its own with a large buffer; `arrived_ns` is when the kernel took the newest datagram."""

    arrived_ns = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BYTES)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def candidate(self, address: str) -> str:
        """The line that says where this peer is, for whoever starts no checks without one."""
        self.socket.bind((address, 0))
        return f"a=candidate:1 1 udp 2130706431 {address} {self.socket.getsockname()[1]} typ host\r\n"

    async def attach(self, remote: tuple[str, int]) -> None:
        self.socket.connect(remote)
        asyncio.get_running_loop().add_reader(self.socket, self._readable)

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Janus checks a path itself, lite or not, and uses none that does not answer."""
        if data[:2] == b"\0\1":
            host, port = self.socket.getpeername()
            self.send_raw(binding_success(data[8:20], host, port, PASSWORD.encode()))
        else:
            super().datagram_received(data, addr)

    async def check(self) -> None:
        """Again until it is answered, as a browser does: a machine that stands still may have lost it."""
        answered = self.stun_answers
        async with asyncio.timeout(10):
            while self.stun_answers == answered:
                self.send_raw(self.stun())
                with suppress(TimeoutError):
                    await self.until(lambda: self.stun_answers > answered, _ANSWERED_WITHIN_S)

    async def shake(self, dtls: DtlsClient) -> None:
        """Its first flight again until it is answered: Janus drops what comes before it has heard of the check."""
        flight = dtls.hello()
        async with asyncio.timeout(10):
            while dtls.state is not DtlsState.CONNECTED:
                self.send_raw(self.stun(), *flight)
                with suppress(TimeoutError):
                    await self.until(lambda: dtls.state is DtlsState.CONNECTED, _ANSWERED_WITHIN_S)

    def send_raw(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self.socket.send(datagram)

    def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()

    def _readable(self) -> None:
        try:
            while True:
                data, about, _, _ = self.socket.recvmsg(2_048, 64)
                if about:
                    seconds, nanoseconds = struct.unpack("qq", about[0][2])
                    self.arrived_ns = seconds * 1_000_000_000 + nanoseconds
                self.datagram_received(data, None)
        except BlockingIOError:
            return


class Publisher(Peer):
    """`packets` and `frames_sent` count what went out. `steadily` spreads a frame's packets over its time; else they
    leave in bursts, as from a browser's pacer. A picture loss begins the stream anew with its key frame."""

    packets = 0
    frames_sent = 0

    def __init__(self) -> None:
        super().__init__(Leg.CUSTOMER)

    async def publish(self, frames: Sequence[bytes], offset: float, *, steadily: bool = False) -> None:
        """For ever. `offset` from 0 to 1 is its place in the time of a frame."""
        loop = asyncio.get_running_loop()
        began = loop.time() + offset / FRAMES_PER_SECOND
        number = at = 0
        while True:
            await asyncio.sleep(began + number / FRAMES_PER_SECOND - loop.time())
            if self.rtcp:
                at = 0 if any(packet[1] == 206 for packet in self.rtcp) else at
                self.rtcp.clear()
            await self._send_frame(frames[at % len(frames)], number, steadily=steadily)
            number, at = number + 1, at + 1

    async def _send_frame(self, frame: bytes, number: int, *, steadily: bool) -> None:
        parts = [frame[start : start + _PAYLOAD_BYTES] for start in range(0, len(frame), _PAYLOAD_BYTES)]
        for order, part in enumerate(parts):
            payload = (b"\x90" if order == 0 else b"\x80") + b"\x80" + bytes([number & 0x7F]) + part
            payload += time.time_ns().to_bytes(SENT_AT, "big")
            self.send(payload, timestamp=number * 9_000, marker=order == len(parts) - 1)
            self.packets += 1
            if steadily:
                await asyncio.sleep(0.8 / FRAMES_PER_SECOND / len(parts))
            elif order % _BURST == _BURST - 1:
                await asyncio.sleep(_BURST_S)
        self.frames_sent += 1


class Viewer(Peer):
    """Counts packets and frames, keeps `delays_ms` (sent to arrived in the kernel) once `timing`, and sends
    transport-wide feedback every 100 ms, as a browser does, where the packets carry its numbers."""

    packets = 0
    frames = 0
    timing = False

    def __init__(self) -> None:
        super().__init__(Leg.AGENT)
        self.delays_ms: list[float] = []
        self.last_ns = self.dark_ns = 0  # when the newest packet of a picture arrived, and of a curtain
        self.curtains = 0
        self._first_twcc: int | None = None
        self._unreported = 0

    def wake(self) -> None:
        """After each datagram."""
        for packet in self.rtp:
            self._see(packet)
        self.rtp.clear()
        super().wake()

    def _see(self, packet: bytes) -> None:
        if packet[0] & 0x10:
            self.packets += 1
            self.frames += packet[1] >> 7
            self.last_ns = self.arrived_ns
            self._unreported += 1
            if self._first_twcc is None:
                self._first_twcc = twcc_of(packet)
            if self.timing:
                self.delays_ms.append((self.arrived_ns - int.from_bytes(packet[-SENT_AT:], "big")) / 1e6)
        elif packet.endswith(curtain.FRAME):
            self.curtains += 1
            self.dark_ns = self.arrived_ns

    async def report(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(0.1)
            self.rtcp.clear()
            if self._first_twcc is not None:
                self.send_packet(feedback(self._first_twcc, self._unreported))
                self._first_twcc, self._unreported = None, 0


def feedback(base: int, count: int) -> bytes:
    """All `count` received, one millisecond apart: one run-length chunk and `count` small deltas."""
    body = struct.pack("!HH3sBH", base, count, bytes(3), 0, 0x2000 | count) + b"\x04" * count
    body += bytes(-len(body) % 4)
    return struct.pack("!BBHII", 0x8F, 205, 2 + len(body) // 4, 1, SSRC) + body
