"""An agent's badge: a short signed text that says who sits at the other end, for one case and one browser. Pure.

The format is laid down in INTRODUCTION.md. Rules of `check`, in this order:
1. Sizes, and the signature's form.
2. The signature holds over the label and the document's bytes (Ed25519), before anything in it is believed.
3. The document is canonical JSON of exactly the known members and types.
4. It was made while its key was in use, lives at most twelve hours, and has neither expired nor is of a time to come.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VERSION: Final = 1
KIND: Final = "tachiai-badge"
LABEL: Final = b"tachiai/badge/v1\0"
LONGEST_LIFE_MS: Final = 12 * 3_600_000
DOCUMENT_LIMIT_BYTES: Final = 2_048
SIGNATURE_CHARACTERS: Final = 86
SIGNATURE_BYTES: Final = 64
SEED_BYTES: Final = 32
AHEAD_MS: Final = 60_000  # how far the issuer's clock may be ahead of the reader's
_LARGEST_INTEGER: Final = 2**53 - 1


class BadgeInvalid(Exception):
    """The badge does not count. The message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """`device_key` is the agent's page's public key as canonical JWK. Times are UTC milliseconds, the end exclusive."""

    id: str
    organisation: str
    number: str
    name: str
    role: str
    case: str  # the reference, which the customer may know
    device_key: str
    key: str  # the id of the key that signs it
    issued_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class BadgeKey:
    """A public key of the issuer's. It may have signed from `from_ms` on and before `until_ms`; None: still in use."""

    id: str
    public: str  # 32 bytes, base64url
    from_ms: int
    until_ms: int | None = None


def key_id(public: bytes) -> str:
    """The first 8 bytes of SHA-256 over the public key, base64url: 11 characters."""
    return encoded(hashlib.sha256(public).digest()[:8])


def public_of(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def document_of(badge: Badge) -> str:
    """The one text of this badge: names in order, no white space, UTF-8 (RFC 8785 for texts and whole numbers)."""
    members = {
        "case": badge.case,
        "device_key": badge.device_key,
        "expires_at_ms": badge.expires_at_ms,
        "id": badge.id,
        "issued_at_ms": badge.issued_at_ms,
        "key": badge.key,
        "kind": KIND,
        "name": badge.name,
        "number": badge.number,
        "organisation": badge.organisation,
        "role": badge.role,
        "v": VERSION,
    }
    return _canonical(members)


def sign(badge: Badge, seed: bytes) -> tuple[str, str]:
    """The document and its signature, base64url. Raises BadgeInvalid for what no reader would accept."""
    document = document_of(badge)
    if len(document.encode()) > DOCUMENT_LIMIT_BYTES:
        raise BadgeInvalid("The badge's texts are too long.")
    if not 0 < badge.expires_at_ms - badge.issued_at_ms <= LONGEST_LIFE_MS:
        raise BadgeInvalid("A badge lives for at most twelve hours.")
    return document, encoded(Ed25519PrivateKey.from_private_bytes(seed).sign(LABEL + document.encode()))


def check(document: str, signature: str, keys: Iterable[BadgeKey], now_ms: int) -> Badge:
    """The badge that `document` is, if one of `keys` signed it in its time. Raises BadgeInvalid."""
    octets = document.encode("utf-8", "surrogatepass")
    if len(octets) > DOCUMENT_LIMIT_BYTES or len(signature) != SIGNATURE_CHARACTERS:
        raise BadgeInvalid("The badge has the wrong size.")
    key = _signer(octets, signature, keys)
    badge = _parsed(document)
    if badge.key != key.id:
        raise BadgeInvalid("The badge names another key than the one that signed it.")
    if badge.issued_at_ms < key.from_ms or (key.until_ms is not None and badge.issued_at_ms >= key.until_ms):
        raise BadgeInvalid("The badge was not made while its key was in use.")
    if not 0 < badge.expires_at_ms - badge.issued_at_ms <= LONGEST_LIFE_MS:
        raise BadgeInvalid("The badge would live for more than twelve hours.")
    if badge.issued_at_ms > now_ms + AHEAD_MS or now_ms >= badge.expires_at_ms:
        raise BadgeInvalid("The badge is not of now.")
    return badge


def _signer(octets: bytes, signature: str, keys: Iterable[BadgeKey]) -> BadgeKey:
    raw = decoded(signature, SIGNATURE_BYTES)
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(decoded(key.public, SEED_BYTES)).verify(raw, LABEL + octets)
        except InvalidSignature:
            continue
        return key
    raise BadgeInvalid("No known key signed this badge.")


_FORM: Final = {
    "case": str,
    "device_key": str,
    "expires_at_ms": int,
    "id": str,
    "issued_at_ms": int,
    "key": str,
    "kind": str,
    "name": str,
    "number": str,
    "organisation": str,
    "role": str,
    "v": int,
}


def _parsed(document: str) -> Badge:
    try:
        found = json.loads(document)
        same = isinstance(found, dict) and _canonical(found) == document
    except (ValueError, RecursionError) as error:
        raise BadgeInvalid("The badge is not canonical JSON.") from error
    if not same or found.keys() != _FORM.keys():
        raise BadgeInvalid("The badge does not have its form.")
    if not all(_is_of(found[name], wanted) for name, wanted in _FORM.items()):
        raise BadgeInvalid("The badge does not have its form.")
    if (found.pop("v"), found.pop("kind")) != (VERSION, KIND):
        raise BadgeInvalid("This is a badge of another version.")
    return Badge(**found)


def _is_of(member: Any, wanted: type) -> bool:
    if wanted is int:
        return type(member) is int and 0 <= member <= _LARGEST_INTEGER
    return isinstance(member, str)


def _canonical(members: dict[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def encoded(octets: bytes) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decoded(text: str, size: int) -> bytes:
    """The `size` bytes of canonical base64url without padding. Raises BadgeInvalid."""
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadgeInvalid("This is not base64url.") from error
    if len(octets) != size or encoded(octets) != text:
        raise BadgeInvalid(f"This is not the canonical base64url of {size} bytes.")
    return octets
