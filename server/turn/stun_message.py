"""STUN messages as a client writes and reads them (RFC 8489), as far as TURN (RFC 8656) and one check need."""

import hmac
import ipaddress
import secrets
import struct
import zlib
from dataclasses import dataclass
from typing import Final

LARGEST_BYTES: Final = 2_048
BINDING, ALLOCATE, REFRESH, SEND, DATA, CREATE_PERMISSION = 0x001, 0x003, 0x004, 0x016, 0x017, 0x008
INDICATION, SUCCESS, ERROR = 0x010, 0x100, 0x110
USERNAME, INTEGRITY, ERROR_CODE, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
LIFETIME, PEER, CONTENT, FAMILY, TRANSPORT = 0x000D, 0x0012, 0x0013, 0x0017, 0x0019
_FINGERPRINT: Final = 0x8028
_COOKIE: Final = 0x2112A442
_HEADER: Final = 20
_INTEGRITY_SIZE: Final = 24
_CLASSES: Final = 0x110


class NotStun(ValueError):
    """What came is no STUN message."""


@dataclass(frozen=True, slots=True)
class Message:
    """`method` and `kind` (0, INDICATION, SUCCESS or ERROR) make the type; of each attribute the first counts."""

    method: int
    kind: int
    transaction: bytes
    attributes: dict[int, bytes]
    protected: bytes = b""

    @property
    def error(self) -> int:
        """300 to 699; 0 where there is none."""
        value = self.attributes.get(ERROR_CODE, b"")
        return value[2] % 8 * 100 + value[3] % 100 if len(value) >= 4 else 0

    def authentic(self, key: bytes) -> bool:
        expected = hmac.digest(key, self.protected, "sha1")
        return hmac.compare_digest(expected, self.attributes.get(INTEGRITY, b""))


def new_transaction() -> bytes:
    return secrets.token_bytes(12)


def written(
    kind: int, transaction: bytes, attributes: bytes, *, key: bytes = b"", check: bool = False
) -> bytes:
    """`key`: signed with it; `check`: with a fingerprint, as checks of connectivity have."""
    if key:
        covered = _header(kind, transaction, len(attributes) + _INTEGRITY_SIZE) + attributes
        attributes += attribute(INTEGRITY, hmac.digest(key, covered, "sha1"))
    if check:
        covered = _header(kind, transaction, len(attributes) + 8) + attributes
        attributes += attribute(_FINGERPRINT, struct.pack("!I", zlib.crc32(covered) ^ 0x5354554E))
    return _header(kind, transaction, len(attributes)) + attributes


def read(data: bytes) -> Message:
    """Raises NotStun."""
    if not _HEADER <= len(data) <= LARGEST_BYTES:
        raise NotStun("length")
    kind, length, cookie = struct.unpack_from("!HHI", data)
    if kind >> 14 or cookie != _COOKIE or length != len(data) - _HEADER:
        raise NotStun("header")
    found: dict[int, bytes] = {}
    protected, position = b"", _HEADER
    while position + 4 <= len(data):
        name, size = struct.unpack_from("!HH", data, position)
        value = data[position + 4 : position + 4 + size]
        if len(value) != size:
            raise NotStun("attribute")
        if name == INTEGRITY and not protected:
            signed = position + _INTEGRITY_SIZE - _HEADER
            protected = data[:2] + struct.pack("!H", signed) + data[4:position]
        found.setdefault(name, value)
        position += 4 + size + (-size % 4)
    return Message(kind & ~_CLASSES, kind & _CLASSES, data[8:20], found, protected)


def attribute(name: int, value: bytes) -> bytes:
    return struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)


def peer(host: str, port: int, transaction: bytes) -> bytes:
    """XOR-PEER-ADDRESS (RFC 8489 clause 14.2)."""
    address = ipaddress.ip_address(host)
    mask = struct.pack("!I", _COOKIE) + transaction
    hidden = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    return attribute(PEER, struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + hidden)


def _header(kind: int, transaction: bytes, length: int) -> bytes:
    return struct.pack("!HHI", kind, length, _COOKIE) + transaction
