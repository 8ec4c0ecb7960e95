"""One-time passwords against RFC 6238, and against everything that merely looks like a code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import totp

RFC_SECRET = b"12345678901234567890"
# RFC 6238 appendix B, SHA-1, the last six of the eight digits.
RFC_VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]

secrets = st.binary(min_size=20, max_size=20)
times = st.integers(0, 4_000_000_000_000)


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_the_vectors_of_rfc_6238_pass(seconds: int, code: str) -> None:
    assert totp.code_at(RFC_SECRET, totp.step_at(seconds * 1000)) == code
    assert totp.matched_step(RFC_SECRET, code, seconds * 1000) == seconds // 30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "28708",
        "2870822",
        " 287082",
        "287082\n",
        "28708２",
        "２８７０８２",
        "²⁸⁷⁰⁸²",
        "𝟐𝟖𝟕𝟎𝟖𝟐",
        "٢٨٧٠٨٢",
        "+28708",
        "-28708",
        "28 082",
        "0x2870",
    ],
)
def test_only_six_ascii_digits_are_a_code(text: str) -> None:
    assert not totp.is_code(text)
    assert totp.matched_step(RFC_SECRET, text, 59_000) is None


@given(secrets, times, st.integers(-1, 1), st.integers(0, 1))
def test_a_code_passes_in_its_window_and_nowhere_else(
    secret: bytes, now_ms: int, offset: int, window: int
) -> None:
    centre = totp.step_at(now_ms) + offset
    accepted = range(max(0, centre - window), centre + 1)
    for step in range(max(0, centre - 3), centre + 4):
        matched = totp.matched_step(secret, totp.code_at(secret, step), now_ms, offset=offset, window=window)
        if step in accepted:
            assert matched is not None
            assert totp.code_at(secret, matched) == totp.code_at(secret, step)
        elif matched is not None:  # two steps may have the same code by chance
            assert totp.code_at(secret, matched) == totp.code_at(secret, step)
            assert matched in accepted


@given(st.integers(0, 4_000_000_000), st.integers(0, 999))
def test_milliseconds_do_not_move_a_step(seconds: int, milliseconds: int) -> None:
    assert totp.step_at(seconds * 1000 + milliseconds) == seconds // 30


@given(times, st.text(alphabet="0123456789", min_size=6, max_size=6))
def test_a_matched_step_really_has_this_code(now_ms: int, code: str) -> None:
    matched = totp.matched_step(RFC_SECRET, code, now_ms)
    if matched is not None:
        assert totp.code_at(RFC_SECRET, matched) == code


def test_codes_of_the_first_minute_have_no_step_before_them() -> None:
    assert totp.matched_step(RFC_SECRET, totp.code_at(RFC_SECRET, 0), 0, offset=-1) is None
    assert totp.matched_step(RFC_SECRET, totp.code_at(RFC_SECRET, 0), 0) == 0


def test_a_wider_window_or_offset_is_a_mistake_of_the_caller() -> None:
    for offset, window in ((0, 2), (0, -1), (11, 1), (-11, 1)):
        with pytest.raises(ValueError, match="window"):
            totp.matched_step(RFC_SECRET, "287082", 59_000, offset=offset, window=window)
    with pytest.raises(ValueError, match="1970"):
        totp.step_at(-1)


def test_a_secret_is_given_to_apps_in_base_32() -> None:
    assert totp.in_base32(RFC_SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
