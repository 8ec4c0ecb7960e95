"""Recovery codes have one form, their slot in front, and 75 bits of chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification import recovery_code

chance = st.binary(min_size=10, max_size=10)


@given(st.integers(0, 9), chance)
def test_a_code_is_in_its_own_form_and_says_its_slot(slot: int, random: bytes) -> None:
    code = recovery_code.code_from(slot, random)
    assert recovery_code.is_recovery_code(code)
    assert recovery_code.slot_of(code) == slot
    assert recovery_code.shown(code).replace("-", "") == code
    assert [len(group) for group in recovery_code.shown(code).split("-")] == [4, 4, 4, 4]


@given(chance, chance)
def test_every_one_of_75_bits_counts(one: bytes, other: bytes) -> None:
    same = int.from_bytes(one, "big") >> 5 == int.from_bytes(other, "big") >> 5
    assert (recovery_code.code_from(0, one) == recovery_code.code_from(0, other)) == same


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123456",
        "4K7Q-X2M9-DRT4-WC8P",
        "4k7qx2m9drt4wc8p",
        "AK7QX2M9DRT4WC8P",
        "4K7QX2M9DRT4WC8U",
        "4K7QX2M9DRT4WC8O",
        "４K7QX2M9DRT4WC8P",
        "4K7QX2M9DRT4WC8P\n",
        "4K7QX2M9DRT4WC8P0",
    ],
)
def test_nothing_else_is_a_recovery_code(text: str) -> None:
    assert not recovery_code.is_recovery_code(text)


def test_a_slot_that_is_none_and_chance_that_is_too_short_are_mistakes_of_the_caller() -> None:
    for slot, random in ((10, bytes(10)), (-1, bytes(10)), (0, bytes(9))):
        with pytest.raises(ValueError, match="slot"):
            recovery_code.code_from(slot, random)
