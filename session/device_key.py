"""The public key of a customer's page, read strictly: one form, one name.

The form is RFC 7638's own: exactly the members crv, kty, x, y, in this order, without white space. So the thumbprint is
the SHA-256 of the very text, and two texts never name one key.
"""

import base64
import binascii
import hashlib
import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from session.identity import DeviceId

JWK_LIMIT_BYTES: Final = 512
COORDINATE_BYTES: Final = 32

_FORM: Final = re.compile(
    r'\{"crv":"P-256","kty":"EC","x":"([A-Za-z0-9_-]{43})","y":"([A-Za-z0-9_-]{43})"\}', re.ASCII
)


class DeviceKeyInvalid(Exception):
    """Not a canonical public P-256 key. The message is a sentence."""


def parse(jwk: str) -> ec.EllipticCurvePublicKey:
    """The key in `jwk` (RFC 7517, 7518 clause 6.2.1). Raises DeviceKeyInvalid."""
    if len(jwk) > JWK_LIMIT_BYTES:
        raise DeviceKeyInvalid("The device key is longer than 512 bytes.")
    found = _FORM.fullmatch(jwk)
    if found is None:
        raise DeviceKeyInvalid(
            "The device key is not a canonical P-256 JWK with the members crv, kty, x and y."
        )
    x, y = (int.from_bytes(decode(part, COORDINATE_BYTES)) for part in found.groups())
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise DeviceKeyInvalid("The device key is not a point of the curve P-256.") from error


def device_id(jwk: str) -> DeviceId:
    """The thumbprint of RFC 7638 with SHA-256, base64url without padding. Raises DeviceKeyInvalid."""
    parse(jwk)
    return DeviceId(encode(hashlib.sha256(jwk.encode("ascii")).digest()))


def encode(octets: bytes) -> str:
    """base64url without padding (RFC 4648 clause 5)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def decode(text: str, size: int) -> bytes:
    """The `size` octets of canonical base64url without padding. Raises DeviceKeyInvalid."""
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise DeviceKeyInvalid("This is not base64url.") from error
    if len(octets) != size or encode(octets) != text:
        raise DeviceKeyInvalid(f"This is not the canonical base64url of {size} bytes.")
    return octets
