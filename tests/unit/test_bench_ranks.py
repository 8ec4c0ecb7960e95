"""The bench's own test of significance, against values worked out by hand and against chance."""

import random

import pytest

from tests.bench.ranks import compared


def test_the_area_is_the_share_of_pairs_in_which_the_first_is_larger() -> None:
    assert compared([3.0, 4.0], [1.0, 2.0]).area == 1.0
    assert compared([1.0, 2.0], [3.0, 4.0]).area == 0.0
    assert compared([1.0, 3.0], [2.0, 2.0]).area == 0.5
    assert compared([1.0, 2.0], [2.0, 3.0]).area == 0.125
    assert compared([5.0] * 9, [5.0] * 9).p == 1.0


def test_a_textbook_example_has_its_p() -> None:
    """Ranks 1 to 20 in turn: U = 45 of 100, z = 0.378, p = 0.705."""
    odd, even = [float(n) for n in range(1, 20, 2)], [float(n) for n in range(2, 21, 2)]
    verdict = compared(odd, even)
    assert verdict.area == 0.45
    assert verdict.p == pytest.approx(0.7055, abs=0.0005)


def test_a_small_shift_is_found_and_none_is_not() -> None:
    chance = random.Random(4)  # noqa: S311 - a repeatable test
    same = [[chance.gauss(0, 1) for _ in range(2_000)] for _ in range(2)]
    assert compared(*same).p > 0.001
    assert compared([value + 0.2 for value in same[0]], same[1]).p < 0.001
