"""One session in the gate: two legs, a lease, and what may pass between them. It returns nothing; it sends.

Whatever gives the right to forward is asked for each packet, by the clock; the tick only notices its end sooner than
the next packet would, so that the curtain falls even when the customer is silent.
"""

import secrets
from collections.abc import Callable
from time import monotonic_ns

from session.gate_port import GateEvent, LegLost, PictureStarted
from session.identity import SessionId
from session.media import curtain
from session.media.budgets import LEG_REPEATS, Budget
from session.media.lease import Lease
from session.media.metrics import Counters, Drop
from session.media.negotiation import Offer
from session.media.numbering import Numbering
from session.media.recovery import Recovery
from session.media.resend_buffer import ResendBuffer, as_rtx, from_rtx
from session.media.rtcp import (
    RtcpRefused,
    negative_acknowledgement,
    picture_loss,
    read_agent,
    read_customer,
)
from session.media.rtp import locate, payload_end
from session.media.srtp import Packet
from session.media.transport import Address, Transport

_KEY_FRAME_RETRY_MS = 400  # never under the 0.3 s at which requests become a key frame storm
_SILENT_FLOWING_MS = (
    3_000  # while a picture flows both sides speak every second (sender and receiver reports)
)
_SILENT_IDLE_MS = (
    15_000  # else only connectivity checks are heard: every 2.5 s from Chromium, 5 s from Firefox
)
_NACK_QUIET_MS = 20

Send = Callable[[memoryview, Address], None]
Later = Callable[[int, Callable[[], None]], None]  # after that many milliseconds


class Relay:
    """`send` gives a datagram to the socket; `emit` an event to the supervisor; `later` calls back.
    `lease` outlives a reopening."""

    def __init__(
        self,
        session: SessionId,
        offer: Offer,
        customer: Transport,
        agent: Transport,
        lease: Lease,
        counters: Counters,
        send: Send,
        emit: Callable[[GateEvent], None],
        later: Later,
    ) -> None:
        self.session = session
        self.offer = offer
        self.customer = customer
        self.agent = agent
        self.lease = lease
        self._counters = counters
        self._send = send
        self._emit = emit
        self._later = later
        self._numbering = Numbering(offer.streams, secrets.randbelow(1 << 15))
        self._resend = ResendBuffer()
        self._repeats = Budget(LEG_REPEATS)
        self._recovery = Recovery()
        self._recovering = False  # a look at what is missing is ordered
        self._made = Packet()
        self._own_ssrc = secrets.randbelow((1 << 32) - 1) + 1
        self._agent_takes_rtx = False
        self._flowing_epoch = -1
        self._last_picture_ms = 0
        self._payload_type = offer.streams.payload_type
        self._wants_key_frame = False
        self._key_frames_seen = 0
        self._asked_ms = -_KEY_FRAME_RETRY_MS
        self._nacked_ms: dict[int, int] = {}

    @property
    def legs(self) -> tuple[Transport, Transport]:
        return self.customer, self.agent

    @property
    def flowing(self) -> bool:
        """A picture passes: a key frame was forwarded, and no curtain has fallen since."""
        return self._numbering.flowing

    def agent_takes_rtx(self, *, takes: bool) -> None:
        self._agent_takes_rtx = takes and self.offer.streams.rtx_ssrc is not None

    def customer_rtp(self, packet: Packet, now_ms: int) -> None:
        """An authentic RTP packet of the customer, in the clear and in place."""
        lease, numbering, agent = self.lease, self._numbering, self.agent
        if now_ms >= lease.live_until_ms:
            self._counters.drop(Drop.LEASE)
            self._darken(now_ms)
            return
        outbound, remote = agent.outbound, agent.remote
        if outbound is None or remote is None:
            self._counters.drop(Drop.NO_AGENT)
            return
        if self._flowing_epoch != lease.epoch:
            self._darken(now_ms)  # a new grant begins behind the curtain, with a key frame of its own
        flowed, length = numbering.flowing, packet.size[0]
        if (refused := numbering.rewrite(packet.data, length)) is not None:
            self._counters.drop(refused)
            return
        if numbering.key_frames != self._key_frames_seen:
            self._key_frames_seen = numbering.key_frames
            self._wants_key_frame = False
        if self._keep(packet, length, now_ms) and outbound.protect(packet):
            self._send(packet.view[: packet.size[0]], remote)
            self._counters.forwarded_packets += 1
            self._counters.forwarded_bytes += length
        if not flowed:
            self._begin_stretch()

    def _begin_stretch(self) -> None:
        """Its first packet went out."""
        self._recovery.begin(self._numbering.number)
        self._flowing_epoch = self.lease.epoch
        self._emit(PictureStarted(self.session, self._flowing_epoch))

    def _keep(self, packet: Packet, length: int, now_ms: int) -> bool:
        """For resending. False if this is a retransmission that the agent does not take."""
        data, number, recovery = packet.data, self._numbering.number, self._recovery
        if data[1] & 0x7F == self._payload_type:
            sequence = data[2] << 8 | data[3]
            self._resend.keep(sequence, bytes(packet.view[:length]), self._numbering.twcc_at)
            self._last_picture_ms = now_ms
            if number == recovery.expected:
                recovery.expected = number + 1
            else:
                if number < recovery.expected:
                    self._resend.sent_late(sequence, now_ms)
                recovery.out_of_order(number, now_ms)
                self._look_for_missing(now_ms)
            return True
        if number >= 0:
            recovery.repeated(number, now_ms)
            self._keep_repeated(bytes(packet.view[:length]))
        if not self._agent_takes_rtx:
            self._counters.drop(Drop.STREAM)
        return self._agent_takes_rtx

    def _keep_repeated(self, packet: bytes) -> None:
        """The agent's line may lose it too."""
        payload, twcc_at = locate(packet, len(packet), self.offer.streams.transport_wide_id)
        end = payload_end(packet, len(packet), payload)
        whole = from_rtx(packet, payload, end, self._payload_type, self.offer.streams.ssrc)
        sequence = int.from_bytes(whole[2:4], "big")
        if not self._resend.holds(sequence):
            self._resend.keep(sequence, whole, twcc_at)

    def _look_for_missing(self, now_ms: int) -> None:
        """Order the next look, if there is anything to look for."""
        due_ms = self._recovery.next_ms()
        if due_ms is not None and not self._recovering:
            self._recovering = True
            self._later(max(1, due_ms - now_ms), self._ask_for_missing)

    def _ask_for_missing(self) -> None:
        """The gate's own asking, under the lease only."""
        self._recovering = False
        now_ms = monotonic_ns() // 1_000_000
        if not self._numbering.flowing or not self.lease.live(now_ms):
            self._recovery.end()
            return
        if missing := self._recovery.due(now_ms):
            self._nack([number & 0xFFFF for number in missing])
            self._counters.asked_again += len(missing)
        self._look_for_missing(now_ms)

    def customer_rtcp(self, content: bytes, now_ms: int) -> None:
        if not self.lease.live(now_ms) or not self._numbering.flowing:
            return
        try:
            reports = read_customer(content, self.offer.streams)
        except RtcpRefused:
            self._counters.drop(Drop.RTCP)
            return
        if reports:
            self._send_rtcp(self.agent, reports)

    def agent_rtcp(self, content: bytes, now_ms: int) -> None:
        try:
            feedback = read_agent(content, self._numbering)
        except RtcpRefused:
            self._counters.drop(Drop.RTCP)
            return
        for _ in range(feedback.unmapped):
            self._counters.drop(Drop.FEEDBACK)
        if feedback.upstream:
            self._send_rtcp(self.customer, bytes(feedback.upstream))
        if feedback.wants_key_frame and self._numbering.flowing:
            self._wants_key_frame = True
            self._ask_for_key_frame(now_ms)
        if feedback.lost:
            self._recover(feedback.lost, now_ms)

    def tick(self, now_ms: int) -> None:
        """Every 50 ms."""
        if not self.lease.live(now_ms):
            self._darken(now_ms)
        elif not self._numbering.flowing or self._flowing_epoch != self.lease.epoch:
            self._darken(now_ms)
            self._wants_key_frame = True
        if self._wants_key_frame:
            self._ask_for_key_frame(now_ms)
        limit = _SILENT_FLOWING_MS if self._numbering.flowing else _SILENT_IDLE_MS
        for leg in self.legs:
            for datagram in leg.overdue():
                if leg.remote:
                    self._send(memoryview(datagram), leg.remote)
            if leg.announced and (leg.failed or now_ms - leg.heard_ms > limit):
                leg.announced = False
                self._emit(LegLost(self.session, leg.side))

    def revoke(self, epoch: int, now_ms: int) -> None:
        if self.lease.revoke(epoch):
            self._darken(now_ms)

    def end(self, now_ms: int) -> None:
        """The legs are to be forgotten, or made anew."""
        self.lease.suspend()
        self._darken(now_ms)

    def _darken(self, now_ms: int) -> None:
        """Send the curtain once after each stretch, and forget whatever could be resent of it."""
        if not self._numbering.flowing:
            return
        self._numbering.end_stretch()
        self._wants_key_frame = False
        self._nacked_ms.clear()
        self._recovery.end()
        self._resend.forget()
        streams = self.offer.streams
        timestamp = self._numbering.last_timestamp + 90 * max(now_ms - self._last_picture_ms, 1)
        for copy in range(curtain.COPIES):
            sequence = self._numbering.next_sequence()
            black = curtain.curtain(streams.payload_type, sequence, timestamp + 90 * copy, streams.ssrc)
            self._resend.keep(sequence, black, 0)
            self._send_made(black)
        self._counters.curtains += 1

    def _recover(self, lost: list[int], now_ms: int) -> None:
        """Resend what is kept. What never came is asked for by the gate itself; what it gave up, once more."""
        missing: list[int] = []
        for sequence in lost:
            if self._resend.holds(sequence):
                self._send_again(sequence, now_ms)
                continue
            number = self._numbering.upstream(sequence)
            if number is None or self._recovery.recovering(number):
                continue
            up = number & 0xFFFF
            if now_ms - self._nacked_ms.get(up, -_NACK_QUIET_MS) >= _NACK_QUIET_MS:
                self._nacked_ms[up] = now_ms
                missing.append(up)
        if len(self._nacked_ms) > 1_024:
            self._nacked_ms.clear()
        if missing and self.lease.live(now_ms):
            self._nack(missing)

    def _nack(self, missing: list[int]) -> None:
        self._send_rtcp(
            self.customer, negative_acknowledgement(self._own_ssrc, self.offer.streams.ssrc, missing)
        )

    def _send_again(self, sequence: int, now_ms: int) -> None:
        if self._numbering.flowing and not (
            self.lease.live(now_ms) and self._flowing_epoch == self.lease.epoch
        ):
            return  # the curtain is about to fall, or another grant's picture to begin: what is kept is of this one
        if (kept := self._resend.take(sequence, now_ms)) is None:
            return
        if not self._repeats.take(now_ms):
            self._counters.drop(Drop.BUDGET)
            return
        packet, twcc_at = kept
        streams = self.offer.streams
        if self._agent_takes_rtx and streams.rtx_ssrc is not None and streams.rtx_payload_type is not None:
            payload, _ = locate(packet, len(packet), 0)
            number = self._numbering.next_rtx_sequence()
            packet = as_rtx(packet, twcc_at, payload, streams.rtx_payload_type, number, streams.rtx_ssrc)
        self._send_made(packet)
        self._counters.resent_packets += 1

    def _ask_for_key_frame(self, now_ms: int) -> None:
        if now_ms - self._asked_ms >= _KEY_FRAME_RETRY_MS and self.agent.ready and self.lease.live(now_ms):
            self._asked_ms = now_ms
            self._counters.key_frames_asked += 1
            self._send_rtcp(self.customer, picture_loss(self._own_ssrc, self.offer.streams.ssrc))

    def _send_made(self, content: bytes) -> None:
        outbound, remote = self.agent.outbound, self.agent.remote
        if outbound and remote:
            self._made.fill(content)
            if outbound.protect(self._made):
                self._send(self._made.content(), remote)

    def _send_rtcp(self, leg: Transport, content: bytes) -> None:
        if leg.outbound and leg.remote:
            self._made.fill(content)
            if leg.outbound.protect_rtcp(self._made):
                self._send(self._made.content(), leg.remote)
