"""SRTP in place: one reused buffer is decrypted, rewritten and encrypted again without a copy (RFC 3711, 7714)."""

from dataclasses import dataclass
from typing import Any

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

_ROOM = 2_048  # a datagram of 1,500 bytes, 2 of RTX and the longest trailer
_REPLAY_WINDOW = 1_024  # packets
# Bound once: these are called for each packet.
_protect, _unprotect = lib.srtp_protect, lib.srtp_unprotect
_protect_rtcp, _unprotect_rtcp = lib.srtp_protect_rtcp, lib.srtp_unprotect_rtcp


@dataclass(frozen=True, slots=True)
class Profile:
    """One line of the IANA registry of DTLS-SRTP protection profiles (RFC 5764 clause 4.1.2)."""

    openssl_name: bytes
    policy: int
    key_bytes: int
    salt_bytes: int

    def secret(self, exported: bytes, index: int) -> bytes:
        """Index 0 is the client's write key and salt, 1 the server's (RFC 5764 clause 4.2)."""
        key, salt = self.key_bytes, self.salt_bytes
        salt_at = 2 * key + index * salt
        return exported[index * key : (index + 1) * key] + exported[salt_at : salt_at + salt]


PROFILES = (  # AEAD first
    Profile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    Profile(b"SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    Profile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
)


class Packet:
    """A buffer with the packet in its first `length` bytes. `size` is that length where the library reads and writes
    it, as `size[0]`: what is done for each packet goes there directly."""

    __slots__ = ("address", "data", "size", "view")

    def __init__(self) -> None:
        self.data = bytearray(_ROOM)
        self.view = memoryview(self.data)
        self.address: Any = ffi.from_buffer("char[]", self.data, require_writable=True)
        self.size: Any = ffi.new("int *")

    @property
    def length(self) -> int:
        length: int = self.size[0]
        return length

    def fill(self, content: bytes) -> None:
        self.data[: len(content)] = content
        self.size[0] = len(content)

    def content(self) -> memoryview:
        return self.view[: self.size[0]]


class Srtp:
    """One direction of one leg. Every method works on the packet in place and says whether it succeeded."""

    __slots__ = ("_context", "_session")

    def __init__(self, profile: Profile, secret: bytes, *, inbound: bool) -> None:
        kind = Policy.SSRC_ANY_INBOUND if inbound else Policy.SSRC_ANY_OUTBOUND
        policy = Policy(key=secret, ssrc_type=kind, srtp_profile=profile.policy)
        policy.window_size = _REPLAY_WINDOW
        policy.allow_repeat_tx = (
            not inbound
        )  # a packet resent byte by byte has the same index: the same ciphertext
        self._session = Session(policy)
        self._context: Any = self._session._srtp[0]  # noqa: SLF001 - the binding, pinned by uv.lock, for work in place

    def protect(self, packet: Packet) -> bool:
        done: bool = _protect(self._context, packet.address, packet.size) == 0
        return done

    def unprotect(self, packet: Packet) -> bool:
        done: bool = _unprotect(self._context, packet.address, packet.size) == 0
        return done

    def protect_rtcp(self, packet: Packet) -> bool:
        done: bool = _protect_rtcp(self._context, packet.address, packet.size) == 0
        return done

    def unprotect_rtcp(self, packet: Packet) -> bool:
        done: bool = _unprotect_rtcp(self._context, packet.address, packet.size) == 0
        return done
