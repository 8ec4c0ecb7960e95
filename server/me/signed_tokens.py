"""Tokens that the organisation's own site signs for a customer who is signed in there (docs/me.md has the form).

1. JWS compact, at most 2,048 characters. Header: exactly `alg`, `kid` and `typ` "handoff+jwt". `kid` names a key
   that an operator registered; the key's type alone decides which `alg` is right, so that no token chooses how it is
   judged.
2. Claims: `aud` this server's address, `sub` the organisation's reference for the customer, `jti` 16 to 128
   characters, `iat` and `exp` whole seconds, at most 120 apart, `iat` at most 5 s ahead of this server's clock.
3. Used once: its name is written down by whoever uses it first, in one statement, before anything else is asked.
   Looking whose page it opens (`peek`) uses nothing up.
"""

import base64
import binascii
import hashlib
import json
import re
import warnings
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey

from server.storage.handoff_keys import HandoffKeyStore
from server.storage.handoffs import HandoffStore, Taken
from server.storage.stores import Stores

LONGEST_TOKEN: Final = 2_048
LONGEST_LIFE_S: Final = 120
CLOCKS_APART_S: Final = 5
TYPE: Final = "handoff+jwt"
LARGEST_KEY: Final = 1_024
_JTI: Final = re.compile(r"[A-Za-z0-9._~-]{16,128}", re.ASCII)
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_HEADER: Final = frozenset({"alg", "kid", "typ"})
_ALGORITHMS: Final = {"OKP": ("EdDSA", "Ed25519"), "EC": ("ES256",)}
_MEMBERS: Final = {"OKP": frozenset({"kty", "crv", "x"}), "EC": frozenset({"kty", "crv", "x", "y"})}
_CURVES: Final = {"OKP": "Ed25519", "EC": "P-256"}
Key = OKPKey | ECKey


class KeyRefused(ValueError):
    """A sentence for the operator. Nothing was changed."""


class _Refused(Exception):
    """Why, for the log alone."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`id` is the RFC 7638 thumbprint; `text` the canonical JSON Web Key."""

    id: str
    text: str


def read_key(text: str) -> PublicKey:
    """A public JSON Web Key (Ed25519 or P-256), or a PEM of one. Raises KeyRefused; a private key is refused too."""
    if len(text) > LARGEST_KEY or "PRIVATE" in text:
        raise KeyRefused("The file is a private key, or no key at all. Give the public one; keep the other.")
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else _from_pem(text)
        members = _public_members(found)
        key = _key(members)
    except (ValueError, KeyError, TypeError, AttributeError, JoseError) as error:
        raise KeyRefused(
            "The file holds no public key: a JSON Web Key or PEM of Ed25519 or P-256. Nothing was added."
        ) from error
    return PublicKey(key.thumbprint(), json.dumps(members, sort_keys=True, separators=(",", ":")))


class SignedTokens:
    def __init__(self, stores: Stores, base_url: str) -> None:
        self._keys: HandoffKeyStore = stores.handoff_keys
        self._uses: HandoffStore = stores.handoffs
        self._roll, self._audience = stores.customer_roll, base_url.rstrip("/")

    async def take(self, token: str, now_ms: int) -> Taken:
        """Used up, or refused. Raises StoreUnavailable."""
        try:
            subject, use, expires_at_ms = await self._read(token, now_ms)
        except _Refused as refused:
            return Taken(None, str(refused))
        if not await self._uses.use(use, expires_at_ms, now_ms):
            return Taken(None, "used")
        return await self._of(subject)

    async def peek(self, token: str, now_ms: int) -> Taken:
        """As `take`, and nothing is used up."""
        try:
            subject, use, _ = await self._read(token, now_ms)
        except _Refused as refused:
            return Taken(None, str(refused))
        return Taken(None, "used") if await self._uses.used(use) else await self._of(subject)

    async def _read(self, token: str, now_ms: int) -> tuple[str, str, int]:
        """The reference, the name of this use, and until when it must be remembered. Raises _Refused."""
        header = _header(token)
        claims = _claims(token, header["alg"], await self._public_key(header["kid"]))
        use, expires_at_ms = self._judged(claims, header["kid"], now_ms)
        return claims["sub"], use, expires_at_ms

    async def _of(self, reference: str) -> Taken:
        customer = await self._roll.of_reference(reference)
        return Taken(customer.id) if customer is not None else Taken(None, "unknown")

    async def _public_key(self, kid: str) -> str:
        key = await self._keys.find(kid)
        if key is None or key.removed_at_ms is not None:
            raise _Refused("key")
        return key.public_key

    def _judged(self, claims: dict[str, Any], kid: str, now_ms: int) -> tuple[str, int]:
        """The name of this use, and until when it must be remembered."""
        now_s, issued, expires = now_ms // 1_000, claims.get("iat"), claims.get("exp")
        jti, audience, subject = claims.get("jti"), claims.get("aud"), claims.get("sub")
        if type(issued) is not int or type(expires) is not int or "nbf" in claims:
            raise _Refused("times")
        if not 0 < expires - issued <= LONGEST_LIFE_S or issued > now_s + CLOCKS_APART_S:
            raise _Refused("times")
        if expires <= now_s:
            raise _Refused("expired")
        if audience != self._audience:
            raise _Refused("audience")
        if not isinstance(jti, str) or not _JTI.fullmatch(jti):
            raise _Refused("form")
        if not isinstance(subject, str) or not 0 < len(subject) <= 64:  # a reference
            raise _Refused("form")
        return hashlib.sha256(f"{kid}\0{jti}".encode()).hexdigest(), expires * 1_000


def _header(token: str) -> dict[str, str]:
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or not token.isascii() or len(parts) != 3:  # JWS compact
        raise _Refused("form")
    try:
        header = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _Refused("form") from error
    if not isinstance(header, dict) or header.keys() != _HEADER or header["typ"] != TYPE:
        raise _Refused("form")
    if not all(isinstance(value, str) for value in header.values()) or not _KEY_ID.fullmatch(header["kid"]):
        raise _Refused("form")
    return header


def _claims(token: str, algorithm: str, public_key: str) -> dict[str, Any]:
    """Of a token that this key signed."""
    members = json.loads(public_key)
    if algorithm not in _ALGORITHMS[members["kty"]]:
        raise _Refused("algorithm")
    try:
        with warnings.catch_warnings():
            # RFC 9864 names the algorithm anew; most signers still write the old name for the very same signature.
            warnings.simplefilter("ignore", SecurityWarning)
            decoded = jwt.decode(token, _key(members), algorithms=[algorithm])
    except (JoseError, ValueError, RecursionError) as error:
        raise _Refused("signature") from error
    return dict(decoded.claims)


def _key(members: dict[str, str]) -> Key:
    kind: type[OKPKey | ECKey] = OKPKey if members["kty"] == "OKP" else ECKey
    given: dict[str, str | list[str]] = dict(members)
    return kind.import_key(given)


def _public_members(found: dict[str, Any]) -> dict[str, str]:
    """Raises ValueError and KeyError for what is no public key of ours."""
    kind = found["kty"]
    if "d" in found or found.get("crv") != _CURVES[kind]:
        raise ValueError("a private key, or one of another curve")
    return {name: found[name] for name in sorted(_MEMBERS[kind])}


def _from_pem(text: str) -> dict[str, Any]:
    for kind in (OKPKey, ECKey):
        try:
            return dict(kind.import_key(text).as_dict(private=False))
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("no PEM of a key of ours")
