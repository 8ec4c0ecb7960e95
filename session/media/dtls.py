"""DTLS 1.2 of one leg over memory: datagrams in, datagrams out, SRTP keys when the certificate is the promised one.

new --datagrams--> shaking --Finished, fingerprint right--> connected --close_notify--> closed
                      \\--anything wrong, or too many datagrams--> failed
"""

from enum import Enum, auto

from OpenSSL import SSL

from session.media.certificate import Identity, fingerprint
from session.media.srtp import PROFILES, Srtp

_MTU = 1_200  # bytes of one datagram of a flight
_HANDSHAKE_DATAGRAMS = 200  # a handshake takes about 4; the rest is room for loss and repetition
_RECORD_HEADER = 13
_EXPORTER = b"EXTRACTOR-dtls_srtp"


class DtlsState(Enum):
    SHAKING = auto()
    CONNECTED = auto()
    CLOSED = auto()
    FAILED = auto()


class Dtls:
    """`expected` is the peer's fingerprint as the SDP gave it: (algorithm, value). The gate is always the server."""

    def __init__(self, identity: Identity, expected: tuple[str, str]) -> None:
        self.state = DtlsState.SHAKING
        self.inbound: Srtp | None = None
        self.outbound: Srtp | None = None
        self._expected = expected
        self._datagrams = 0
        self._connection = SSL.Connection(identity.context)
        self._connection.set_ciphertext_mtu(_MTU)
        self._connection.set_accept_state()

    def receive(self, datagram: bytes) -> list[bytes]:
        """What to send in answer. The state may have changed."""
        if self.state in {DtlsState.CLOSED, DtlsState.FAILED}:
            return []
        self._datagrams += 1
        if self.state is DtlsState.SHAKING and self._datagrams > _HANDSHAKE_DATAGRAMS:
            self.state = DtlsState.FAILED
            return []
        self._connection.bio_write(datagram)
        if self.state is DtlsState.SHAKING:
            self._advance()
        else:
            self._read()
        return self._flight()

    def overdue(self) -> list[bytes]:
        """The last flight again if its timer has run out. Ask every 50 ms or so."""
        if self.state is not DtlsState.SHAKING:
            return []
        timeout = self._connection.DTLSv1_get_timeout()
        if timeout is None or timeout > 0:
            return []
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error:  # OpenSSL has given up after its own bound of repetitions
            self.state = DtlsState.FAILED
        return self._flight()

    def _advance(self) -> None:
        """One step of the handshake."""
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error:
            self.state = DtlsState.FAILED
            return
        self._finish()

    def _finish(self) -> None:
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        algorithm, value = self._expected
        if certificate is None or fingerprint(certificate, algorithm) != value:
            self.state = DtlsState.FAILED
            return
        chosen = self._connection.get_selected_srtp_profile()
        profile = next((each for each in PROFILES if each.openssl_name == chosen), None)
        if profile is None:
            self.state = DtlsState.FAILED
            return
        size = 2 * (profile.key_bytes + profile.salt_bytes)
        exported = self._connection.export_keying_material(_EXPORTER, size)
        self.inbound = Srtp(profile, profile.secret(exported, 0), inbound=True)  # what the client writes
        self.outbound = Srtp(profile, profile.secret(exported, 1), inbound=False)
        self.state = DtlsState.CONNECTED

    def _read(self) -> None:
        """After the handshake: alerts, and repetitions of the last flight. Application data is thrown away."""
        try:
            while self._connection.recv(_MTU):
                pass
        except SSL.WantReadError:
            return
        except SSL.Error:  # close_notify (ZeroReturnError) or a fatal alert; both are authenticated by now
            self.state = DtlsState.CLOSED

    def _flight(self) -> list[bytes]:
        try:
            written = self._connection.bio_read(65_536)
        except SSL.WantReadError:
            return []
        return datagrams(written)


def datagrams(written: bytes) -> list[bytes]:
    """Records gathered into datagrams of at most _MTU bytes: the memory BIO forgets where each one ended."""
    gathered: list[bytes] = []
    start = position = 0
    while position + _RECORD_HEADER <= len(written):
        size = _RECORD_HEADER + int.from_bytes(written[position + 11 : position + 13], "big")
        if position > start and position + size - start > _MTU:
            gathered.append(written[start:position])
            start = position
        position += size
    gathered.append(written[start:])
    return gathered
