"""How often a detector was right: an interval that is right also for few judged flags."""

import pytest

from audit.detectors.precision import Precision, wilson


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [  # Newcombe 1998, table I, method 3 (score without continuity correction)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_it_is_the_interval_of_the_published_examples(hits: int, tries: int, low: float, high: float) -> None:
    found = wilson(hits, tries)
    assert found == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(tries - hits, tries)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx(found)


def test_without_a_verdict_nothing_is_known_and_what_cannot_be_is_refused() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    for hits, tries in ((-1, 2), (3, 2), (0, -1)):
        with pytest.raises(ValueError, match="hits lie between"):
            wilson(hits, tries)


def test_more_verdicts_of_the_same_share_make_it_narrower_and_the_share_lies_within() -> None:
    widths = []
    for judged in (4, 40, 400):
        one = Precision("burst", 1_000, judged // 4, judged - judged // 4)
        low, high = one.interval
        assert low < 0.25 < high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
