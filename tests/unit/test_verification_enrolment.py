"""An enrolment's rules without a database: tokens, what a link is good for, and what the first code tells."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import totp
from verification.authenticator import Authenticator
from verification.enrolment import (
    CLAIM_SETTLED_WITHIN_MS,
    HOLDER_BYTES,
    LIFE_MS,
    TOKEN_BYTES,
    Enrolment,
    Stage,
    Standing,
    Subject,
    SubjectKind,
    holder_from,
    holder_hash,
    is_holder,
    is_token,
    token_from,
    token_hash,
)

NOW = 1_800_000_000_000
SECRET = bytes(range(20))
STEP = totp.step_at(NOW)
LINK = Enrolment(
    id="enr_x",
    subject=Subject(SubjectKind.STAFF, "sta_x"),
    token_hash="aa" * 32,
    issued_at_ms=NOW,
    expires_at_ms=NOW + LIFE_MS,
)
PENDING = Authenticator("aut_x", "sta_x", 1, b"sealed")


@given(st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES))
def test_every_token_is_one_and_has_22_characters_that_need_no_escaping(random: bytes) -> None:
    token = token_from(random)
    assert is_token(token)
    assert len(token) == 22
    assert not is_holder(token)


@given(st.text(max_size=60))
def test_text_is_a_token_only_if_it_is_the_token_of_some_bytes(text: str) -> None:
    assert not is_token(text) or (text.isascii() and len(text) == 22)


@pytest.mark.parametrize(
    "text", ["", "A" * 21, "A" * 21 + "B", "A" * 21 + "=", "A" * 23, "Ａ" * 22, "A" * 21 + "\n"]
)
def test_what_is_no_canonical_token_is_none(text: str) -> None:
    assert not is_token(text)


def test_a_tokens_hash_is_never_a_holders() -> None:
    holder = holder_from(secrets.token_bytes(HOLDER_BYTES))
    assert is_holder(holder)
    assert token_hash(holder) != holder_hash(holder)


def test_secrets_are_not_in_what_is_printed() -> None:
    shown = repr(replace(LINK, holder_hash="bb" * 32, password_hash="$argon2id$x", pending=PENDING))
    assert all(secret not in shown for secret in ("aa" * 32, "bb" * 32, "$argon2id$x", "sealed"))


def test_a_link_is_open_then_held_then_used_or_over() -> None:
    claimed = replace(LINK, claimed_at_ms=NOW, holder_hash="bb" * 32)
    settled = replace(claimed, claim_index=5)
    end = LINK.expires_at_ms
    assert LINK.standing(end - 1) is Standing.OPEN
    assert LINK.standing(end) is Standing.EXPIRED
    assert claimed.standing(NOW + CLAIM_SETTLED_WITHIN_MS - 1) is Standing.HELD
    assert claimed.standing(NOW + CLAIM_SETTLED_WITHIN_MS) is Standing.OPEN
    assert settled.standing(end - 1) is Standing.HELD
    assert settled.standing(end) is Standing.EXPIRED
    assert replace(settled, withdrawn_at_ms=NOW).standing(NOW) is Standing.WITHDRAWN
    assert replace(settled, finished_at_ms=NOW).standing(end) is Standing.USED


def test_staff_choose_a_password_first_and_customers_have_none() -> None:
    customers = replace(LINK, subject=Subject(SubjectKind.CUSTOMER, "cus_x"))
    with_password = replace(LINK, password_hash="$argon2id$x")
    assert LINK.stage() is Stage.PASSWORD
    assert replace(LINK, pending=PENDING).stage() is Stage.PASSWORD
    assert with_password.stage() is customers.stage() is Stage.AUTHENTICATOR
    assert replace(with_password, pending=PENDING).stage() is Stage.CODE
    assert replace(customers, pending=PENDING).stage() is Stage.CODE
    assert replace(customers, finished_at_ms=NOW).stage() is Stage.DONE


@pytest.mark.parametrize(("moved", "offset"), [(-1, 0), (0, 0), (1, 1)])
def test_a_first_code_within_one_step_confirms_and_a_clock_ahead_is_remembered(
    moved: int, offset: int
) -> None:
    confirmed = totp.confirmed(SECRET, totp.code_at(SECRET, STEP + moved), NOW)
    assert confirmed == totp.Confirmed(STEP + moved, offset)
    # From then on the device's codes pass at once, and those of a person who types slowly too.
    for later in (STEP + 7, STEP + 8):
        code = totp.code_at(SECRET, STEP + 7 + max(moved, 0))
        assert totp.matched_step(SECRET, code, later * totp.STEP_MS, offset=offset) is not None


@pytest.mark.parametrize("moved", [-2, 2, 50])
def test_a_first_code_of_any_other_step_confirms_nothing(moved: int) -> None:
    assert totp.confirmed(SECRET, totp.code_at(SECRET, STEP + moved), NOW) is None


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12 456", "１２３４５６", "abcdef"])
def test_what_is_no_code_confirms_nothing(text: str) -> None:
    assert totp.confirmed(SECRET, text, NOW) is None


def test_the_key_address_is_what_apps_take_whatever_the_names_hold() -> None:
    uri = totp.key_uri(SECRET, issuer="Hinode: Exchange & Co", account="a:b c")
    assert uri == (
        "otpauth://totp/Hinode%20Exchange%20%26%20Co:a%20b%20c"
        f"?secret={totp.in_base32(SECRET)}&issuer=Hinode%20Exchange%20%26%20Co"
    )
