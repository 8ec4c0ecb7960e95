"""The provider's statement who somebody is (OpenID Connect Core 1.0, section 3.1.3.7). Pure, but for the arithmetic."""

import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

LONGEST_TOKEN: Final = 16 * 1024
LONGEST_SUBJECT: Final = 255  # OpenID Connect Core 1.0, section 2
LEEWAY_S: Final = 60
LONGEST_LIFE_S: Final = 24 * 3600
MOST_METHODS: Final = 32
LATEST_MOMENT_S: Final = 2**53
# What libraries raise over a value of another kind than they expect: a claim can be any JSON.
MALFORMED: Final = (
    JoseError,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class TokenRefused(Exception):
    """`reason` is for the log: a word, nothing of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"an ID token was refused: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Statement:
    """`methods` and `context` are the claims `amr` and `acr`: how the provider made sure."""

    subject: str
    methods: tuple[str, ...]
    context: str


@dataclass(frozen=True, slots=True)
class Expected:
    """`since_s`: the person proves themselves at the provider no earlier than this; None where any time will do."""

    issuer: str
    client: str
    nonce: str
    algorithms: Sequence[str]
    since_s: int | None = None


def key_named(token: str) -> str | None:
    """The header's key id, not trusted yet; None if it has none. Raises TokenRefused."""
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise TokenRefused("form")
    try:
        named = jws.extract_compact(token.encode("ascii")).headers().get("kid")
    except MALFORMED as error:
        raise TokenRefused("form") from error
    if named is not None and not isinstance(named, str):
        raise TokenRefused("form")
    return named


def judged(token: str, keys: KeySet, expected: Expected, now_s: int) -> Statement:
    """Raises TokenRefused."""
    if key_named(token) is None and len(keys.keys) > 1:
        raise TokenRefused("key")  # no key is tried because it might fit
    try:
        decoded = jwt.decode(token, keys, algorithms=list(expected.algorithms))
    except MALFORMED as error:
        raise TokenRefused("signature") from error
    claims = decoded.claims
    # joserfc's decode checks the signature alone: everything else is judged here.
    registry = JWTClaimsRegistry(
        now=now_s,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(claims)
    except MALFORMED as error:
        raise TokenRefused(_claim_of(error)) from error
    _judge_rest(claims, expected, now_s)
    return Statement(claims["sub"], _methods(claims.get("amr")), _text(claims.get("acr")))


def _judge_rest(claims: dict[str, Any], expected: Expected, now_s: int) -> None:
    for name in ("exp", "iat", "nbf", "auth_time"):
        if not _is_moment(claims.get(name, 0)):
            raise TokenRefused(name)
    nonce = claims["nonce"]
    if not (isinstance(nonce, str) and nonce.isascii()) or not hmac.compare_digest(nonce, expected.nonce):
        raise TokenRefused("nonce")
    others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if others else expected.client) != expected.client:
        raise TokenRefused("azp")
    if now_s - claims["iat"] > LONGEST_LIFE_S:
        raise TokenRefused("iat")
    if expected.since_s is not None:
        # Essential where `max_age` was asked for (section 2); a provider that ignores the question says an old time.
        proved_at = claims.get("auth_time", -math.inf)
        if not expected.since_s - LEEWAY_S <= proved_at <= now_s + LEEWAY_S:
            raise TokenRefused("auth_time")
    if not is_subject(claims["sub"]):
        raise TokenRefused("sub")


def is_subject(found: object) -> TypeGuard[str]:
    """Of 1 to 255 visible ASCII characters (section 2)."""
    return (
        isinstance(found, str)
        and 0 < len(found) <= LONGEST_SUBJECT
        and found.isascii()
        and found.isprintable()
    )


def _is_moment(found: object) -> bool:
    """NumericDate of RFC 7519: a number, of those that can be compared and subtracted."""
    return isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < LATEST_MOMENT_S


def _claim_of(error: Exception) -> str:
    claim = getattr(error, "claim", None)
    return (
        claim
        if isinstance(claim, str) and claim in {"iss", "aud", "sub", "exp", "iat", "nbf", "nonce"}
        else "claims"
    )


def _methods(found: object) -> tuple[str, ...]:
    listed = found if isinstance(found, list) else []
    return tuple(word for word in listed[:MOST_METHODS] if isinstance(word, str))


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""
