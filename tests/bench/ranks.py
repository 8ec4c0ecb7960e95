"""The Mann-Whitney test: do the times of two groups of answers differ, whatever their distribution? Pure.

Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the other", Annals of
Mathematical Statistics 18 (1947), with the correction for ties.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Verdict:
    """`area`: the chance that one of the first group took longer than one of the second, 0.5 where nobody can tell.
    `p`: two-sided, by the normal approximation, for 20 or more in each group."""

    area: float
    p: float


def compared(first: Sequence[float], second: Sequence[float]) -> Verdict:
    m, n = len(first), len(second)
    pooled = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    rank_sum = ties = 0.0
    before = 0
    for _, group in groupby(pooled, key=lambda one: one[0]):
        equal = [which for _, which in group]
        rank_sum += equal.count(0) * (before + (len(equal) + 1) / 2)
        ties += len(equal) ** 3 - len(equal)
        before += len(equal)
    area = (rank_sum - m * (m + 1) / 2) / (m * n)
    spread = math.sqrt((m + n + 1 - ties / ((m + n) * (m + n - 1))) / (12 * m * n))
    return Verdict(area, math.erfc(abs(area - 0.5) / spread / math.sqrt(2)) if spread else 1.0)
