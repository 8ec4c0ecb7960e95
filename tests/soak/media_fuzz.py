"""Broken STUN, DTLS, RTP, RTCP and SDP, from strangers and from participants with keys, beside a share that goes on.

The long form of `tests/protocol/test_gate_hostile.py`. A real gate process; ten hostile sessions, whose participants
sign what they break, made anew now and then; strangers at two hundred addresses; fresh legs whose handshake is broken.
All of it stays within the budgets of each sender, so that it is parsed and not merely counted. The share beside them
must lose no frame, and the process must be the same at the end.
"""

import asyncio
import random
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Final

from OpenSSL import SSL

from session.gate_port import GateUnavailable, Leg, SdpRefused
from session.media.rtcp import negative_acknowledgement, picture_loss
from tests.bench.media_load import OurGate, named, our_gate, streaming
from tests.bench.media_stream import FRAMES_PER_SECOND, Peer, encoded, feedback
from tests.protocol.dtls_client import DtlsClient
from tests.protocol.gate_peers import DELTA_FRAME, KEY_FRAME, SSRC, RawPeer, connected_pair, rtp

MUTANTS: Final = 1_000_000
HOSTILE: Final = 10
STRANGERS: Final = 200
LEAST_FRAME_RATE: Final = 0.97 * FRAMES_PER_SECOND
_ADDRESS: Final = "127.0.0.1"
_MADE_ANEW_AFTER: Final = 20_000  # mutants
_BARRIER_AFTER: Final = 200
_DESCRIPTIONS: Final = 2  # of those
_FLIGHTS: Final = 60  # broken ones of one handshake
_ANSWERED_S: Final = 0.02  # the gate's flights come, and are answered
_FIRST_HOSTILE: Final = 10  # numbers of sessions; 0 is the share's


def main(cycles: int) -> int:
    return asyncio.run(_soak(cycles or MUTANTS))


async def _soak(mutants: int) -> int:
    frames = encoded(4 * FRAMES_PER_SECOND)
    async with our_gate(_ADDRESS)() as gate:
        if not isinstance(gate, OurGate):
            raise TypeError("this is about ours")
        pid = gate.pid
        async with streaming(gate, frames, 1) as load:
            with ExitStack() as sockets:
                fuzz = Fuzz(gate, load.viewers[0].socket.getpeername()[1], sockets)
                began = time.monotonic()
                await fuzz.run(mutants)
                seconds = time.monotonic() - began
            load.silence()
            await asyncio.sleep(1)
            sent, seen = load.publishers[0].frames_sent, load.frames
            dark = load.viewers[0].curtains
        drops = (await gate.gate.metrics()).drops
        same = gate.gate.pid == pid
    rate = sent / seconds
    counted = ", ".join(f"{reason} {count:,}" for reason, count in drops.items() if count)
    sys.stdout.write(
        f"{mutants:,} mutants in {seconds:.0f} s. The share beside them: {seen:,} of {sent:,} frames, "
        f"{rate:.1f} a second, {dark} curtains. The same process: {'yes' if same else 'NO'}. Dropped: {counted}.\n"
    )
    return 0 if same and seen == sent and not dark and rate >= LEAST_FRAME_RATE else 1


class BreakingPeer(Peer):
    """A customer who breaks its first flights, then some of the later ones."""

    def __init__(self, broken: Callable[[bytes, int], bytes]) -> None:
        super().__init__(Leg.CUSTOMER)
        self._broken = broken
        self._breaking = False

    async def shake(self, dtls: DtlsClient) -> None:
        flight = dtls.hello()
        for _ in range(_FLIGHTS):
            super().send_raw(*(self._broken(datagram, 0) for datagram in flight))
        self._breaking = True
        super().send_raw(*flight)
        await asyncio.sleep(_ANSWERED_S)

    def datagram_received(self, data: bytes, addr: object) -> None:
        with suppress(SSL.Error):  # the gate refuses what was broken, and says so
            super().datagram_received(data, addr)

    def send_raw(self, *datagrams: bytes) -> None:
        super().send_raw(*(self._broken(each, 0) if self._breaking else each for each in datagrams))


class Fuzz:
    def __init__(self, gate: OurGate, port: int, sockets: ExitStack) -> None:
        self._gate, self._port = gate, port
        self._chance = random.Random(20)  # noqa: S311 - a repeatable run
        self._strangers = [sockets.enter_context(self._stranger(number)) for number in range(STRANGERS)]
        self._pairs: list[tuple[RawPeer, RawPeer]] = []
        self._offer = RawPeer(Leg.CUSTOMER).description("sendonly", "actpass")
        self._answer = RawPeer(Leg.AGENT).description("recvonly", "active")

    async def run(self, mutants: int) -> None:
        kinds: list[tuple[Callable[[], None], int]] = [
            (self._check_of_stranger, 15),
            (self._noise, 5),
            (self._check_of_leg, 10),
            (self._picture, 35),
            (self._report, 25),
            (self._record, 5),
        ]
        acts, weights = [kind for kind, _ in kinds], [weight for _, weight in kinds]
        done = 0
        while done < mutants:
            if done % _MADE_ANEW_AFTER == 0:
                await self._made_anew()
            for act in self._chance.choices(acts, weights, k=_BARRIER_AFTER - _DESCRIPTIONS):
                act()
            for _ in range(_DESCRIPTIONS):
                await self._description()
            if done % (10 * _BARRIER_AFTER) == 0:
                await self._handshake()
            done += _BARRIER_AFTER
            with suppress(TimeoutError):  # its own checks may just have used up its budget
                await self._chance.choice(self._pairs)[0].check()
        self._stop()

    async def _made_anew(self) -> None:
        self._stop()
        for number in range(_FIRST_HOSTILE, _FIRST_HOSTILE + HOSTILE):
            self._gate.gate.close(named(number))
            self._gate.epochs[named(number)] = 1
            customer, agent = await connected_pair(
                self._gate.gate, named(number), Peer(Leg.CUSTOMER), Peer(Leg.AGENT)
            )
            self._pairs.append((customer, agent))

    def _stop(self) -> None:
        for pair in self._pairs:
            for peer in pair:
                peer.stop()
        self._pairs.clear()

    def _stranger(self, number: int) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind((f"127.0.2.{number + 1}", 0))
        made.connect((_ADDRESS, self._port))
        return made

    def _check_of_stranger(self) -> None:
        original = self._chance.choice(self._chance.choice(self._pairs)).stun()
        self._say(self._chance.choice(self._strangers), self._broken(original, 0))

    def _noise(self) -> None:
        self._say(
            self._chance.choice(self._strangers), self._chance.randbytes(self._chance.randrange(0, 1_600))
        )

    def _say(self, out: socket.socket, datagram: bytes) -> None:
        with suppress(OSError):  # an ICMP error of an earlier one
            out.send(datagram)

    def _check_of_leg(self) -> None:
        peer = self._chance.choice(self._chance.choice(self._pairs))
        peer.send_raw(self._broken(peer.stun(), 0))

    def _picture(self) -> None:
        """Signed by the customer, broken behind the fields that SRTP itself reads."""
        customer = self._chance.choice(self._pairs)[0]
        customer.sequence = customer.sequence + 1 & 0xFFFF
        frame = KEY_FRAME if self._chance.random() < 0.2 else DELTA_FRAME
        packet = bytearray(rtp(customer.sequence, self._chance.getrandbits(32), frame, customer.next_twcc()))
        if self._chance.random() < 0.5:
            packet[0] ^= self._chance.choice((0x10, 0x20))  # extension, padding
        customer.send_packet(self._broken(bytes(packet), 16))

    def _report(self) -> None:
        customer, agent = self._chance.choice(self._pairs)
        original = self._chance.choice(
            (
                negative_acknowledgement(1, SSRC, list(range(0, 40, 2))),
                picture_loss(1, SSRC) + picture_loss(2, SSRC),
                feedback(agent.twcc, 30),
                b"\x81\xc9\x00\x07" + self._chance.randbytes(28),
                b"\x80\xc8\x00\x06" + self._chance.randbytes(24),
            )
        )
        self._chance.choice((customer, agent)).send_packet(self._broken(original, 8))

    def _record(self) -> None:
        """A DTLS record to a leg whose handshake is over."""
        peer = self._chance.choice(self._chance.choice(self._pairs))
        head = bytes([self._chance.choice((20, 21, 22, 23, 24)), 0xFE, 0xFD])
        peer.send_raw(self._broken(head + self._chance.randbytes(self._chance.randrange(10, 200)), 0))

    async def _description(self) -> None:
        """Of a session that nobody has: what is understood is opened, and closed again."""
        text = list(self._chance.choice((self._offer, self._answer)))
        for _ in range(self._chance.randint(1, 6)):
            text[self._chance.randrange(len(text))] = chr(self._chance.randrange(1, 256))
        session = named(5)
        with suppress(SdpRefused, GateUnavailable):
            await self._gate.gate.open(session, "".join(text))
            await self._gate.gate.answer(session, "".join(text).replace("sendonly", "recvonly"))
        self._gate.gate.close(session)

    async def _handshake(self) -> None:
        """Broken flights on a fresh leg, from an address that it has proved."""
        customer = BreakingPeer(self._broken)
        opened = await self._gate.gate.open(named(6), customer.description("sendonly", "actpass"))
        await customer.connect(opened.answer_to_customer)
        customer.stop()
        self._gate.gate.close(named(6))

    def _broken(self, original: bytes, start: int) -> bytes:
        mutant = bytearray(original)
        for _ in range(self._chance.randint(1, 4)):
            at = self._chance.randrange(start, len(mutant))
            mutant[at] = (
                mutant[at] ^ 1 << self._chance.randrange(8)
                if self._chance.random() < 0.5
                else self._chance.randrange(256)
            )
        if start == 0 and self._chance.random() < 0.3:
            del mutant[self._chance.randrange(len(mutant)) :]
        return bytes(mutant)
