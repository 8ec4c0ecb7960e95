"""Masks show enough to tell two apart and not enough to use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.masking import DOTS, FieldKind, masked


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (FieldKind.NAME, "Yuki Tanabe", "Y••• T•••"),
        (FieldKind.NAME, "田辺 由紀", "田••• 由•••"),
        (FieldKind.NAME, "X", DOTS),
        (FieldKind.NAME, "", DOTS),
        (FieldKind.EMAIL, "yuki.tanabe@mail.example.jp", "y•••@•••.jp"),
        (FieldKind.EMAIL, "y@example.jp", "•••@•••.jp"),
        (FieldKind.EMAIL, "not an address", DOTS),
        (FieldKind.EMAIL, "a@b", DOTS),
        (FieldKind.EMAIL, "@.", DOTS),
        (FieldKind.PHONE, "+81 90 1234 5678", "•••78"),
        (FieldKind.PHONE, "110", DOTS),
        (FieldKind.ACCOUNT, "JP-0042-7719", "•••19"),
        (FieldKind.TEXT, "120,000 JPY to Sakura Bank", DOTS),
    ],
)
def test_a_value_is_masked_as_its_kind_asks(kind: FieldKind, value: str, shown: str) -> None:
    assert masked(kind, value) == shown


@given(st.sampled_from(FieldKind), st.text(max_size=60))
def test_no_mask_shows_a_value_of_any_length(kind: FieldKind, value: str) -> None:
    shown = masked(kind, value)
    assert DOTS in shown
    assert value == shown or len(value.strip()) == 0 or value.strip() not in shown.split(DOTS)


@given(st.sampled_from([FieldKind.PHONE, FieldKind.ACCOUNT, FieldKind.TEXT]), st.text(max_size=60))
def test_numbers_and_texts_keep_two_characters_at_most(kind: FieldKind, value: str) -> None:
    assert len(masked(kind, value)) <= len(DOTS) + 2


@given(
    st.text(alphabet="0123456789", min_size=6, max_size=20),
    st.text(alphabet="0123456789", min_size=6, max_size=20),
)
def test_the_mask_tells_nothing_of_the_length(one: str, other: str) -> None:
    assert len(masked(FieldKind.PHONE, one)) == len(masked(FieldKind.PHONE, other))
