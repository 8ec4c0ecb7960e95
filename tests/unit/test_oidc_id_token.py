"""An ID token is believed as it was signed, or not at all."""

import base64
import random
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from server.oidc.id_token import LONGEST_TOKEN, Expected, TokenRefused, judged
from server.oidc.settings import OidcSettings, oidc_broken

NOW_S = 1_780_000_000
KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
OTHER = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
KEYS = KeySet.import_key_set(KeySet([KEY, OTHER]).as_dict(private=False))
EXPECTED = Expected("https://sso.example.com", "desk", "n" * 43, ["ES256"])
CLAIMS = {
    "iss": EXPECTED.issuer,
    "aud": "desk",
    "sub": "248289761001",
    "nonce": EXPECTED.nonce,
    "iat": NOW_S,
    "exp": NOW_S + 300,
    "amr": ["pwd", "mfa", 7],
    "acr": "phr",
}
GOOD: dict[str, Any] = {"issuer": "https://sso.example.com", "client": "desk", "access": "/etc/secret"}


def signed(claims: dict[str, Any], **header: str) -> str:
    return jwt.encode({"alg": "ES256", "kid": "one", **header}, claims, KEY)


def decoded(token: str) -> list[bytes] | None:
    try:
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
    except ValueError:
        return None


def test_what_was_signed_is_told() -> None:
    told = judged(signed(CLAIMS), KEYS, EXPECTED, NOW_S)
    assert (told.subject, told.methods, told.context) == ("248289761001", ("pwd", "mfa"), "phr")


def test_a_changed_token_is_refused_wherever_it_was_changed() -> None:
    token, chance = signed(CLAIMS), random.Random(7)  # noqa: S311  # the same ones each time
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=\n "
    for _ in range(2_000):
        at = chance.randrange(len(token))
        kind = chance.randrange(3)
        middle = "" if kind == 0 else chance.choice(letters) + (token[at] if kind == 1 else "")
        mutant = token[:at] + middle + token[at + 1 :]
        if decoded(mutant) == decoded(token):
            continue  # the same octets, written differently: the signature says what it said
        with pytest.raises(TokenRefused):
            judged(mutant, KEYS, EXPECTED, NOW_S)


def test_a_key_is_named_and_never_guessed() -> None:
    for token in (
        signed(CLAIMS, kid="two"),
        signed(CLAIMS, kid="three"),
        jwt.encode({"alg": "ES256"}, CLAIMS, KEY),
    ):
        with pytest.raises(TokenRefused):
            judged(token, KEYS, EXPECTED, NOW_S)


def test_times_are_judged_with_a_minutes_leeway_and_no_more() -> None:
    for claims, reason in (
        ({"exp": NOW_S - 60}, "exp"),
        ({"iat": NOW_S + 61}, "iat"),
        ({"iat": NOW_S - 25 * 3600}, "iat"),
        ({"nbf": NOW_S + 61}, "nbf"),
        ({"exp": "soon"}, "exp"),
        ({"iat": True, "exp": NOW_S + 1}, "iat"),
    ):
        with pytest.raises(TokenRefused) as refused:
            judged(signed({**CLAIMS, **claims}), KEYS, EXPECTED, NOW_S)
        assert refused.value.reason == reason
    assert judged(signed({**CLAIMS, "exp": NOW_S - 59}), KEYS, EXPECTED, NOW_S).subject == CLAIMS["sub"]


def test_what_is_no_text_or_too_long_is_no_token() -> None:
    for token in ("", "a", "a.b", "a.b.c.d.e", "é.é.é", "A" * (LONGEST_TOKEN + 1)):
        with pytest.raises(TokenRefused):
            judged(token, KEYS, EXPECTED, NOW_S)
    for subject in ("", "a" * 256, "a\nb", 7, None):
        with pytest.raises(TokenRefused):
            judged(signed({**CLAIMS, "sub": subject}), KEYS, EXPECTED, NOW_S)


ANY_JSON: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    7.5,
    10**400,
    float("nan"),
    float("inf"),
    "",
    "x",
    [],
    ["x"],
    [[]],
    {},
    {"a": []},
)


def test_a_claim_of_any_kind_is_judged_and_never_an_error() -> None:
    for name in (*CLAIMS, "nbf", "azp", "auth_time", "at_hash"):
        for value in ANY_JSON:
            try:
                told = judged(signed({**CLAIMS, name: value}), KEYS, EXPECTED, NOW_S)
            except TokenRefused:
                continue
            assert isinstance(told.subject, str)
            assert value == "x" or name in {"amr", "acr", "nbf", "azp", "auth_time", "at_hash", "iat"}, (
                name,
                value,
            )
    lone = '{"iss":"\\ud800","aud":"desk","sub":"\\ud800","nonce":"\\ud800","iat":0,"exp":0}'
    for text in (lone, "[" * 8_000, '{"a":' * 4_000, "7", "null", '"x"'):
        payload = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
        for token in (f"{payload}.{payload}.AA", f"{signed(CLAIMS).partition('.')[0]}.{payload}.AA"):
            with pytest.raises(TokenRefused):
                judged(token, KEYS, EXPECTED, NOW_S)


def test_a_proof_asked_for_is_as_young_as_the_question() -> None:
    asked = replace(EXPECTED, since_s=NOW_S - 10)
    for good in (NOW_S - 10, NOW_S - 70, NOW_S, NOW_S + 60, NOW_S - 0.5):
        assert judged(signed({**CLAIMS, "auth_time": good}), KEYS, asked, NOW_S).subject == CLAIMS["sub"]
    for wrong in (
        NOW_S - 71,
        NOW_S + 61,
        0,
        True,
        None,
        str(NOW_S),
        float("nan"),
        float("inf"),
        [NOW_S],
        ...,
    ):
        claims = CLAIMS if wrong is ... else {**CLAIMS, "auth_time": wrong}
        with pytest.raises(TokenRefused) as refused:
            judged(signed(claims), KEYS, asked, NOW_S)
        assert refused.value.reason == "auth_time"


def test_settings_of_a_provider_are_whole_or_refused() -> None:
    assert list(oidc_broken(OidcSettings())) == []
    assert list(oidc_broken(OidcSettings(**GOOD))) == []
    assert list(oidc_broken(OidcSettings(**{**GOOD, "issuer": "http://localhost:8080/realm"}))) == []
    wrongs: tuple[dict[str, Any], ...] = (
        {"issuer": ""},
        {"issuer": "http://sso.example.com"},
        {"issuer": "https://sso.example.com/?a=b"},
        {"issuer": "https://user@sso.example.com"},
        {"issuer": "https://[sso"},
        {"client": ""},
        {"client": "two words"},
        {"access": ""},
        {"label": "x" * 41},
        {"algorithms": []},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"second_factor_amr": ["a b"]},
        {"second_factor_acr": ["x"] * 17},
    )
    for wrong in wrongs:
        assert list(oidc_broken(OidcSettings(**{**GOOD, **wrong}))), wrong
