"""One leg: credentials, the addresses it has proved, its DTLS and its SRTP. It decides; the gate sends and receives."""

import secrets

from session.gate_port import Leg
from session.media.budgets import LEG_CHECKS, LEG_HANDSHAKE, LEG_PICTURES, LEG_REPORTS, Budget
from session.media.certificate import Identity
from session.media.dtls import Dtls, DtlsState
from session.media.negotiation import Peer
from session.media.srtp import Srtp
from session.media.stun import BindingRequest

Address = tuple[str, int] | tuple[str, int, int, int]
_TRANSACTIONS_KEPT = 256
_ADDRESS_LIMIT = 8  # validated addresses of one leg; a browser uses one for each of its interfaces


class Transport:
    def __init__(self, side: Leg, identity: Identity) -> None:
        self.side = side
        self.ufrag = secrets.token_hex(8)
        self.password = secrets.token_hex(16)
        self.addresses: list[Address] = []
        self.remote: Address | None = None  # nominated: where to send
        self.dtls: Dtls | None = None
        self.inbound: Srtp | None = None  # both while the leg is ready and has not failed, else None
        self.outbound: Srtp | None = None
        self.heard_ms = 0
        self.checks, self.handshakes = Budget(LEG_CHECKS), Budget(LEG_HANDSHAKE)
        self.reports, self.pictures = Budget(LEG_REPORTS), Budget(LEG_PICTURES)
        self.announced = False  # LegConnected was sent last, and LegLost was not sent since
        self._identity = identity
        self._password = self.password.encode()
        self._peer_ufrag: bytes | None = None
        self._transactions: dict[bytes, Address] = {}

    @property
    def ready(self) -> bool:
        return self.outbound is not None

    @property
    def failed(self) -> bool:
        return self.dtls is not None and self.dtls.state in {DtlsState.FAILED, DtlsState.CLOSED}

    @property
    def password_bytes(self) -> bytes:
        return self._password

    def expect(self, peer: Peer) -> None:
        """The other side's description is known. A second one changes nothing: a leg has one peer in its life."""
        if self.dtls is None:
            self._peer_ufrag = peer.ufrag.encode()
            self.dtls = Dtls(self._identity, peer.fingerprint)

    def handshake(self, datagram: bytes) -> list[bytes]:
        """A DTLS datagram from a validated address: what to send in answer. None of it counts before `expect`."""
        return self._settled(self.dtls.receive(datagram)) if self.dtls else []

    def overdue(self) -> list[bytes]:
        """The last flight again if its timer has run out. Ask every 50 ms or so."""
        return self._settled(self.dtls.overdue()) if self.dtls else []

    def _settled(self, flight: list[bytes]) -> list[bytes]:
        """The keys are looked up for each packet: they lie here while they may be used."""
        dtls = self.dtls
        usable = dtls is not None and dtls.state is DtlsState.CONNECTED and self.remote is not None
        self.inbound = dtls.inbound if dtls and usable else None
        self.outbound = dtls.outbound if dtls and usable else None
        return flight

    def authentic(self, request: BindingRequest) -> bool:
        """Before the answer is known the agent's own fragment cannot be checked; the password always is."""
        theirs = request.username.partition(b":")[2]
        if self._peer_ufrag is not None and theirs != self._peer_ufrag:
            return False
        return request.authentic(self._password)

    def replayed(self, request: BindingRequest, address: Address) -> bool:
        """An authentic request seen before from elsewhere: an eavesdropper's copy would move the leg to its address."""
        first = self._transactions.setdefault(request.transaction, address)
        if len(self._transactions) > _TRANSACTIONS_KEPT:
            del self._transactions[next(iter(self._transactions))]
        return first != address

    def validate(self, address: Address, *, nominated: bool) -> bool:
        """Take an address from an authentic request. False if it has too many."""
        if address not in self.addresses:
            if len(self.addresses) >= _ADDRESS_LIMIT:
                return False
            self.addresses.append(address)
        if nominated or self.remote is None:
            self.remote = address
        return True
