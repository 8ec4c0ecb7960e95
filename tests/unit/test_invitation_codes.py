"""Spoken codes and link tokens: the vectors the page answers to as well, and the laws of the check character."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import invitation
from session.invitation import ALPHABET, InvitationKind

VECTORS = json.loads((Path(__file__).parent / "invitation_vectors.json").read_text(encoding="utf-8"))

random_codes = st.binary(min_size=8, max_size=8).map(invitation.code_from)


@pytest.mark.parametrize("vector", VECTORS["codes"])
def test_a_code_is_made_as_the_vectors_say(vector: dict[str, str]) -> None:
    code = invitation.code_from(bytes.fromhex(vector["random"]))
    assert (code, invitation.in_groups(code)) == (vector["code"], vector["shown"])


@pytest.mark.parametrize("vector", VECTORS["typed"])
def test_what_is_typed_folds_as_the_vectors_say(vector: dict[str, str | None]) -> None:
    typed = vector["typed"]
    assert typed is not None
    assert invitation.fold(typed) == vector["folded"]


@pytest.mark.parametrize("vector", VECTORS["tokens"])
def test_a_token_is_made_as_the_vectors_say(vector: dict[str, str]) -> None:
    assert invitation.token_from(bytes.fromhex(vector["random"])) == vector["token"]


@pytest.mark.parametrize("vector", VECTORS["hashes"])
def test_a_hash_is_made_as_the_vectors_say(vector: dict[str, str]) -> None:
    kind = InvitationKind(vector["kind"])
    made = invitation.stored_hash(bytes.fromhex(vector["key"]), kind, vector["canonical"])
    assert made == vector["hash"]


def test_the_alphabet_of_the_vectors_is_ours() -> None:
    assert VECTORS["alphabet"] == ALPHABET
    assert len(set(ALPHABET)) == 32


@given(random_codes)
def test_a_code_survives_being_shown_and_typed(code: str) -> None:
    assert invitation.fold(invitation.in_groups(code).lower()) == code


@given(random_codes, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_found(code: str, place: int, wrong: str) -> None:
    mistyped = code[:place] + wrong + code[place + 1 :]
    assert invitation.fold(mistyped) == (code if mistyped == code else None)


@given(random_codes, st.integers(0, 12), st.integers(0, 12))
def test_every_exchange_of_two_characters_is_found(code: str, one: int, other: int) -> None:
    swapped = list(code)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    mistyped = "".join(swapped)
    assert invitation.fold(mistyped) == (code if mistyped == code else None)


@given(st.text(max_size=80))
def test_whatever_is_typed_folds_to_a_canonical_code_or_nothing(typed: str) -> None:
    folded = invitation.fold(typed)
    if folded is not None:
        assert len(folded) == 13
        assert set(folded) <= set(ALPHABET)
        assert invitation.fold(folded) == folded


@given(st.binary(min_size=16, max_size=16))
def test_a_token_has_one_form(random: bytes) -> None:
    token = invitation.token_from(random)
    assert invitation.is_token(token)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(token[-1])
    alias = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last | 1]
    assert not invitation.is_token(token[:-1] + alias)


@pytest.mark.parametrize(
    "text", ["", "A" * 21, "A" * 23, "A" * 21 + "=", "+" * 22, "/" * 22, "é" * 22, " " * 22]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert not invitation.is_token(text)


def test_a_code_and_a_token_of_the_same_letters_are_stored_differently() -> None:
    key = bytes(32)
    assert invitation.stored_hash(key, InvitationKind.LINK, "A" * 13) != invitation.stored_hash(
        key, InvitationKind.SPOKEN, "A" * 13
    )


def test_a_short_key_or_too_little_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        invitation.stored_hash(b"short", InvitationKind.LINK, "A")
    with pytest.raises(ValueError, match="8 random bytes"):
        invitation.code_from(bytes(7))
    with pytest.raises(ValueError, match="16 random bytes"):
        invitation.token_from(bytes(8))
