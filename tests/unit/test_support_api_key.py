"""The form of an API key, and what makes one open nothing."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.api_key import NO_KEY, ApiKey, Scope, is_name, opens, presented, token_of

NOW = 1_800_000_000_000
TOKEN = token_of(b"\x01" * 8, b"\x02" * 32)


def made(token: str = TOKEN) -> ApiKey:
    shown = presented(token)
    assert shown is not None
    return ApiKey(shown.id, "crm", shown.secret_hash, frozenset({Scope.CASES_WRITE}), NOW, NOW + 1_000)


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=32, max_size=32))
def test_every_key_is_read_back_and_only_its_hash_is_kept(identity: bytes, secret: bytes) -> None:
    token = token_of(identity, secret)
    shown = presented(token)
    assert shown is not None
    assert shown.id == identity.hex()
    assert shown.secret_hash == hashlib.sha256(token.partition("_")[2].partition("_")[2].encode()).hexdigest()
    assert token not in repr(shown) + repr(made(token))
    assert opens(made(token), shown, NOW)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "tk_",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN.upper(),
        " " + TOKEN,
        TOKEN + "\n",
        TOKEN.replace("tk_", "tk-"),
        "é" * 63,
    ],
)
def test_what_has_another_form_is_no_key(token: str) -> None:
    assert presented(token) is None


def test_a_key_opens_while_it_lives_and_nothing_else_does() -> None:
    key, shown = made(), presented(TOKEN)
    assert shown is not None
    assert opens(key, shown, NOW + 999)
    assert not opens(key, shown, NOW + 1_000)
    assert not opens(replace(key, revoked_at_ms=NOW), shown, NOW)
    assert not opens(replace(key, secret_hash=hashlib.sha256(b"other").hexdigest()), shown, NOW)
    assert not opens(None, shown, NOW)
    assert not opens(key, NO_KEY, NOW)
    assert not opens(None, NO_KEY, NOW)


@pytest.mark.parametrize(
    ("text", "good"),
    [("crm", True), ("Ticket system 2", True), ("", False), ("a" * 65, False), ("a\n", False), (" a", False)],
)
def test_a_keys_name_is_plain(text: str, good: bool) -> None:
    assert is_name(text) is good
