"""The gate itself: one UDP socket, the table of legs, and the tick. No task per packet, no object per packet."""

import socket
from collections.abc import Callable
from time import monotonic_ns

from session.gate_port import STAMP_EVERY_MS, GateEvent, GateUnavailable, Leg, LegConnected, Opened, Stamp
from session.identity import SessionId
from session.media import describe
from session.media.budgets import Strangers
from session.media.certificate import Identity
from session.media.demux import DTLS, RTP, STUN, Kind, kind_of
from session.media.describe import Local
from session.media.lease import Lease
from session.media.metrics import Counters, Drop
from session.media.negotiation import read_answer, read_offer
from session.media.relay import Later, Relay
from session.media.settings import GateSettings
from session.media.sockets import Sockets
from session.media.srtp import Packet
from session.media.stun import BindingRequest, StunRefused, binding_success, parse_binding_request
from session.media.transport import Address, Transport
from session.media.trial import Trials

_BATCH = 64  # datagrams of one wake-up, so that the control socket is heard in between
_ADDRESS_HELD_MS = 5_000


def monotonic_ms() -> int:
    return monotonic_ns() // 1_000_000


class GateServer:
    """`emit` takes events at once, `stamp` one stamp for many sessions, and `later` what is to be called after so many
    milliseconds; none may wait. All methods are called on
    the loop's thread."""

    def __init__(
        self,
        settings: GateSettings,
        emit: Callable[[GateEvent], None],
        stamp: Callable[[int, list[SessionId]], None],
        later: Later,
    ) -> None:
        self.settings = settings
        self.counters = Counters()
        self.relays: dict[SessionId, Relay] = {}
        self.sockets = Sockets(settings)
        self.port = self.sockets.port
        self._emit = emit
        self._stamp = stamp
        self._later = later
        self.trials = Trials()
        self._strangers = Strangers(settings.relays)
        self._identity = Identity()
        self._by_address: dict[Address, tuple[Relay, Transport]] = {}
        self._by_ufrag: dict[bytes, tuple[Relay, Transport]] = {}
        self._packet = Packet()
        self._stamped_ms = 0

    def open(self, session: SessionId, customer_offer: str) -> Opened:
        """Raises SdpRefused (the old legs live on) or GateUnavailable."""
        offer = read_offer(customer_offer)
        old = self.relays.get(session)
        if old is None and len(self.relays) >= self.settings.max_sessions:
            raise GateUnavailable("The media gate is full. Try again when another session has ended.")
        lease = Lease() if old is None else old.lease
        if old is not None:
            self._forget(old)
        customer, agent = Transport(Leg.CUSTOMER, self._identity), Transport(Leg.AGENT, self._identity)
        customer.expect(offer.peer)
        relay = Relay(
            session, offer, customer, agent, lease, self.counters, self._send, self._emit, self._later
        )
        self.relays[session] = relay
        for leg in relay.legs:
            self._by_ufrag[leg.ufrag.encode()] = (relay, leg)
        self._emit(Stamp(session, monotonic_ms()))
        to_customer = describe.answer(offer, self._local(customer))
        return Opened(to_customer, describe.offer(offer, self._local(agent)))

    def answer(self, session: SessionId, agent_answer: str) -> None:
        """Raises SdpRefused or GateUnavailable."""
        relay = self.relays.get(session)
        if relay is None:
            raise GateUnavailable("The media gate does not know this session; it has to be opened anew.")
        peer, takes_rtx = read_answer(agent_answer, relay.offer)
        relay.agent.expect(peer)
        relay.agent_takes_rtx(takes=takes_rtx)

    def renew(self, session: SessionId, epoch: int, stamp: int, life_ms: int) -> None:
        if relay := self.relays.get(session):
            now_ms = monotonic_ms()
            relay.lease.renew(epoch, stamp, now_ms, life_ms)
            relay.tick(now_ms)

    def revoke(self, session: SessionId, epoch: int) -> None:
        if relay := self.relays.get(session):
            relay.revoke(epoch, monotonic_ms())

    def close(self, session: SessionId) -> None:
        if relay := self.relays.pop(session, None):
            relay.lease.end()
            self._forget(relay)

    def tick(self) -> None:
        """Every 50 ms."""
        now_ms = monotonic_ms()
        for relay in self.relays.values():
            relay.tick(now_ms)
        if now_ms - self._stamped_ms >= STAMP_EVERY_MS:
            self._stamped_ms = now_ms
            if self.relays:
                self._stamp(now_ms, list(self.relays))

    def readable(self, source: socket.socket) -> None:
        """One of the sockets has datagrams."""
        packet, take = self._packet, source.recvfrom_into
        data, size = packet.data, packet.size
        for _ in range(_BATCH):
            try:
                length, address = take(data)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier datagram; the socket goes on
                self.counters.drop(Drop.SOCKET)
                continue
            size[0] = length
            kind, known = kind_of(data, length), self._by_address.get(address)
            if kind is RTP and known is not None:
                self._rtp(packet, known[0], known[1])
            else:
                self._other(kind, packet, address, known)

    def _rtp(self, packet: Packet, relay: Relay, leg: Transport) -> None:
        now_ms = monotonic_ns() // 1_000_000
        if not leg.pictures.take(now_ms):
            self.counters.drop(Drop.BUDGET)
            return
        inbound = leg.inbound
        if inbound is None or not inbound.unprotect(packet):
            self.counters.drop(Drop.SRTP)
            return
        leg.heard_ms = now_ms
        if leg is relay.customer:
            relay.customer_rtp(packet, now_ms)
        else:
            self.counters.drop(Drop.STREAM)
        if not leg.announced:
            self._announce(relay, leg)

    def _other(
        self, kind: Kind | Drop, packet: Packet, address: Address, known: tuple[Relay, Transport] | None
    ) -> None:
        """Whatever is no RTP of a leg."""
        if kind is STUN:
            self._check(packet, address, known)
        elif not isinstance(kind, Kind):
            self.counters.drop(kind)
        elif known is None:
            self.counters.drop(Drop.ADDRESS)
        elif kind is DTLS:
            self._dtls(bytes(packet.content()), address, *known)
        else:
            self._rtcp(packet, *known)

    def _rtcp(self, packet: Packet, relay: Relay, leg: Transport) -> None:
        now_ms = monotonic_ms()
        if not leg.reports.take(now_ms):
            self.counters.drop(Drop.BUDGET)
            return
        inbound = leg.inbound
        if inbound is None or not inbound.unprotect_rtcp(packet):
            self.counters.drop(Drop.SRTP)
            return
        self._heard(relay, leg, now_ms)
        if leg is relay.customer:
            relay.customer_rtcp(bytes(packet.content()), now_ms)
        else:
            relay.agent_rtcp(bytes(packet.content()), now_ms)

    def _check(self, packet: Packet, address: Address, known: tuple[Relay, Transport] | None) -> None:
        """A connectivity check, if its sender has one left in this second."""
        now_ms = monotonic_ms()
        if known[1].checks.take(now_ms) if known else self._strangers.take(address[0], now_ms, address[1]):
            self._stun(bytes(packet.content()), address)
        else:
            self.counters.drop(Drop.BUDGET)

    def _stun(self, datagram: bytes, address: Address) -> None:
        try:
            request = parse_binding_request(datagram)
        except StunRefused:
            self.counters.drop(Drop.STUN)
            return
        known = self._by_ufrag.get(request.username.partition(b":")[0])
        if known is None:
            self._trial(request, address)
            return
        relay, leg = known
        if not leg.authentic(request) or leg.replayed(request, address):
            self.counters.drop(Drop.STUN_INTEGRITY)
            return
        now_ms = monotonic_ms()
        if self._held_by_another(address, leg, now_ms) or not leg.validate(
            address, nominated=request.nominates
        ):
            self.counters.drop(Drop.ADDRESS)
            return
        self._by_address[address] = known
        self._heard(relay, leg, now_ms)
        reply = binding_success(request.transaction, address[0], address[1], leg.password_bytes)
        self._send(memoryview(reply), address)

    def _trial(self, request: BindingRequest, address: Address) -> None:
        password = self.trials.password_of(request, monotonic_ms())
        if password is None:
            self.counters.drop(Drop.STUN)
            return
        self._send(
            memoryview(binding_success(request.transaction, address[0], address[1], password)), address
        )

    def _held_by_another(self, address: Address, leg: Transport, now_ms: int) -> bool:
        """One participant must not take another's address by writing it on a datagram."""
        known = self._by_address.get(address)
        return known is not None and known[1] is not leg and now_ms - known[1].heard_ms < _ADDRESS_HELD_MS

    def _dtls(self, datagram: bytes, address: Address, relay: Relay, leg: Transport) -> None:
        if not leg.handshakes.take(monotonic_ms()):
            self.counters.drop(Drop.BUDGET)
            return
        if leg.dtls is None or leg.failed:  # the agent's answer is not here yet; its ClientHello comes again
            self.counters.drop(Drop.DTLS)
            return
        for reply in leg.handshake(datagram):
            self._send(memoryview(reply), address)
        if leg.ready:
            self._heard(relay, leg, monotonic_ms())

    def _heard(self, relay: Relay, leg: Transport, now_ms: int) -> None:
        leg.heard_ms = now_ms
        if not leg.announced:
            self._announce(relay, leg)

    def _announce(self, relay: Relay, leg: Transport) -> None:
        if leg.ready:
            leg.announced = True
            self._emit(LegConnected(relay.session, leg.side))

    def _forget(self, relay: Relay) -> None:
        relay.end(monotonic_ms())
        for leg in relay.legs:
            self._by_ufrag.pop(leg.ufrag.encode(), None)
            for address in leg.addresses:
                if (known := self._by_address.get(address)) and known[1] is leg:
                    del self._by_address[address]

    def _send(self, datagram: memoryview, address: Address) -> None:
        try:
            self.sockets.send(datagram, address)
        except OSError:  # full, or unreachable: media that cannot leave now is of no use later
            self.counters.drop(Drop.SOCKET)

    def _local(self, leg: Transport) -> Local:
        fingerprint = self._identity.fingerprint
        return Local(leg.ufrag, leg.password, fingerprint, self.settings.told, self.port)
