"""A browser in which a customer was verified before: told by a cookie, so that a stranger's guesses do not count there.

1. The cookie is 32 random bytes in base64url (43 characters). Only its SHA-256 is kept: a stolen table opens nothing.
2. It names one customer and one browser, and proves neither: it only decides which counter a wrong code goes to.
3. Five wrong codes in a row make it void; from then on the browser counts as any other.
4. It ends after a year, when the customer gets a new authenticator, and whenever the customer says so.

Pure; chance and time come in.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Final

from verification.throttle import FailureLimit

TOKEN_BYTES: Final = 32
TOKEN_LENGTH: Final = 43
LIFE_MS: Final = 365 * 86_400_000
# In a row alone: somebody who mistypes once a month does not lose the browser.
FAILURES: Final = FailureLimit(count=1, window_ms=0, in_a_row=5)

_DOMAIN: Final = b"tachiai known device v1\0"


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """As stored. `id` ("dev_...") may be told to anybody. Times are UTC milliseconds; `expires_at_ms` is exclusive."""

    id: str
    customer: str
    token_hash: str = field(repr=False)
    made_at_ms: int
    expires_at_ms: int
    seen_at_ms: int
    void_at_ms: int | None = None

    def good(self, customer: str, now_ms: int) -> bool:
        """Whether it may be counted by itself, for this customer."""
        return self.customer == customer and self.void_at_ms is None and now_ms < self.expires_at_ms


def token_from(random: bytes) -> str:
    """The cookie for 32 random bytes."""
    if len(random) != TOKEN_BYTES:
        raise ValueError(f"a device's cookie is made from {TOKEN_BYTES} random bytes, not {len(random)}")
    return _base64url(random)


def is_token(text: str) -> bool:
    """Whether `text` is a cookie in its one canonical form."""
    if len(text) != TOKEN_LENGTH or not text.isascii():
        return False
    try:
        decoded = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except binascii.Error:
        return False
    return _base64url(decoded) == text


def token_hash(token: str) -> str:
    """What the database knows of a cookie, hexadecimal. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(_DOMAIN + token.encode("utf-8", "surrogatepass")).hexdigest()


def account_of(device: str) -> str:
    """Where its wrong codes are counted."""
    return f"device/{device}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
