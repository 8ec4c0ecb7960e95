"""A customer's consent, checked by whoever holds it: key, signature, document, wording. Pure.

Written after session/CONSENT.md, and not with the code that the server checks it by: a reader of a receipt has that
document and no server. Steps and reasons are those of FORMAT.md, section 14.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from audit.receipts.receipt import Reason, ReceiptRefused, canonical

DOCUMENT_LIMIT: Final = 4_096  # bytes of UTF-8
SURFACES: Final = frozenset({"tab", "window", "screen"})

_LARGEST: Final = 2**53 - 1
_HALF: Final = 32
_KEY: Final = re.compile(
    r'\{"crv":"P-256","kty":"EC","x":"([A-Za-z0-9_-]{43})","y":"([A-Za-z0-9_-]{43})"\}', re.ASCII
)
_SCOPE: Final = re.compile(r"[a-z_]{1,32}", re.ASCII)
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FORM: Final[Mapping[str, Any]] = {
    "agent": {"name": str, "number": str},
    "device": str,
    "duration_ms": int,
    "kind": str,
    "nonce": str,
    "organisation": str,
    "page_time_ms": int,
    "scopes": list,
    "session": str,
    "transcript": str,
    "v": int,
    "wording": {"language": str, "sha256": str, "version": int},
}


@dataclass(frozen=True, slots=True)
class SignedConsent:
    """What the customer's device signed. `page_time_ms` is that device's clock; `wording_sha256` lower-case hex."""

    session: str
    agent_name: str
    agent_number: str
    organisation: str
    scopes: tuple[str, ...]
    duration_ms: int
    page_time_ms: int
    language: str
    wording_version: int
    wording_sha256: str
    device: str


def check_consent(document: str, signature: str, device_key: str, wording: str | None) -> SignedConsent:
    """Raises ReceiptRefused with the step that does not hold. `wording` None: the text is not at hand."""
    octets = _utf8(document)
    key, device = _key(device_key)
    _must_be_signed(octets, signature, key)
    consent = _parsed(document)
    if consent.device != device:
        raise ReceiptRefused(
            Reason.CONSENT_KEY, "the consent names another device than the one that signed it"
        )
    if wording is not None and hashlib.sha256(wording.encode()).hexdigest() != consent.wording_sha256:
        raise ReceiptRefused(Reason.WORDING, "the wording is not the one that was agreed to")
    return consent


def _utf8(document: str) -> bytes:
    try:
        octets = document.encode()
    except UnicodeEncodeError as error:
        raise ReceiptRefused(Reason.CONSENT_DOCUMENT, "the consent is not text") from error
    if len(octets) > DOCUMENT_LIMIT:
        raise ReceiptRefused(Reason.CONSENT_DOCUMENT, "the consent is longer than a consent can be")
    return octets


def _key(device_key: str) -> tuple[ec.EllipticCurvePublicKey, str]:
    """The key, and its thumbprint (RFC 7638): the one form of a key is the very text that is hashed."""
    found = _KEY.fullmatch(device_key)
    parts = [_base64url(part, _HALF) for part in found.groups()] if found else []
    if not parts or None in parts:
        raise ReceiptRefused(Reason.CONSENT_KEY, "the device's key is not in its canonical form")
    x, y = (int.from_bytes(part or b"") for part in parts)
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise ReceiptRefused(Reason.CONSENT_KEY, "the device's key is no key") from error
    digest = hashlib.sha256(device_key.encode("ascii")).digest()
    return key, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _must_be_signed(octets: bytes, signature: str, key: ec.EllipticCurvePublicKey) -> None:
    raw = _base64url(signature, 2 * _HALF)
    if raw is None:
        raise ReceiptRefused(Reason.CONSENT_SIGNATURE, "the consent's signature is not in its canonical form")
    numbers = encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
    try:
        key.verify(numbers, octets, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise ReceiptRefused(Reason.CONSENT_SIGNATURE, "the device's signature does not hold") from error


def _parsed(document: str) -> SignedConsent:
    try:
        found = json.loads(document)
        same = canonical(found) == document
    except (ValueError, RecursionError) as error:
        raise _malformed() from error
    if not same or not isinstance(found, dict) or not _has_form(found, _FORM):
        raise _malformed()
    scopes, wording = found["scopes"], found["wording"]
    if (found["v"], found["kind"]) != (1, "tachiai-consent") or not _HASH.fullmatch(wording["sha256"]):
        raise _malformed()
    if scopes != sorted(set(scopes)) or len(SURFACES & set(scopes)) != 1:
        raise _malformed()
    if not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise _malformed()
    return SignedConsent(
        session=found["session"],
        agent_name=found["agent"]["name"],
        agent_number=found["agent"]["number"],
        organisation=found["organisation"],
        scopes=tuple(scopes),
        duration_ms=found["duration_ms"],
        page_time_ms=found["page_time_ms"],
        language=wording["language"],
        wording_version=wording["version"],
        wording_sha256=wording["sha256"],
        device=found["device"],
    )


def _malformed() -> ReceiptRefused:
    return ReceiptRefused(Reason.CONSENT_DOCUMENT, "the consent is not in its canonical form")


def _has_form(found: dict[str, Any], form: Mapping[str, Any]) -> bool:
    return found.keys() == form.keys() and all(_is_of(found[name], wanted) for name, wanted in form.items())


def _is_of(member: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(member, dict) and _has_form(member, wanted)
    if wanted is int:
        return type(member) is int and 0 <= member <= _LARGEST
    if wanted is list:
        return isinstance(member, list) and all(isinstance(part, str) for part in member)
    return isinstance(member, str)


def _base64url(text: str, size: int) -> bytes | None:
    """The `size` octets of canonical base64url without padding (RFC 4648 clause 5)."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size and base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text else None
