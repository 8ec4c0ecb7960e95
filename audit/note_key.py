"""The keys of signed notes, C2SP signed-note and tlog-cosignature: in their one form, and what each kind signs. Pure.

| kind | signs |
|---|---|
| 0x01 | the note's text, with Ed25519 |
| 0x04 | `cosignature/v1`, a time, and the note's text, with Ed25519 |
| 0x06 | the cosigner's name, a time, and origin, size and root of a checkpoint, with ML-DSA-44 |
"""

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from audit.tree_head import CheckpointInvalid, TreeHead

ID_SIZE: Final = 4
SEED_SIZE: Final = 32
LATEST_S: Final = 2**63 - 1

_NAME: Final = re.compile(r"[!-*,-~]{1,255}", re.ASCII)  # visible ASCII without '+'
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")  # a line's end is none of them
_TIME_SIZE: Final = 8
_SUBTREE: Final = b"subtree/v1\n\0"


class KeyInvalid(ValueError):
    """Not a verifier or signing key in its one form."""


class CannotSign(ValueError):
    """The text is none that a key of this kind signs."""


class Kind(IntEnum):
    """Signature types, by their byte in C2SP signed-note."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


WITNESS_KINDS: Final = frozenset({Kind.COSIGNATURE, Kind.ML_DSA_44})
LOG_KINDS: Final = frozenset({Kind.ED25519, Kind.ML_DSA_44})
_KEY_SIZE: Final = {Kind.ED25519: 32, Kind.COSIGNATURE: 32, Kind.ML_DSA_44: 1_312}
SIGNATURE_SIZE: Final = {
    Kind.ED25519: 64,
    Kind.COSIGNATURE: _TIME_SIZE + 64,
    Kind.ML_DSA_44: _TIME_SIZE + 2_420,
}

PublicKey = Ed25519PublicKey | MLDSA44PublicKey
PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey


def is_key_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Verifier:
    """`key_id` is four bytes, as in the specification. A log's key may have a `companion`, the ML-DSA-44 key of the
    same log: whoever holds both asks for both signatures on every checkpoint."""

    name: str
    key_id: bytes
    public_key: PublicKey
    kind: Kind = Kind.ED25519
    companion: "Verifier | None" = None

    @classmethod
    def parse(cls, text: str, kinds: Collection[Kind] | None = None) -> "Verifier":
        """`<name>+<8 hex>+<base64(kind | key)>`, of one of the `kinds`. Without them it is a log's: an Ed25519 key, and
        its companion in a second line if it has one. Raises KeyInvalid."""
        if kinds is not None:
            return cls._one(text, kinds)
        first, newline, second = text.partition("\n")
        verifier = cls._one(first, {Kind.ED25519})
        if not newline:
            return verifier
        companion = cls._one(second, {Kind.ML_DSA_44})
        if companion.name != verifier.name:
            raise KeyInvalid("the two keys are of different logs")
        return replace(verifier, companion=companion)

    @classmethod
    def _one(cls, text: str, kinds: Collection[Kind]) -> "Verifier":
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):
            raise KeyInvalid("a verifier key has the form name+hash+key")
        kind, raw = _typed(parts[2], kinds, _KEY_SIZE)
        key_id = _key_id(parts[0], kind, raw)
        if key_id.hex() != parts[1]:
            raise KeyInvalid("the verifier key's hash does not belong to its name and key")
        return cls(parts[0], key_id, _public_key(kind, raw), kind)

    def __str__(self) -> str:
        """As `parse` reads it, the companion in a second line."""
        typed = base64.b64encode(bytes([self.kind]) + self.raw).decode()
        text = f"{self.name}+{self.key_id.hex()}+{typed}"
        return text if self.companion is None else f"{text}\n{self.companion}"

    @property
    def alone(self) -> "Verifier":
        """Without its companion: for what was signed before there was one, or is never signed by it."""
        return replace(self, companion=None)

    @property
    def raw(self) -> bytes:
        return self.public_key.public_bytes_raw()

    def time_of(self, text: str, signature: bytes) -> int | None:
        """When the holder says that it signed `text`, in seconds since 1970, 0 where it says nothing of that; None if
        the signature (without key id) is not this key's over this text."""
        if len(signature) != SIGNATURE_SIZE[self.kind]:
            return None
        at_s, bare = 0, signature
        if self.kind in WITNESS_KINDS:
            at_s, bare = struct.unpack(">Q", signature[:_TIME_SIZE])[0], signature[_TIME_SIZE:]
        try:
            self.public_key.verify(bare, _message(self.kind, self.name, text, at_s))
        except (InvalidSignature, CannotSign):
            return None
        return at_s


@dataclass(frozen=True, slots=True)
class Signer:
    name: str
    key_id: bytes
    private_key: PrivateKey
    kind: Kind = Kind.ED25519

    @classmethod
    def from_seed(cls, name: str, seed: bytes, kind: Kind = Kind.ED25519) -> "Signer":
        """Raises KeyInvalid for a name that cannot stand in a note."""
        if not is_key_name(name):
            raise KeyInvalid("a key's name is 1 to 255 visible ASCII characters without '+'")
        key: PrivateKey
        if kind is Kind.ML_DSA_44:
            key = MLDSA44PrivateKey.from_seed_bytes(seed)
        else:
            key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(name, _key_id(name, kind, key.public_key().public_bytes_raw()), key, kind)

    @classmethod
    def parse(cls, text: str, kinds: Collection[Kind] = frozenset({Kind.ED25519})) -> "Signer":
        """`PRIVATE+KEY+<name>+<8 hex>+<base64(kind | seed)>`. Raises KeyInvalid."""
        parts = text.split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise KeyInvalid("a signing key has the form PRIVATE+KEY+name+hash+key")
        kind, seed = _typed(parts[4], kinds, dict.fromkeys(Kind, SEED_SIZE))
        signer = cls.from_seed(parts[2], seed, kind)
        if signer.key_id.hex() != parts[3]:
            raise KeyInvalid("the signing key's hash does not belong to its name and key")
        return signer

    def encode(self) -> str:
        typed = base64.b64encode(bytes([self.kind]) + self.private_key.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self.key_id.hex()}+{typed}"

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.key_id, self.private_key.public_key(), self.kind)

    def sign(self, text: str, *others: "Signer") -> bytes:
        """The note, with a line of each. `text` ends in a newline; raises CannotSign for text that cannot be a note's,
        or not one for a key of this kind."""
        if not text.endswith("\n") or has_control_characters(text):
            raise CannotSign("a note's text ends in a newline and has no control characters")
        return f"{text}\n{''.join(signer.line(text) for signer in (self, *others))}".encode()

    def line(self, text: str, at_s: int = 0) -> str:
        """The signature line of a note with this text. `at_s`, seconds since 1970, for kinds that tell a time; 0 says
        nothing of it. Raises CannotSign."""
        signature = self.private_key.sign(_message(self.kind, self.name, text, at_s))
        if self.kind in WITNESS_KINDS:
            signature = struct.pack(">Q", at_s) + signature
        return f"\u2014 {self.name} {base64.b64encode(self.key_id + signature).decode()}\n"


def canonical_base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def has_control_characters(text: str) -> bool:
    return _CONTROL.search(text) is not None


def _message(kind: Kind, name: str, text: str, at_s: int) -> bytes:
    if not 0 <= at_s <= LATEST_S:
        raise CannotSign("the time of a cosignature lies between 0 and 2^63 - 1 seconds")
    if kind is Kind.ED25519:
        return text.encode()
    if kind is Kind.COSIGNATURE:
        return f"cosignature/v1\ntime {at_s}\n{text}".encode()
    return _subtree_message(name, text, at_s)


def _subtree_message(name: str, text: str, at_s: int) -> bytes:
    """Lines of the log's own are not in the message, so a text that has them is refused: they would look signed."""
    try:
        head = TreeHead.parse(text)
    except CheckpointInvalid as error:
        raise CannotSign(f"ML-DSA-44 signs checkpoints alone: {error}") from error
    origin = head.origin.encode()
    if head.extended or len(origin) > 255:
        raise CannotSign(
            "ML-DSA-44 signs no checkpoint with further lines, or a longer origin than 255 bytes"
        )
    named = bytes([len(name)]) + name.encode() + struct.pack(">Q", at_s) + bytes([len(origin)]) + origin
    return _SUBTREE + named + struct.pack(">QQ", 0, head.size) + head.root


def _typed(text: str, kinds: Collection[Kind], sizes: dict[Kind, int]) -> tuple[Kind, bytes]:
    raw = canonical_base64(text)
    kind = next((kind for kind in kinds if raw and raw[0] == kind), None)
    if raw is None or kind is None or len(raw) != 1 + sizes[kind]:
        raise KeyInvalid(f"the key is not a base64 {_names(kinds)} key")
    return kind, raw[1:]


def _names(kinds: Collection[Kind]) -> str:
    words = {Kind.ED25519: "Ed25519", Kind.COSIGNATURE: "Ed25519 cosignature", Kind.ML_DSA_44: "ML-DSA-44"}
    return " or ".join(words[kind] for kind in sorted(kinds))


def _public_key(kind: Kind, raw: bytes) -> PublicKey:
    if kind is Kind.ML_DSA_44:
        return MLDSA44PublicKey.from_public_bytes(raw)
    return Ed25519PublicKey.from_public_bytes(raw)


def _key_id(name: str, kind: Kind, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + raw).digest()[:ID_SIZE]
