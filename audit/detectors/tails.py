"""How unlikely a count is, exactly, in log space.

A tail is told in nats: -ln P(X >= k). 9 nats are one chance in about 8,100, 16 in about 8.9 million. Sums of tiny terms
are formed in log space from exact terms, since a tail that loses its digits far out misses just the worst cases.
"""

import math
from typing import Final

MOST_TRIALS: Final = 100_000
NEGLIGIBLE_NATS: Final = 60.0  # under the last digit of a sum, however many follow


def beta_binomial_nats(successes: int, trials: int, alpha: float, beta: float) -> float:
    """-ln P(X >= successes) for X ~ BetaBinomial(trials, alpha, beta); 0.0 for no success, never negative or NaN.

    Linear in `trials`, which may be 0 to 100,000. Raises ValueError for counts or parameters outside their range: a
    caller that cannot judge must not go on as if nothing were suspicious.
    """
    if not (0 <= successes <= trials <= MOST_TRIALS):
        raise ValueError("0 <= successes <= trials <= 100,000")
    if not (0.0 < alpha < math.inf and 0.0 < beta < math.inf):
        raise ValueError("alpha and beta are finite and above 0")
    if successes == 0:
        return 0.0
    term = _log_probability(successes, trials, alpha, beta)
    largest, terms = term, [term]
    for k in range(successes, trials):
        term += math.log((trials - k) / (k + 1)) + math.log((k + alpha) / (trials - k - 1 + beta))
        terms.append(term)
        largest = max(largest, term)
        if term < largest - NEGLIGIBLE_NATS:
            break  # from here on they only fall, faster than a geometric row
    total = largest + math.log(math.fsum(math.exp(one - largest) for one in terms))
    return max(0.0, -total)


def negative_binomial_nats(count: int, mean: float, dispersion: float) -> float:
    """-ln P(X >= count) for X negative binomial of that mean and the variance mean + mean^2 / dispersion; 0.0 for no
    count, never negative or NaN.

    `count` is 0 to 100,000. The terms from `count` on fall faster than a geometric row where `count` is above the mean,
    and that is where a tail is asked for; below it the sum ends at 100,000 terms. Raises ValueError for counts or
    parameters outside their range.
    """
    if not 0 <= count <= MOST_TRIALS:
        raise ValueError("0 <= count <= 100,000")
    if not (0.0 < mean < math.inf and 0.0 < dispersion < math.inf):
        raise ValueError("mean and dispersion are finite and above 0")
    if count == 0:
        return 0.0
    each = math.log(mean / (mean + dispersion))
    term = (
        math.lgamma(count + dispersion)
        - math.lgamma(dispersion)
        - math.lgamma(count + 1)
        + dispersion * math.log(dispersion / (mean + dispersion))
        + count * each
    )
    largest, terms = term, [term]
    for k in range(count, count + MOST_TRIALS):
        term += math.log((k + dispersion) / (k + 1)) + each
        terms.append(term)
        largest = max(largest, term)
        if term < largest - NEGLIGIBLE_NATS:
            break
    total = largest + math.log(math.fsum(math.exp(one - largest) for one in terms))
    return max(0.0, -total)


def _log_probability(k: int, n: int, alpha: float, beta: float) -> float:
    choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return choose + _log_beta(k + alpha, n - k + beta) - _log_beta(alpha, beta)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
