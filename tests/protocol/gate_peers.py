"""A browser reduced to its transport: STUN, DTLS as the client, SRTP, and packets made by hand."""

import asyncio
import ipaddress
import re
import secrets
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aioice.stun

from session.gate_port import Gate, Leg
from session.identity import SessionId
from session.media.certificate import Identity
from session.media.dtls import DtlsState
from session.media.negotiation import TRANSPORT_WIDE
from session.media.sdp import parse
from session.media.srtp import Packet
from tests.protocol.dtls_client import DtlsClient

SSRC, RTX_SSRC = 0x11223344, 0x55667788
VP8, RTX = 101, 102
TWCC_ID = 5
PASSWORD = "p" * 24
CHECKS, CHECK_AGAIN_S = 10, 0.5
_PRIORITY, _TIE_BREAKER = 126 << 24 | 65_535 << 8 | 255, 1  # as of a browser's host candidate
_CANDIDATE = re.compile(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", re.IGNORECASE)
KEY_FRAME = b"\x90\x80\x11\x10\x02\x00\x9d\x01\x2a" + bytes(
    60
)  # descriptor with a picture id, then a key frame's head
DELTA_FRAME = b"\x90\x80\x12\x31\x02\x00" + bytes(60)


@dataclass
class RawPeer(asyncio.DatagramProtocol):
    """`rtp` and `rtcp` are what arrived, in the clear. `send` counts sequence and transport-wide numbers itself."""

    leg: Leg
    identity: Identity = field(default_factory=Identity)
    ufrag: str = field(default_factory=lambda: secrets.token_hex(4))
    rtp: list[bytes] = field(default_factory=list)
    rtcp: list[bytes] = field(default_factory=list)
    family: int = 4  # of the gate's addresses the first of this family is taken
    stun_answers: int = 0
    sequence: int = 65_500  # so that every test crosses the wrap
    twcc: int = 65_400

    def __post_init__(self) -> None:
        self.packet = Packet()
        self.dtls: DtlsClient | None = None
        self.watchers: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self.transport: asyncio.DatagramTransport | None = None

    def description(self, direction: str, setup: str, mid: str = "0") -> str:
        lines = [
            *("v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {mid}"),
            *(
                f"m=video 9 UDP/TLS/RTP/SAVPF {VP8} {RTX}",
                "c=IN IP4 0.0.0.0",
                f"a=mid:{mid}",
                f"a={direction}",
            ),
            *("a=rtcp-mux", f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{PASSWORD}", f"a=setup:{setup}"),
            *(f"a=fingerprint:sha-256 {self.identity.fingerprint}", f"a=extmap:{TWCC_ID} {TRANSPORT_WIDE}"),
            *(f"a=rtpmap:{VP8} VP8/90000", f"a=rtpmap:{RTX} rtx/90000", f"a=fmtp:{RTX} apt={VP8}"),
        ]
        if direction == "sendonly":
            lines.append(f"a=ssrc-group:FID {SSRC} {RTX_SSRC}")
            lines += [f"a=ssrc:{ssrc} cname:customer" for ssrc in (SSRC, RTX_SSRC)]
        return "\r\n".join(lines) + "\r\n"

    async def connect(self, gate_sdp: str) -> None:
        """Run connectivity check and handshake against what the gate described."""
        description = parse(gate_sdp)
        media = description.media[0]
        value = description.value(media, "fingerprint")
        assert value is not None
        algorithm, _, digest = value.partition(" ")
        self.gate_ufrag = description.value(media, "ice-ufrag") or ""
        self.gate_password = (description.value(media, "ice-pwd") or "").encode()
        await self.attach(reached_at(gate_sdp, self.family))
        await self.check()
        self.dtls = DtlsClient(self.identity, (algorithm, digest))
        await self.shake(self.dtls)

    async def shake(self, dtls: DtlsClient) -> None:
        """The handshake, from the first flight on."""
        self.send_raw(*dtls.hello())
        await self.until(lambda: dtls.state is DtlsState.CONNECTED)

    async def attach(self, remote: tuple[str, int]) -> None:
        """A socket towards the gate."""
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=remote)

    async def check(self) -> None:
        """Asked again where the answer was lost among what came before it, as a browser does."""
        answered = self.stun_answers
        for _ in range(CHECKS):
            self.send_raw(self.stun())
            with suppress(TimeoutError):
                return await self.until(lambda: self.stun_answers > answered, CHECK_AGAIN_S)
        raise TimeoutError

    def stun(self) -> bytes:
        request = aioice.stun.Message(
            aioice.stun.Method.BINDING,
            aioice.stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{self.gate_ufrag}:{self.ufrag}",
                "PRIORITY": _PRIORITY,
                "ICE-CONTROLLING": _TIE_BREAKER,
                "USE-CANDIDATE": None,
            },
        )
        request.add_message_integrity(self.gate_password)
        return bytes(request)

    def send_raw(self, *datagrams: bytes) -> None:
        assert self.transport is not None
        for datagram in datagrams:
            self.transport.sendto(datagram)

    def send(self, payload: bytes, *, timestamp: int = 0, marker: bool = True) -> int:
        """One packet of the picture; returns its sequence number."""
        self.sequence = self.sequence + 1 & 0xFFFF
        self.send_packet(rtp(self.sequence, timestamp, payload, self.next_twcc(), marker=marker))
        return self.sequence

    def next_twcc(self) -> int:
        self.twcc = self.twcc + 1 & 0xFFFF
        return self.twcc

    def send_packet(self, packet: bytes) -> None:
        self.send_raw(self.protected(packet))

    def protected(self, packet: bytes) -> bytes:
        assert self.dtls is not None
        assert self.dtls.outbound is not None
        self.packet.fill(packet)
        protect = self.dtls.outbound.protect_rtcp if 192 <= packet[1] <= 223 else self.dtls.outbound.protect
        assert protect(self.packet)
        return bytes(self.packet.content())

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - asyncio's signature
        if data[0] <= 3:
            self.stun_answers += data[:2] == b"\x01\x01"
        elif data[0] <= 63 and self.dtls:
            self.send_raw(*[reply for reply in self.dtls.receive(data) if reply])
        elif self.dtls and self.dtls.inbound:
            self.packet.fill(data)
            rtcp = 192 <= data[1] <= 223
            assert (self.dtls.inbound.unprotect_rtcp if rtcp else self.dtls.inbound.unprotect)(self.packet)
            (self.rtcp if rtcp else self.rtp).append(bytes(self.packet.content()))
        self.wake()

    def wake(self) -> None:
        for condition, future in self.watchers:
            if not future.done() and condition():
                future.set_result(None)

    async def until(self, condition: Callable[[], bool], seconds: float = 5) -> None:
        """Looked at now and after each datagram."""
        watcher = condition, asyncio.get_running_loop().create_future()
        self.watchers.append(watcher)
        self.wake()
        try:
            await asyncio.wait_for(watcher[1], seconds)
        finally:
            self.watchers.remove(watcher)

    def stop(self) -> None:
        if self.transport:
            self.transport.close()


async def connected_pair(
    gate: Gate, session: SessionId, customer: RawPeer | None = None, agent: RawPeer | None = None
) -> tuple[RawPeer, RawPeer]:
    """(customer, agent), both through the handshake."""
    customer, agent = customer or RawPeer(Leg.CUSTOMER), agent or RawPeer(Leg.AGENT)
    opened = await gate.open(session, customer.description("sendonly", "actpass"))
    await gate.answer(session, agent.description("recvonly", "active"))
    await customer.connect(opened.answer_to_customer)
    await agent.connect(opened.offer_to_agent)
    return customer, agent


def reached_at(sdp: str, family: int) -> tuple[str, int]:
    """The first candidate of that family: address and port."""
    for found in _CANDIDATE.finditer(sdp):
        if ipaddress.ip_address(found[1]).version == family:
            return found[1], int(found[2])
    raise AssertionError(f"there is no candidate of IPv{family} in {sdp}")


def rtp(
    sequence: int,
    timestamp: int,
    payload: bytes,
    twcc: int | None,
    *,
    ssrc: int = SSRC,
    payload_type: int = VP8,
    marker: bool = True,
) -> bytes:
    first = 0x80 if twcc is None else 0x90
    header = struct.pack("!BBHII", first, marker << 7 | payload_type, sequence, timestamp, ssrc)
    if twcc is not None:
        header += struct.pack("!HHBHB", 0xBEDE, 1, TWCC_ID << 4 | 1, twcc, 0)
    return header + payload


def sequence_of(packet: bytes) -> int:
    return int.from_bytes(packet[2:4], "big")


def twcc_of(packet: bytes) -> int:
    return int.from_bytes(packet[17:19], "big")
