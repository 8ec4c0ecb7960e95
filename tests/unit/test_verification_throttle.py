"""Both counters keep their promise whatever the times are."""

from hypothesis import given
from hypothesis import strategies as st

from verification.throttle import FailureLimit, Failures, Rate, failed, may_try, pass_through, taken_back

gaps = st.lists(st.integers(0, 4_000), min_size=1, max_size=80)
rates = st.builds(Rate, count=st.integers(1, 12), period_ms=st.integers(1, 5_000))


@given(rates, gaps)
def test_a_rate_lets_no_more_pass_than_a_burst_and_what_time_gives_back(rate: Rate, gaps: list[int]) -> None:
    now, state, passed = 1_000_000, None, []
    for gap in gaps:
        now += gap
        passage = pass_through(rate, state, now)
        state = passage.state
        if passage.allowed:
            passed.append(now)
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            given_back = (passed[last] - start) * rate.count / rate.period_ms
            assert last - first + 1 <= rate.count + given_back + 1e-6


@given(rates, gaps)
def test_whoever_waits_as_told_passes_and_not_a_millisecond_earlier(rate: Rate, gaps: list[int]) -> None:
    now, state = 1_000_000, None
    for gap in gaps:
        now += gap
        passage = pass_through(rate, state, now)
        state = passage.state
        if not passage.allowed:
            assert passage.retry_after_ms > 0
            assert pass_through(rate, state, now + passage.retry_after_ms).allowed
            assert not pass_through(rate, state, now + passage.retry_after_ms - 1).allowed


@given(rates)
def test_a_full_burst_passes_at_once_and_no_more(rate: Rate) -> None:
    state = None
    for _ in range(rate.count):
        passage = pass_through(rate, state, 5)
        assert passage.allowed
        state = passage.state
    assert not pass_through(rate, state, 5).allowed


@given(st.integers(1, 10), st.integers(1, 5_000), gaps)
def test_no_window_holds_more_failures_than_the_limit(count: int, window_ms: int, gaps: list[int]) -> None:
    limit, failures, now, times = FailureLimit(count, window_ms, in_a_row=10_000), Failures(), 0, []
    for gap in gaps:
        now += gap
        if may_try(limit, failures, now):
            failures = failed(limit, failures, now)
            times.append(now)
        assert len(failures.times) <= count
    for end in times:
        assert sum(1 for time in times if end - window_ms < time <= end) <= count


def test_a_clock_that_goes_back_forgives_nothing() -> None:
    limit, failures = FailureLimit(2, 1_000, in_a_row=100), Failures()
    failures = failed(limit, failed(limit, failures, 10_000), 10_000)
    assert not may_try(limit, failures, 10_000)
    assert not may_try(limit, failures, 2_000)
    assert may_try(limit, failures, 11_000)


def test_failures_in_a_row_close_for_good_and_a_success_breaks_the_row() -> None:
    limit, failures = FailureLimit(10, 1, in_a_row=3), Failures()
    for now in (0, 10, 20):
        assert may_try(limit, failures, now)
        failures = failed(limit, failures, now)
    assert not may_try(limit, failures, 10_000_000)
    assert may_try(limit, taken_back(failures), 10_000_000)


def test_a_success_gives_a_stranger_no_fresh_guesses() -> None:
    limit, failures = FailureLimit(3, 1_000, in_a_row=100), Failures()
    failures = failed(limit, failed(limit, failures, 1), 2)
    assert may_try(limit, failures, 3)
    assert taken_back(failed(limit, failures, 3)).times == failures.times
