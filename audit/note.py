"""Signed notes, C2SP signed-note: text that one or more Ed25519 keys signed. Pure.

Rules kept here (clauses of the specification):
1. A note is UTF-8 without control characters other than newline (Format).
2. Signatures of unknown keys are ignored; one of a known key that fails refuses the whole note (Signatures).
3. Text is handed out only after a signature of a known key held.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519: Final = 0x01
MAX_NOTE: Final = 65_536
MAX_SIGNATURES: Final = 16

_NAME: Final = re.compile(r"[!-*,-~]{1,255}", re.ASCII)  # visible ASCII without '+'
_ID_SIZE: Final = 4
_SIGNATURE_SIZE: Final = 64


class NoteInvalid(Exception):
    """Not a note, or not one that the given key signed."""


class KeyInvalid(ValueError):
    """Not a verifier or signing key in its one form."""


def is_key_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Verifier:
    """`key_id` is four bytes, as in the specification."""

    name: str
    key_id: bytes
    public_key: Ed25519PublicKey

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """`<name>+<8 hex>+<base64(0x01 | key)>`. Raises KeyInvalid."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not is_key_name(parts[0]):
            raise KeyInvalid("a verifier key has the form name+hash+key")
        raw = _key_bytes(parts[2])
        if _key_id(parts[0], raw).hex() != parts[1]:
            raise KeyInvalid("the verifier key's hash does not belong to its name and key")
        return cls(parts[0], bytes.fromhex(parts[1]), Ed25519PublicKey.from_public_bytes(raw[1:]))

    def __str__(self) -> str:
        raw = bytes([ED25519]) + self.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(raw).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    name: str
    key_id: bytes
    private_key: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "Signer":
        """Raises KeyInvalid for a name that cannot stand in a note."""
        if not is_key_name(name):
            raise KeyInvalid("a key's name is 1 to 255 visible ASCII characters without '+'")
        key = Ed25519PrivateKey.from_private_bytes(seed)
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return cls(name, _key_id(name, bytes([ED25519]) + public), key)

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """`PRIVATE+KEY+<name>+<8 hex>+<base64(0x01 | seed)>`. Raises KeyInvalid."""
        parts = text.split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise KeyInvalid("a signing key has the form PRIVATE+KEY+name+hash+key")
        signer = cls.from_seed(parts[2], _key_bytes(parts[4])[1:])
        if signer.key_id.hex() != parts[3]:
            raise KeyInvalid("the signing key's hash does not belong to its name and key")
        return signer

    def encode(self) -> str:
        raw = bytes([ED25519]) + self.private_key.private_bytes_raw()
        return f"PRIVATE+KEY+{self.name}+{self.key_id.hex()}+{base64.b64encode(raw).decode()}"

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.key_id, self.private_key.public_key())

    def sign(self, text: str) -> bytes:
        """The note. `text` ends in a newline; raises ValueError for text that cannot be a note's."""
        body = text.encode()
        if not text.endswith("\n") or _has_control_characters(text):
            raise ValueError("a note's text ends in a newline and has no control characters")
        signature = base64.b64encode(self.key_id + self.private_key.sign(body)).decode()
        return body + f"\n\u2014 {self.name} {signature}\n".encode()


def open_note(note: bytes, verifier: Verifier) -> str:
    """The text, if `verifier`'s key signed it. Raises NoteInvalid."""
    text, lines = _split(note)
    held = False
    for line in lines:
        name, signature = _signature(line)
        if name != verifier.name or signature[:_ID_SIZE] != verifier.key_id:
            continue
        if len(signature) != _ID_SIZE + _SIGNATURE_SIZE:
            raise NoteInvalid("the signature has a wrong length")
        try:
            verifier.public_key.verify(signature[_ID_SIZE:], text.encode())
        except InvalidSignature as error:
            raise NoteInvalid("the signature does not hold") from error
        held = True
    if not held:
        raise NoteInvalid("the note carries no signature of the expected key")
    return text


def _split(note: bytes) -> tuple[str, list[str]]:
    if len(note) > MAX_NOTE:
        raise NoteInvalid("the note is too long")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteInvalid("the note is not UTF-8") from error
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or _has_control_characters(whole):
        raise NoteInvalid("the note is malformed")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteInvalid("the note carries too many signatures")
    return head + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or "+" in parts[1]:
        raise NoteInvalid("a signature line is malformed")
    signature = _canonical_base64(parts[2])
    if signature is None or len(signature) <= _ID_SIZE:
        raise NoteInvalid("a signature is not base64")
    return parts[1], signature


def _key_bytes(text: str) -> bytes:
    raw = _canonical_base64(text)
    if raw is None or len(raw) != 33 or raw[0] != ED25519:
        raise KeyInvalid("the key is not a base64 Ed25519 key")
    return raw


def _key_id(name: str, typed_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + typed_key).digest()[:_ID_SIZE]


def _canonical_base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def _has_control_characters(text: str) -> bool:
    return any(ord(character) < 0x20 and character != "\n" for character in text)
