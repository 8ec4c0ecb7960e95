"""A TURN client for a look at one's own set-up: a relay, a permission, one check through it to the gate. It blocks: run
it in a thread. Everything together takes `within_s` at most."""

import contextlib
import hashlib
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Final, Self

from server.turn import stun_message as stun
from server.turn.settings import TurnUrl

TRY_EVERY_S: Final = 0.5
_HEADER: Final = 20


class Unreached(Exception):
    """Nothing came back in time."""


class Refused(Exception):
    """The TURN server's answer was an error; `code` is its number (RFC 8489 clause 14.8)."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class CertificateNotTrusted(Exception):
    """The message is the TLS library's."""


@dataclass(frozen=True, slots=True)
class Check:
    """The gate's side of a test: a Binding request that it answers."""

    host: str
    port: int
    ufrag: str
    password: str

    def request(self, transaction: bytes) -> bytes:
        username = stun.attribute(stun.USERNAME, f"{self.ufrag}:doctor".encode())
        return stun.written(stun.BINDING, transaction, username, key=self.password.encode(), check=True)

    def answered_by(self, data: bytes, transaction: bytes) -> bool:
        """Whether this is the gate's own answer: nobody else knows the password."""
        with contextlib.suppress(stun.NotStun):
            answer = stun.read(data)
            mine = answer.transaction == transaction and answer.kind == stun.SUCCESS
            return mine and answer.authentic(self.password.encode())
        return False


def check_directly(check: Check, within_s: float) -> None:
    """Raises Unreached or OSError."""
    end, transaction = time.monotonic() + within_s, stun.new_transaction()
    family = socket.AF_INET6 if ":" in check.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.connect((check.host, check.port))
        while time.monotonic() < end:
            line.send(check.request(transaction))
            line.settimeout(TRY_EVERY_S)
            with contextlib.suppress(TimeoutError):
                if check.answered_by(line.recv(stun.LARGEST_BYTES), transaction):
                    return
    raise Unreached


class TurnClient:
    """Raises Unreached, CertificateNotTrusted or OSError where the TURN server cannot be spoken to."""

    def __init__(
        self, url: TurnUrl, username: str, password: str, trust: ssl.SSLContext, within_s: float
    ) -> None:
        self._username, self._password = username.encode(), password.encode()
        self._end = time.monotonic() + within_s
        self._stream = url.transport == "tcp"
        self._realm = self._nonce = self._come = b""
        self._allocated = False
        self._line = _connected(url, trust, within_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Unreached, Refused, OSError), self._line:
            if self._allocated:
                self._end = time.monotonic() + TRY_EVERY_S
                self._ask(stun.REFRESH, stun.attribute(stun.LIFETIME, bytes(4)))

    def allocate(self, version: int) -> None:
        """A relay of this IP version. Raises Refused."""
        family = stun.attribute(stun.FAMILY, bytes([1 if version == 4 else 2, 0, 0, 0]))
        self._ask(
            stun.ALLOCATE, stun.attribute(stun.TRANSPORT, bytes([socket.IPPROTO_UDP, 0, 0, 0])) + family
        )
        self._allocated = True

    def check(self, check: Check) -> None:
        """Through the relay to the gate and back. Raises Refused where the gate may not be a peer, Unreached where it
        did not answer."""
        transaction = stun.new_transaction()
        self._ask(stun.CREATE_PERMISSION, peer=check)
        while time.monotonic() < self._end:
            sending = stun.new_transaction()
            content = stun.attribute(stun.CONTENT, check.request(transaction))
            self._send(
                stun.written(
                    stun.SEND | stun.INDICATION, sending, stun.peer(check.host, check.port, sending) + content
                )
            )
            with contextlib.suppress(TimeoutError):
                heard = self._next(TRY_EVERY_S)
                if check.answered_by(heard.attributes.get(stun.CONTENT, b""), transaction):
                    return
        raise Unreached

    def _ask(self, method: int, attributes: bytes = b"", *, peer: Check | None = None) -> None:
        """One request, once more with the realm and nonce that a refusal brought."""
        answer = self._exchange(method, attributes, peer)
        if answer.error in {401, 438} and answer.attributes.get(stun.NONCE, self._nonce) != self._nonce:
            self._realm = answer.attributes.get(stun.REALM, self._realm)
            self._nonce = answer.attributes[stun.NONCE]
            answer = self._exchange(method, attributes, peer)
        if answer.kind == stun.ERROR:
            raise Refused(answer.error)

    def _exchange(self, method: int, attributes: bytes, peer: Check | None) -> stun.Message:
        transaction = stun.new_transaction()
        if peer is not None:
            attributes += stun.peer(peer.host, peer.port, transaction)
        request = stun.written(method, transaction, attributes)
        if self._nonce:
            named = ((stun.USERNAME, self._username), (stun.REALM, self._realm), (stun.NONCE, self._nonce))
            attributes += b"".join(stun.attribute(name, value) for name, value in named)
            whole = b":".join((self._username, self._realm, self._password))
            key = hashlib.md5(whole, usedforsecurity=False).digest()  # RFC 8489 clause 9.2.2
            request = stun.written(method, transaction, attributes, key=key)
        return self._answer_to(request, transaction)

    def _answer_to(self, request: bytes, transaction: bytes) -> stun.Message:
        self._send(request)
        while time.monotonic() < self._end:
            try:
                answer = self._next(TRY_EVERY_S)
            except TimeoutError:
                if not self._stream:  # a stream repeats by itself
                    self._send(request)
                continue
            if answer.transaction == transaction:
                return answer
        raise Unreached

    def _send(self, data: bytes) -> None:
        self._line.settimeout(max(0.01, self._end - time.monotonic()))
        try:
            self._line.sendall(data)
        except TimeoutError as error:
            raise Unreached from error

    def _next(self, within_s: float) -> stun.Message:
        """Raises TimeoutError; what is no STUN message counts as nothing heard."""
        self._line.settimeout(within_s)
        data = self._from_stream() if self._stream else self._line.recv(stun.LARGEST_BYTES)
        try:
            return stun.read(data)
        except stun.NotStun as error:
            raise TimeoutError from error

    def _from_stream(self) -> bytes:
        """One whole message; what has come of it stays, however often the wait for the rest is over."""
        while (size := self._size_of_next()) > len(self._come):
            more = self._line.recv(stun.LARGEST_BYTES)
            if not more:
                raise ConnectionResetError("the connection was closed")
            self._come += more
        message, self._come = self._come[:size], self._come[size:]
        return message

    def _size_of_next(self) -> int:
        if len(self._come) < _HEADER:
            return _HEADER
        return _HEADER + min(int.from_bytes(self._come[2:4], "big"), stun.LARGEST_BYTES)


def version_of(host: str) -> int:
    return ipaddress.ip_address(host).version


def _connected(url: TurnUrl, trust: ssl.SSLContext, within_s: float) -> socket.socket:
    try:
        if url.transport == "udp":
            return _datagrams(url)
        line = socket.create_connection((url.host, url.port), within_s)
        return _secured(line, url, trust) if url.secure else line
    except ssl.SSLCertVerificationError as error:
        raise CertificateNotTrusted(error.verify_message) from error
    except TimeoutError as error:
        raise Unreached from error


def _secured(line: socket.socket, url: TurnUrl, trust: ssl.SSLContext) -> ssl.SSLSocket:
    try:
        return trust.wrap_socket(line, server_hostname=url.host)
    except BaseException:
        line.close()
        raise


def _datagrams(url: TurnUrl) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_DGRAM)[0]
    line = socket.socket(family, kind, protocol)
    line.connect(address)
    return line
