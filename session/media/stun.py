"""The one STUN exchange of a lite agent: a Binding request with short-term credentials, and its answer (RFC 8489).

1. Header: Binding request, magic cookie, length equal to what came.
2. Attributes fill the message exactly; each at most once; after MESSAGE-INTEGRITY comes FINGERPRINT and nothing else.
3. USERNAME, MESSAGE-INTEGRITY and a right FINGERPRINT must be there (RFC 8445 clause 7.2 asks for all three).
Nothing is learned from a request before `authentic` is true.
"""

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass

_COOKIE = 0x2112A442
_COOKIE_BYTES = _COOKIE.to_bytes(4, "big")
_BINDING_REQUEST = 0x0001
_BINDING_SUCCESS = 0x0101
_USERNAME = 0x0006
_MESSAGE_INTEGRITY = 0x0008
_XOR_MAPPED_ADDRESS = 0x0020
_USE_CANDIDATE = 0x0025
_FINGERPRINT = 0x8028
_FINGERPRINT_XOR = 0x5354554E
_HEADER = 20
_INTEGRITY_SIZE = 24
_FINGERPRINT_SIZE = 8
_USERNAME_LIMIT = 513  # RFC 8489 clause 14.3


class StunRefused(ValueError):
    """Not a Binding request that a lite agent answers."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """`protected` is what MESSAGE-INTEGRITY covers, with the length field as it was while being signed."""

    transaction: bytes
    username: bytes  # "ours:theirs"
    nominates: bool
    protected: bytes
    integrity: bytes

    def authentic(self, password: bytes) -> bool:
        return hmac.compare_digest(hmac.digest(password, self.protected, "sha1"), self.integrity)


def parse_binding_request(data: bytes) -> BindingRequest:
    """Raises StunRefused."""
    if len(data) < _HEADER or len(data) % 4:
        raise StunRefused("length")
    kind, length, cookie = struct.unpack_from("!HHI", data)
    if kind != _BINDING_REQUEST or cookie != _COOKIE or length != len(data) - _HEADER:
        raise StunRefused("header")
    found, ends_at = _attributes(data)
    username, integrity = found.get(_USERNAME), found.get(_MESSAGE_INTEGRITY)
    if username is None or len(username) > _USERNAME_LIMIT or integrity is None or len(integrity) != 20:
        raise StunRefused("credentials")
    if _FINGERPRINT not in found:
        raise StunRefused("credentials")
    signed_length = ends_at + _INTEGRITY_SIZE - _HEADER
    protected = data[:2] + struct.pack("!H", signed_length) + data[4:ends_at]
    return BindingRequest(data[8:20], username, _USE_CANDIDATE in found, protected, integrity)


def binding_success(transaction: bytes, host: str, port: int, password: bytes) -> bytes:
    """The answer to an authentic request from `host`, `port`."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    mask = _COOKIE_BYTES + transaction
    hidden = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    value = struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + hidden
    return _signed(_BINDING_SUCCESS, transaction, _attribute(_XOR_MAPPED_ADDRESS, value), password)


def _attributes(data: bytes) -> tuple[dict[int, bytes], int]:
    """The attributes by type, and where MESSAGE-INTEGRITY begins (0 if nowhere)."""
    found: dict[int, bytes] = {}
    integrity_at, position = 0, _HEADER
    while position < len(data):
        kind, size = struct.unpack_from("!HH", data, position)
        value = data[position + 4 : position + 4 + size]
        if len(value) != size or kind in found or _FINGERPRINT in found:
            raise StunRefused("attribute")
        if integrity_at and kind != _FINGERPRINT:  # nobody has signed it
            raise StunRefused("attribute")
        if kind == _FINGERPRINT:
            _check_fingerprint(data, position, value)
        elif kind == _MESSAGE_INTEGRITY:
            integrity_at = position
        found[kind] = value
        position += 4 + size + (-size % 4)
    if position != len(data):
        raise StunRefused("attribute")
    return found, integrity_at


def _check_fingerprint(data: bytes, position: int, value: bytes) -> None:
    if len(value) != 4 or int.from_bytes(value, "big") != zlib.crc32(data[:position]) ^ _FINGERPRINT_XOR:
        raise StunRefused("fingerprint")


def _signed(kind: int, transaction: bytes, attributes: bytes, password: bytes) -> bytes:
    def header(length: int) -> bytes:
        return struct.pack("!HHI", kind, length, _COOKIE) + transaction

    covered = header(len(attributes) + _INTEGRITY_SIZE) + attributes
    attributes += _attribute(_MESSAGE_INTEGRITY, hmac.digest(password, covered, "sha1"))
    covered = header(len(attributes) + _FINGERPRINT_SIZE) + attributes
    return covered + _attribute(_FINGERPRINT, struct.pack("!I", zlib.crc32(covered) ^ _FINGERPRINT_XOR))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
