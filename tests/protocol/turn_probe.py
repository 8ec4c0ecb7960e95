"""A TURN client of the tests' own (RFC 8656): asks for exactly what it is told, however forbidden."""

import hashlib
import hmac
import ipaddress
import secrets
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Final, Self

COOKIE: Final = 0x2112A442
ALLOCATE, REFRESH, SEND, DATA, CREATE_PERMISSION, CHANNEL_BIND = 0x003, 0x004, 0x016, 0x017, 0x008, 0x009
USERNAME, INTEGRITY, ERROR_CODE, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
CHANNEL_NUMBER, LIFETIME, PEER, CONTENT, RELAYED = 0x000C, 0x000D, 0x0012, 0x0013, 0x0016
FAMILY, TRANSPORT = 0x0017, 0x0019
ANSWERED_WITHIN_S: Final = 2.0
TRIES: Final = 3
GRANTED: Final = 0
CHANNEL: Final = 0x4001


@dataclass
class TurnProbe:
    """One client, over UDP, or over TCP where `stream`. Each method answers 0 where it was granted, else an
    error's code."""

    server: tuple[str, int]
    username: str
    password: str
    stream: bool = False
    line: socket.socket = field(init=False)
    realm: bytes = b""
    nonce: bytes = b""
    allocated: bool = False

    def __post_init__(self) -> None:
        family = socket.AF_INET6 if ":" in self.server[0] else socket.AF_INET
        self.line = socket.socket(family, socket.SOCK_STREAM if self.stream else socket.SOCK_DGRAM)
        self.line.settimeout(ANSWERED_WITHIN_S)
        self.line.connect(self.server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.allocated:
            self.refresh(0)
        self.line.close()

    def allocate(self, version: int = 4, *, transport: int = 17) -> int:
        family = _attribute(FAMILY, bytes([1 if version == 4 else 2, 0, 0, 0]))
        code, found = self._ask(ALLOCATE, _attribute(TRANSPORT, bytes([transport, 0, 0, 0])) + family)
        self.allocated = RELAYED in found
        return code

    def binding(self) -> bool:
        """Whether a plain STUN request is answered, which needs no credentials."""
        self.line.settimeout(0.5)
        self.line.send(_message(0x0001, secrets.token_bytes(12), b""))
        try:
            return bool(self.line.recv(2_048))
        except TimeoutError:
            return False
        finally:
            self.line.settimeout(ANSWERED_WITHIN_S)

    def refresh(self, lifetime_s: int) -> int:
        return self._ask(REFRESH, _attribute(LIFETIME, struct.pack("!I", lifetime_s)))[0]

    def permission(self, peer: str, port: int = 9) -> int:
        return self._ask(CREATE_PERMISSION, peer=(peer, port))[0]

    def channel(self, peer: str, port: int = 9) -> int:
        number = _attribute(CHANNEL_NUMBER, struct.pack("!HH", CHANNEL, 0))
        return self._ask(CHANNEL_BIND, number, peer=(peer, port))[0]

    def send(self, peer: tuple[str, int], content: bytes) -> None:
        """An indication: nobody answers it."""
        transaction = secrets.token_bytes(12)
        attributes = _peer(*peer, transaction) + _attribute(CONTENT, content)
        self.line.send(_message(SEND | 0x0010, transaction, attributes))

    def send_on_channel(self, content: bytes) -> None:
        self.line.send(struct.pack("!HH", CHANNEL, len(content)) + content)

    def received(self) -> bytes:
        """The next datagram that a peer sent."""
        data = self.line.recv(2_048)
        if data[0] & 0xC0:
            return data[4:]
        return _attributes(data)[CONTENT]

    def _ask(
        self, method: int, attributes: bytes = b"", *, peer: tuple[str, int] | None = None
    ) -> tuple[int, dict[int, bytes]]:
        code, found = self._exchange(method, attributes, peer)
        if code in {401, 438} and NONCE in found and found[NONCE] != self.nonce:
            self.realm, self.nonce = found.get(REALM, self.realm), found[NONCE]
            code, found = self._exchange(method, attributes, peer)
        return code, found

    def _exchange(
        self, method: int, attributes: bytes, peer: tuple[str, int] | None
    ) -> tuple[int, dict[int, bytes]]:
        transaction = secrets.token_bytes(12)
        if peer is not None:
            attributes += _peer(*peer, transaction)
        request = _message(method, transaction, attributes)
        if self.nonce:
            request = self._signed(method, transaction, attributes)
        for _ in range(TRIES):
            try:
                self.line.send(request)
                answer = self.line.recv(2_048)
                while answer[8:20] != transaction:
                    answer = self.line.recv(2_048)
            except TimeoutError:
                continue
            except ConnectionRefusedError:  # coturn listens by TCP first, and by UDP a moment later
                time.sleep(ANSWERED_WITHIN_S)
                continue
            found = _attributes(answer)
            error = found.get(ERROR_CODE)
            return (error[2] * 100 + error[3] if error else GRANTED), found
        raise AssertionError(f"the TURN server did not answer {method:#x}")

    def _signed(self, method: int, transaction: bytes, attributes: bytes) -> bytes:
        whole = attributes + _attribute(USERNAME, self.username.encode())
        whole += _attribute(REALM, self.realm) + _attribute(NONCE, self.nonce)
        key = hashlib.md5(b":".join((self.username.encode(), self.realm, self.password.encode()))).digest()  # noqa: S324 - RFC 8489 clause 9.2.2
        covered = _message(method, transaction, whole, more=24)
        return covered + _attribute(INTEGRITY, hmac.digest(key, covered, "sha1"))


def _message(kind: int, transaction: bytes, attributes: bytes, *, more: int = 0) -> bytes:
    return struct.pack("!HHI", kind, len(attributes) + more, COOKIE) + transaction + attributes


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _attributes(message: bytes) -> dict[int, bytes]:
    found, position = {}, 20
    while position < len(message):
        kind, size = struct.unpack_from("!HH", message, position)
        found[kind] = message[position + 4 : position + 4 + size]
        position += 4 + size + (-size % 4)
    return found


def _peer(host: str, port: int, transaction: bytes) -> bytes:
    """XOR-PEER-ADDRESS (RFC 8489 clause 14.2)."""
    address = ipaddress.ip_address(host)
    mask = struct.pack("!I", COOKIE) + transaction
    hidden = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    return _attribute(PEER, struct.pack("!BBH", 0, family, port ^ (COOKIE >> 16)) + hidden)
