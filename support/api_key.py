"""The key by which another system of the organisation speaks to us. Pure; chance and time come in.

1. A key is shown once, as `tk_<id>_<secret>`: `id` 16 hexadecimal digits that may be told to anybody, `secret` 256
   random bits in base64url. Only its SHA-256 is kept: a fast hash is enough for so many random bits.
2. It opens what its scopes name and nothing else, and not for ever: at most 365 days.
3. Unknown, wrong, expired and revoked are one answer, found by the same steps.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ID_BYTES: Final = 8
SECRET_BYTES: Final = 32
DAY_MS: Final = 86_400_000
USUAL_DAYS: Final = 90
MOST_DAYS: Final = 365
MARK: Final = "tk_"
_TOKEN: Final = re.compile(r"tk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", re.ASCII)
_NOBODYS_HASH: Final = hashlib.sha256(b"nobody has this key").hexdigest()


class Scope(StrEnum):
    ACTIONS_READ = "actions:read"
    CASES_WRITE = "cases:write"
    CUSTOMERS_WRITE = "customers:write"
    ENROLMENTS_WRITE = "enrolments:write"
    VERIFICATIONS_READ = "verifications:read"
    VERIFICATIONS_WRITE = "verifications:write"
    HANDOFFS_WRITE = "handoffs:write"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`expires_at_ms` is exclusive. `name` is the operator's word for the system that has the key."""

    id: str
    name: str
    secret_hash: str = field(repr=False)
    scopes: frozenset[Scope]
    created_at_ms: int
    expires_at_ms: int
    last_used_ms: int | None = None
    revoked_at_ms: int | None = None

    def live(self, now_ms: int) -> bool:
        return self.revoked_at_ms is None and now_ms < self.expires_at_ms


@dataclass(frozen=True, slots=True)
class Presented:
    """What a request says: the id to look up, and the secret's hash."""

    id: str
    secret_hash: str = field(repr=False)


NO_KEY: Final = Presented("", "")  # what a request without a key says: it opens nothing


def token_of(identity: bytes, secret: bytes) -> str:
    """From 8 and 32 random bytes: what its owner keeps."""
    if len(identity) != ID_BYTES or len(secret) != SECRET_BYTES:
        raise ValueError("a key is made of 8 and 32 random bytes")
    return f"{MARK}{identity.hex()}_{base64.urlsafe_b64encode(secret).rstrip(b'=').decode('ascii')}"


def presented(token: str) -> Presented | None:
    """None for what is no key's form."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    return Presented(found[1], hashlib.sha256(found[2].encode("ascii")).hexdigest())


def opens(key: ApiKey | None, shown: Presented, now_ms: int) -> bool:
    """Whether this is that key, and live. The same comparisons are made whatever is found."""
    kept = _NOBODYS_HASH if key is None else key.secret_hash
    same = hmac.compare_digest(kept, shown.secret_hash)
    return same and key is not None and key.live(now_ms)


def is_name(text: str) -> bool:
    """1 to 64 letters, digits, blanks, dots, dashes: what is told in lists and logs."""
    return _NAME.fullmatch(text) is not None
