"""How often something may happen. Pure: state and time in, state and answer out; the state is kept by others.

Two counters for two questions. `Rate` (GCRA) spreads whatever comes, cheap enough for every request: one integer.
`FailureLimit` bounds wrong guesses exactly: at most so many in any window, and so many in a row for good.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` in `period_ms` on average, all of them at once if need be. Both > 0."""

    count: int
    period_ms: int


@dataclass(frozen=True, slots=True)
class Passage:
    """`retry_after_ms` is 0 where allowed. `state` is to be kept; it is unchanged where not allowed."""

    allowed: bool
    retry_after_ms: int
    state: int


def pass_through(rate: Rate, state: int | None, now_ms: int) -> Passage:
    """Generic cell rate algorithm (ITU-T I.371): `state` is the theoretical arrival time, None before the first.

    Kept in milliseconds times `count`, so that no division rounds the rate away.
    """
    scaled_now = now_ms * rate.count
    arrival = max(scaled_now, state if state is not None else 0)
    beyond = arrival + rate.period_ms - (scaled_now + rate.period_ms * rate.count)
    if beyond > 0:
        return Passage(allowed=False, retry_after_ms=-(-beyond // rate.count), state=arrival)
    return Passage(allowed=True, retry_after_ms=0, state=arrival + rate.period_ms)


@dataclass(frozen=True, slots=True)
class FailureLimit:
    """At most `count` failures in any `window_ms`; `in_a_row` without a success between close the account for good."""

    count: int
    window_ms: int
    in_a_row: int


@dataclass(frozen=True, slots=True)
class Failures:
    """`times` are those of the last failures, oldest first, UTC milliseconds, never more than a limit's count."""

    times: tuple[int, ...] = ()
    in_a_row: int = 0


def may_try(limit: FailureLimit, failures: Failures, now_ms: int) -> bool:
    """Whether one more attempt is allowed. A clock that went back does not forgive: later times count as now."""
    recent = sum(1 for time in failures.times if now_ms - time < limit.window_ms)
    return recent < limit.count and failures.in_a_row < limit.in_a_row


def failed(limit: FailureLimit, failures: Failures, now_ms: int) -> Failures:
    """One failure more."""
    recent = tuple(time for time in failures.times if now_ms - time < limit.window_ms)
    return Failures(times=(*recent, now_ms)[-limit.count :], in_a_row=failures.in_a_row + 1)


def taken_back(failures: Failures) -> Failures:
    """The attempt that was counted before it was judged turned out right: it does not count, and the row is broken.

    Earlier failures stay in the window, so that a success of the owner gives a stranger no fresh guesses.
    """
    return replace(failures, times=failures.times[:-1], in_a_row=0)
