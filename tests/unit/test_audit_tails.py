"""Tails are exact where floating point would fail: checked against fractions, term by term."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors.tails import beta_binomial_nats, negative_binomial_nats


def exactly(successes: int, trials: int, alpha: Fraction, beta: Fraction) -> float:
    """By the ratio of neighbouring terms, in whole fractions."""
    term = Fraction(1)
    for i in range(trials):
        term *= (beta + i) / (alpha + beta + i)
    tail = Fraction(0)
    for k in range(trials + 1):
        if k >= successes:
            tail += term
        if k < trials:
            term *= Fraction(trials - k, k + 1) * (alpha + k) / (trials - k - 1 + beta)
    return math.log(tail.denominator) - math.log(tail.numerator)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 50), st.integers(1, 400))
def test_it_agrees_with_fractions(successes: int, more: int, alpha: int, beta: int) -> None:
    a, b = Fraction(alpha, 10), Fraction(beta, 10)
    found = beta_binomial_nats(successes, successes + more, float(a), float(b))
    assert found == pytest.approx(exactly(successes, successes + more, a, b), rel=1e-9, abs=1e-9)


def test_far_out_no_digit_is_lost() -> None:
    found = beta_binomial_nats(500, 500, 0.4, 19.6)
    assert found == pytest.approx(exactly(500, 500, Fraction(2, 5), Fraction(98, 5)), rel=1e-9)


@given(st.integers(1, 300), st.data())
def test_one_more_success_is_never_less_suspicious(trials: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, trials - 1))
    assert beta_binomial_nats(k + 1, trials, 0.4, 19.6) >= beta_binomial_nats(k, trials, 0.4, 19.6)


@pytest.mark.parametrize(
    ("successes", "trials", "alpha", "beta"),
    [
        (-1, 5, 1.0, 1.0),
        (6, 5, 1.0, 1.0),
        (1, 100_001, 1.0, 1.0),
        (1, 5, 0.0, 1.0),
        (1, 5, math.nan, 1.0),
        (1, 5, 1.0, math.inf),
        (0, 0, math.nan, 1.0),
    ],
)
def test_what_cannot_be_judged_is_refused(successes: int, trials: int, alpha: float, beta: float) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        beta_binomial_nats(successes, trials, alpha, beta)


def exactly_negative_binomial(count: int, mean: Fraction, dispersion: int) -> float:
    """1 - P(X < count), in whole fractions."""
    q = mean / (mean + dispersion)
    below = sum(
        (math.comb(k + dispersion - 1, k) * (1 - q) ** dispersion * q**k for k in range(count)), Fraction(0)
    )
    tail = 1 - below
    return math.log(tail.denominator) - math.log(tail.numerator)


@given(st.integers(0, 120), st.integers(1, 600), st.integers(1, 30))
def test_a_negative_binomial_tail_agrees_with_fractions(count: int, tenths: int, dispersion: int) -> None:
    found = negative_binomial_nats(count, tenths / 10, float(dispersion))
    wanted = exactly_negative_binomial(count, Fraction(tenths, 10), dispersion)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("count", "mean", "dispersion"),
    [
        (-1, 5.0, 1.0),
        (100_001, 5.0, 1.0),
        (1, 0.0, 1.0),
        (1, math.nan, 1.0),
        (1, 5.0, math.inf),
        (0, 5.0, 0.0),
    ],
)
def test_a_count_that_cannot_be_judged_is_refused(count: int, mean: float, dispersion: float) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        negative_binomial_nats(count, mean, dispersion)
