"""The client's end of DTLS, which browsers are and the gate never is."""

from OpenSSL import SSL

from session.media.certificate import Identity, fingerprint
from session.media.dtls import DtlsState, datagrams
from session.media.srtp import PROFILES, Srtp

MTU = 1_200


class DtlsClient:
    """Datagrams in, datagrams out. `expected` is the gate's fingerprint as its SDP gave it: (algorithm, value)."""

    def __init__(self, identity: Identity, expected: tuple[str, str]) -> None:
        self.state = DtlsState.SHAKING
        self.inbound: Srtp | None = None
        self.outbound: Srtp | None = None
        self._expected = expected
        self._connection = SSL.Connection(identity.context)
        self._connection.set_ciphertext_mtu(MTU)
        self._connection.set_connect_state()

    def hello(self) -> list[bytes]:
        """The first flight."""
        self._shake()
        return self._flight()

    def receive(self, datagram: bytes) -> list[bytes]:
        self._connection.bio_write(datagram)
        if self.state is DtlsState.SHAKING:
            self._shake()
        elif self.state is DtlsState.CONNECTED:
            self._read()
        return self._flight()

    def goodbye(self) -> list[bytes]:
        """close_notify."""
        self._connection.shutdown()
        return self._flight()

    def _shake(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        assert certificate is not None
        assert fingerprint(certificate, self._expected[0]) == self._expected[1]
        chosen = self._connection.get_selected_srtp_profile()
        profile = next(each for each in PROFILES if each.openssl_name == chosen)
        size = 2 * (profile.key_bytes + profile.salt_bytes)
        exported = self._connection.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
        self.inbound = Srtp(profile, profile.secret(exported, 1), inbound=True)
        self.outbound = Srtp(profile, profile.secret(exported, 0), inbound=False)
        self.state = DtlsState.CONNECTED

    def _read(self) -> None:
        try:
            while self._connection.recv(MTU):
                pass
        except SSL.WantReadError:
            return
        except SSL.Error:
            self.state = DtlsState.CLOSED

    def _flight(self) -> list[bytes]:
        try:
            return datagrams(self._connection.bio_read(65_536))
        except SSL.WantReadError:
            return []
