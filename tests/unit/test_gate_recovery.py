"""What is asked for again, when, and for how long: the law of `session.media.recovery`."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from session.media.recovery import FIRST_WAIT_MS, LONGEST_WAIT_MS, MOST_MISSING, Recovery


def came(recovery: Recovery, number: int, now_ms: int) -> None:
    """As the relay does it."""
    if number == recovery.expected:
        recovery.expected = number + 1
    else:
        recovery.out_of_order(number, now_ms)


def test_what_is_missing_is_asked_for_after_the_wait_and_not_before() -> None:
    recovery = Recovery()
    recovery.begin(100)
    came(recovery, 104, 1_000)
    assert recovery.next_ms() == 1_000 + FIRST_WAIT_MS
    assert recovery.due(1_000 + FIRST_WAIT_MS - 1) == []
    assert recovery.due(1_000 + FIRST_WAIT_MS) == [101, 102, 103]
    assert recovery.due(1_000 + FIRST_WAIT_MS) == []


def test_a_packet_that_is_only_late_is_not_asked_for_and_the_wait_grows_beyond_its_lateness() -> None:
    recovery = Recovery()
    recovery.begin(1)
    came(recovery, 3, 0)
    came(recovery, 2, 9)
    assert recovery.next_ms() is None
    came(recovery, 5, 100)
    came(recovery, 4, 130)  # later than the wait, so it was asked for in vain
    came(recovery, 7, 200)
    assert recovery.due(230) == []
    assert recovery.due(234) == [6]


def test_real_losses_shorten_the_wait_again() -> None:
    recovery = Recovery()
    recovery.begin(0)
    came(recovery, 2, 0)
    came(recovery, 1, 60)
    long = recovery.wait_ms
    for number in range(3, 203, 2):
        came(recovery, number + 1, number * 1_000)
        assert recovery.due(number * 1_000 + LONGEST_WAIT_MS) == [number]
        recovery.repeated(number, number * 1_000 + LONGEST_WAIT_MS + 50)
    assert recovery.wait_ms < long / 4


def test_an_answer_that_is_lost_too_is_asked_for_again_and_given_up_after_a_second() -> None:
    recovery = Recovery()
    recovery.begin(0)
    came(recovery, 2, 0)
    asked = [now_ms for now_ms in range(1_500) if recovery.due(now_ms)]
    assert len(asked) > 3
    assert asked[-1] <= 1_000
    assert min(later - sooner for sooner, later in pairwise(asked)) >= 20
    assert not recovery.recovering(1)


def test_nothing_of_a_stretch_that_has_ended_is_asked_for() -> None:
    recovery = Recovery()
    recovery.begin(0)
    came(recovery, 200, 0)
    recovery.end()
    assert recovery.due(500) == []
    recovery.begin(3_000)
    came(recovery, 3_002, 600)
    assert recovery.due(700) == [3_001]


@given(st.lists(st.tuples(st.integers(0, 70_000), st.integers(0, 50), st.booleans()), max_size=200))
def test_whatever_comes_the_memory_is_bounded_and_nothing_that_came_is_asked_for(
    packets: list[tuple[int, int, bool]],
) -> None:
    recovery, now_ms, have = Recovery(), 0, {0}
    recovery.begin(0)
    for number, passed_ms, repeated in packets:
        now_ms += passed_ms
        if repeated:
            recovery.repeated(number, now_ms)
        else:
            came(recovery, number, now_ms)
            have.add(number)
        if not repeated or number < recovery.expected:
            have.add(number)
        asked = recovery.due(now_ms)
        assert len(asked) <= MOST_MISSING
        assert not have & set(asked)
        assert recovery.wait_ms <= max(LONGEST_WAIT_MS, FIRST_WAIT_MS)
