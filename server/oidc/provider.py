"""What is known of the provider: its endpoints and its keys, fetched when first needed and remembered for a while."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.jwk import KeySet

from server.oidc.fetching import ProviderUnavailable, fetch
from server.oidc.id_token import MALFORMED
from server.oidc.settings import is_address

WELL_KNOWN: Final = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0, section 4
DOCUMENT_FOR_S: Final = 3_600.0
KEYS_FOR_S: Final = 600.0
KEYS_AGAIN_AFTER_S: Final = 30.0  # a token names a key that is not known: the provider may have a new one
MOST_KEYS: Final = 32
_SIGNING_KINDS: Final = frozenset({"RSA", "EC", "OKP"})  # never "oct": a shared secret signs nothing here


@dataclass(frozen=True, slots=True)
class Endpoints:
    """`tells_issuer`: its answers carry `iss` (RFC 9207)."""

    authorization: str
    token: str
    keys: str
    tells_issuer: bool


class Provider:
    """Every method raises ProviderUnavailable."""

    def __init__(self, issuer: str, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self.issuer = issuer
        self._monotonic_s = monotonic_s
        self._turn = asyncio.Lock()
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def endpoints(self) -> Endpoints:
        async with self._turn:
            known = self._endpoints
            if known is None or self._monotonic_s() - known[0] >= DOCUMENT_FOR_S:
                document = await fetch(self.issuer.rstrip("/") + WELL_KNOWN)
                known = self._endpoints = (self._monotonic_s(), _endpoints(document, self.issuer))
            return known[1]

    async def keys(self, named: str | None) -> KeySet:
        """With a fresh look where no key has the name that a token gives, but not for every token that comes."""
        endpoints = await self.endpoints()
        async with self._turn:
            known = self._keys
            age_s = KEYS_FOR_S if known is None else self._monotonic_s() - known[0]
            missing = known is None or named not in {None, *(key.kid for key in known[1])}
            if known is None or age_s >= KEYS_FOR_S or (missing and age_s >= KEYS_AGAIN_AFTER_S):
                known = self._keys = (self._monotonic_s(), _key_set(await fetch(endpoints.keys)))
            return known[1]


def _endpoints(document: Mapping[str, Any], issuer: str) -> Endpoints:
    if document.get("issuer") != issuer:
        raise ProviderUnavailable(f"the provider's document is of another issuer than {issuer}")
    found = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    named = [text for text in found if isinstance(text, str) and is_address(text)]
    if len(named) != len(found):
        raise ProviderUnavailable("the provider's document names no https addresses for its endpoints")
    tells = document.get("authorization_response_iss_parameter_supported") is True
    return Endpoints(named[0], named[1], named[2], tells)


def _key_set(document: Mapping[str, Any]) -> KeySet:
    given = document.get("keys")
    if not isinstance(given, list) or len(given) > MOST_KEYS:
        raise ProviderUnavailable(f"the provider's keys are no list of at most {MOST_KEYS}")
    signing = [key for key in given if isinstance(key, dict) and _may_sign(key)]
    try:
        return KeySet.import_key_set({"keys": signing})
    except MALFORMED as error:
        raise ProviderUnavailable("the provider's keys cannot be read") from error


def _may_sign(key: Mapping[str, Any]) -> bool:
    kind, named = key.get("kty"), key.get("kid")
    known = isinstance(kind, str) and kind in _SIGNING_KINDS
    return known and isinstance(named, str | None) and key.get("use", "sig") == "sig"
