"""A secret at rest: AES-256-GCM (NIST SP 800-38D) under a named key, bound to whose it is.

    suite (1 byte, 0x01) | key id (4 bytes, big endian) | nonce (12 random bytes) | ciphertext and tag

The associated data are the header and, each with its length before it (4 bytes, big endian), owner, authenticator and
version. So a row copied to another owner, or an old secret put back under a new version, does not open.

Keys retire: a keyring opens with every key it holds and seals with the current one; `stale` tells which rows to seal
again before an old key is taken out. A ring in use is changed by `renew`, in one step: whoever seals or opens at that
moment does so with the keys before or after, never with a mixture.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUITE_AES_256_GCM: Final = 1
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
HEADER_BYTES: Final = 5
LONGEST_SECRET_BYTES: Final = 1024


class SealBroken(Exception):
    """The secret does not open: it was changed, moved to another owner, or its key is gone. Treat it as not there."""


@dataclass(frozen=True, slots=True)
class SealContext:
    owner: str
    authenticator: str
    version: int


@dataclass(frozen=True, slots=True)
class _Ring:
    ciphers: Mapping[int, AESGCM]
    current: int


class Keyring:
    """`keys` by id (0 <= id < 2**32), 32 bytes each; `current` seals, all of them open. Raises ValueError."""

    def __init__(
        self, keys: Mapping[int, bytes], current: int, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._ring = _checked(keys, current)
        self._random = random

    def renew(self, keys: Mapping[int, bytes], current: int) -> None:
        """From now on these. Raises ValueError: then nothing was changed."""
        self._ring = _checked(keys, current)

    @property
    def current(self) -> int:
        return self._ring.current

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(self._ring.ciphers)

    def seal(self, secret: bytes, context: SealContext) -> bytes:
        if not 0 < len(secret) <= LONGEST_SECRET_BYTES:
            raise ValueError(f"a secret has 1 to {LONGEST_SECRET_BYTES} bytes")
        ring = self._ring
        header = bytes([SUITE_AES_256_GCM]) + ring.current.to_bytes(4, "big")
        nonce = self._random(NONCE_BYTES)
        return (
            header + nonce + ring.ciphers[ring.current].encrypt(nonce, secret, _associated(header, context))
        )

    def open(self, sealed: bytes, context: SealContext) -> bytes:
        """Raises SealBroken."""
        cipher = self._ring.ciphers.get(key_id_of(sealed))
        if cipher is None:
            raise SealBroken(f"no key {key_id_of(sealed)} in the ring opens this secret")
        header, nonce, ciphertext = _parts(sealed)
        try:
            return cipher.decrypt(nonce, ciphertext, _associated(header, context))
        except InvalidTag as error:
            raise SealBroken("the secret was changed, or belongs to another owner") from error

    def sealed_anew(self, sealed: bytes, context: SealContext) -> bytes:
        """The same secret under the current key. Raises SealBroken."""
        return self.seal(self.open(sealed, context), context)

    def stale(self, sealed: bytes) -> bool:
        """Whether it is sealed under a key that retires."""
        return key_id_of(sealed) != self._ring.current


def _checked(keys: Mapping[int, bytes], current: int) -> _Ring:
    if current not in keys:
        raise ValueError(f"the current key {current} is not in the ring")
    if any(len(key) != KEY_BYTES for key in keys.values()):
        raise ValueError(f"each key of the ring has {KEY_BYTES} bytes")
    if any(not 0 <= key_id < 2**32 for key_id in keys):
        raise ValueError("key ids are 32-bit numbers")
    return _Ring({key_id: AESGCM(key) for key_id, key in keys.items()}, current)


def key_id_of(sealed: bytes) -> int:
    """Raises SealBroken if this cannot be a sealed secret."""
    smallest = HEADER_BYTES + NONCE_BYTES + 1 + TAG_BYTES
    if not smallest <= len(sealed) < smallest + LONGEST_SECRET_BYTES or sealed[0] != SUITE_AES_256_GCM:
        raise SealBroken("this is no sealed secret of a known suite")
    return int.from_bytes(sealed[1:HEADER_BYTES], "big")


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    body = HEADER_BYTES + NONCE_BYTES
    return sealed[:HEADER_BYTES], sealed[HEADER_BYTES:body], sealed[body:]


def _associated(header: bytes, context: SealContext) -> bytes:
    fields = (context.owner.encode(), context.authenticator.encode(), context.version.to_bytes(8, "big"))
    return header + b"".join(len(field).to_bytes(4, "big") + field for field in fields)
