"""A gate without packets, for the tests of whoever stands on the port. It passes the port's suite like the real one.

now = [0]
gate = FakeGate(lambda: now[0])
await gate.open(session, "v=0 ...")    # a Stamp is emitted at once
gate.renew(session, 1, stamp)
gate.forwarding(session)               # would a packet pass now?
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from session.gate_port import (
    LEASE_TTL_MS,
    SDP_LIMIT_BYTES,
    GateEvent,
    GateLost,
    GateUnavailable,
    Opened,
    SdpRefused,
    Stamp,
)
from session.identity import SessionId
from session.media.event_stream import EventStream
from session.media.lease import Lease

Call = tuple[
    str | int, ...
]  # ("open", session, offer), ("renew", session, epoch, stamp), ("close", session) and so on


@dataclass(slots=True)
class FakeGate:
    """`monotonic_ms` is the gate's clock, moved by the test. `available = False` makes open and answer raise."""

    monotonic_ms: Callable[[], int]
    available: bool = True
    calls: list[Call] = field(default_factory=list)
    _leases: dict[SessionId, Lease] = field(default_factory=dict)
    _events: EventStream = field(default_factory=EventStream)

    async def open(self, session: SessionId, customer_offer: str) -> Opened:
        self.calls.append(("open", session, customer_offer))
        self._admit(customer_offer)
        self._leases.setdefault(session, Lease()).suspend()
        self.emit(Stamp(session, self.monotonic_ms()))
        return Opened("v=0\r\ns=answer\r\n", "v=0\r\ns=offer\r\n")

    async def answer(self, session: SessionId, agent_answer: str) -> None:
        self.calls.append(("answer", session, agent_answer))
        self._admit(agent_answer)
        if session not in self._leases:
            raise GateUnavailable("The media gate does not know this session; it has to be opened anew.")

    def renew(self, session: SessionId, epoch: int, stamp: int, life_ms: int = LEASE_TTL_MS) -> None:
        self.calls.append(("renew", session, epoch, stamp))
        if lease := self._leases.get(session):
            lease.renew(epoch, stamp, self.monotonic_ms(), life_ms)

    def revoke(self, session: SessionId, epoch: int) -> None:
        self.calls.append(("revoke", session, epoch))
        if lease := self._leases.get(session):
            lease.revoke(epoch)

    def close(self, session: SessionId) -> None:
        self.calls.append(("close", session))
        self._leases.pop(session, None)

    def events(self) -> AsyncIterator[GateEvent]:
        return self._events.read()

    def emit(self, event: GateEvent) -> None:
        self._events.put(event)

    def end(self) -> None:
        """The reader of `events()` comes to its end, as when the server stops."""
        self._events.end()

    def offer_stamps(self) -> None:
        """What the real gate does every 0.5 s."""
        for session in self._leases:
            self.emit(Stamp(session, self.monotonic_ms()))

    def crash(self) -> None:
        """All sessions are lost; the next `open` is served by the restarted process."""
        lost = tuple(self._leases)
        self._leases.clear()
        self.emit(GateLost(lost))

    def forwarding(self, session: SessionId) -> bool:
        """Whether a packet would pass now."""
        lease = self._leases.get(session)
        return lease is not None and lease.live(self.monotonic_ms())

    def _admit(self, sdp: str) -> None:
        if not self.available:
            raise GateUnavailable("The media gate is starting.")
        if len(sdp.encode()) > SDP_LIMIT_BYTES:
            raise SdpRefused("The browser's connection offer is longer than 32 KB.")
        if not sdp.startswith("v=0"):
            raise SdpRefused("The browser's connection offer could not be read.")
