"""Which passwords staff may choose."""

import time

import pytest

from verification.password_rule import LONGEST, Weakness, weakness
from verification.passwords import LONGEST_PASSWORD

GOOD = "maple harbour lantern 42"


def judged(
    password: str, *, username: str = "h.mori", organisation: str = "Hinode Exchange"
) -> Weakness | None:
    return weakness(password, username=username, organisation=organisation)


@pytest.mark.parametrize(
    "password",
    [GOOD, "xK9$mTq2#vLp", "夜明け前の駅で青い傘を三本拾った", "trout gravel Sunday mirror", "q" + GOOD * 4],
)
def test_a_long_password_of_any_signs_is_accepted(password: str) -> None:
    assert judged(password) is None


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", Weakness.TOO_SHORT),
        ("xK9$mTq2#vL", Weakness.TOO_SHORT),
        ("ｘＫ９＄ｍＴｑ２＃ｖＬ", Weakness.TOO_SHORT),
        ("x" * 12, Weakness.GUESSABLE),
        ("password1234", Weakness.GUESSABLE),
        ("P@ssw0rd12345", Weakness.GUESSABLE),
        ("qwertyuiop[]", Weakness.GUESSABLE),
        ("123456789012345", Weakness.GUESSABLE),
        ("a" * 72 + "xK9$mTq2#vLp", Weakness.GUESSABLE),
        (f"H.Mori {GOOD}", Weakness.NAMED),
        (f"{GOOD} hMoRi", Weakness.NAMED),
        (f"hinode {GOOD}", Weakness.NAMED),
        (f"{GOOD} ＥＸＣＨＡＮＧＥ", Weakness.NAMED),
        ("k" * (LONGEST + 1), Weakness.TOO_LONG),
        ("k" * 1_000_000, Weakness.TOO_LONG),
    ],
)
def test_what_is_wrong_with_a_password_is_told(password: str, expected: Weakness) -> None:
    assert judged(password) is expected


def test_a_name_of_a_letter_or_two_forbids_nothing() -> None:
    assert judged(GOOD, username="ma", organisation="H B") is None


def test_every_accepted_password_can_be_hashed_and_typed_at_sign_in() -> None:
    assert LONGEST <= LONGEST_PASSWORD


def test_the_longest_password_is_judged_quickly() -> None:
    hard = ("aA1!" * LONGEST)[:LONGEST]
    started = time.process_time()
    judged(hard)
    assert time.process_time() - started < 1
