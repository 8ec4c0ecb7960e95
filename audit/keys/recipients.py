"""Auditors who can open periods that the server no longer can: HPKE wraps of data keys (FORMAT.md, section 15)."""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from audit.kek import KeyUnavailable, read_secret, write_secret
from audit.new_file import write_new

FINGERPRINT_SIZE: Final = 16
WRAP_SIZE: Final = 80  # encapsulated key, sealed key, tag
LOCATOR_ID: Final = bytes(16)

_PUBLIC: Final = "tachiai-recipient-1 "
_PRIVATE: Final = "tachiai-recipient-key-1 "
_KEY_BYTES: Final = 32
_LARGEST_FILE: Final = 256
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class RecipientRefused(Exception):
    """A file does not hold what it should. The sentence names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which key a wrap is of: whatever is exchanged between two places opens nothing. `tag` is `subject_tag`'s."""

    origin: str
    key_id: bytes
    tag: bytes
    period: int

    @property
    def info(self) -> bytes:
        name = self.origin.encode()
        head = b"audit/v1/sealed-key" + struct.pack(">H", len(name)) + name
        return head + self.key_id + self.tag + struct.pack(">Q", self.period)


def locator_place(origin: str) -> Place:
    return Place(origin, LOCATOR_ID, bytes(32), 2**64 - 1)


def subject_tag(locator: bytes, subject: str) -> bytes:
    return hmac.digest(locator, b"audit/v1/subject-tag" + subject.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class Recipient:
    """`public` is an X25519 public key."""

    public: bytes

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha256(b"tachiai/recipient/v1" + self.public).digest()[:FINGERPRINT_SIZE]

    @classmethod
    def read(cls, path: Path) -> "Recipient":
        """Out of a public file. Raises RecipientRefused."""
        try:
            with path.open("rb") as file:
                text = file.read(_LARGEST_FILE + 1).decode("ascii", "replace")
        except OSError as error:
            raise RecipientRefused(
                f"The recipient's file {path} cannot be read: {error.strerror}."
            ) from error
        if text.startswith(_PRIVATE):
            raise RecipientRefused(
                f"{path} holds a recipient's private key. Take it off this machine, have the recipient make another "
                "pair, and give the file that ends in .pub."
            )
        key = _key_in(text, _PUBLIC, path)
        try:
            X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(key))
        except ValueError as error:  # a point of small order: every wrap for it would fail
            raise RecipientRefused(
                f"{path} holds a key that nothing can be wrapped for. Have the recipient make a pair anew, with "
                "`tachiai audit recipient new`."
            ) from error
        return cls(key)

    def wrap(self, secret: bytes, place: Place) -> bytes:
        return _SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(self.public), info=place.info)


class RecipientKey:
    """An auditor's private key. It never lies on the server."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private
        self.recipient = Recipient(private.public_key().public_bytes_raw())

    @classmethod
    def create(cls, path: Path) -> "RecipientKey":
        """Writes `path` (mode 0600) and `path`.pub; neither may be there. Raises RecipientRefused."""
        key = cls(X25519PrivateKey.generate())
        public = path.with_name(f"{path.name}.pub")
        if public.exists():
            raise RecipientRefused(f"{public} is there already. Choose another name; nothing was made.")
        try:
            write_secret(path, _line(_PRIVATE, key._private.private_bytes_raw()))
            write_new(public, _line(_PUBLIC, key.recipient.public), 0o644)
        except (KeyUnavailable, OSError) as error:
            raise RecipientRefused(f"The key pair was not made: {error}.") from error
        return key

    @classmethod
    def read(cls, path: Path) -> "RecipientKey":
        """Raises RecipientRefused."""
        try:
            text = read_secret(path).decode("ascii", "replace")
        except KeyUnavailable as error:
            raise RecipientRefused(f"The auditor's key cannot be used: {error}.") from error
        return cls(X25519PrivateKey.from_private_bytes(_key_in(text, _PRIVATE, path)))

    def unwrap(self, wrapped: bytes, place: Place) -> bytes:
        """Raises KeyUnavailable if it was not wrapped for this recipient and place."""
        if len(wrapped) != WRAP_SIZE:
            raise KeyUnavailable("a wrap for an auditor has a wrong length")
        try:
            return _SUITE.decrypt(wrapped, self._private, info=place.info)
        except (InvalidTag, ValueError) as error:
            raise KeyUnavailable(
                "a wrap for an auditor was changed, or is of another key or auditor"
            ) from error


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets every new key. `auditors` has at least one; each differs from all others and from `recovery`."""

    auditors: tuple[Recipient, ...]
    recovery: Recipient

    @classmethod
    def read(cls, auditors: Sequence[Path], recovery: Path) -> "Recipients":
        """Raises RecipientRefused."""
        found = [Recipient.read(path) for path in auditors]
        last = Recipient.read(recovery)
        if not found:
            raise RecipientRefused("Sealed mode needs at least one auditor: set sealed.recipients.")
        if len({*found, last}) != len(found) + 1:
            raise RecipientRefused(
                "Two of the recipients' files hold the same key. Each auditor has one of their own, and so has the "
                "recovery recipient: otherwise one lost key would lose the periods."
            )
        return cls(tuple(found), last)

    def all(self) -> tuple[Recipient, ...]:
        return (*self.auditors, self.recovery)


def _line(head: str, key: bytes) -> bytes:
    return f"{head}{base64.b64encode(key).decode()}\n".encode()


def _key_in(text: str, head: str, path: Path) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(head).removesuffix("\n"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES or _line(head, key).decode() != text.removesuffix("\n") + "\n":
        raise RecipientRefused(
            f"{path} does not hold one line `{head}...`, as `tachiai audit recipient new` writes it."
        )
    return key
