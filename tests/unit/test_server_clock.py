"""The server's time: carried on by what nobody can set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import DRIFT_ALLOWED_MS, ClockUnsure, SystemClock, must_agree

HOUR_NS = 3_600_000_000_000


class Machine:
    def __init__(self) -> None:
        self.wall, self.steady = 1_800_000_000_000_000_000, 5_000_000_000

    def passes(self, nanoseconds: int) -> None:
        self.wall += nanoseconds
        self.steady += nanoseconds


def a_clock() -> tuple[Machine, SystemClock]:
    machine = Machine()
    return machine, SystemClock(lambda: machine.wall, lambda: machine.steady)


@given(st.integers(min_value=-HOUR_NS, max_value=HOUR_NS), st.integers(min_value=0, max_value=HOUR_NS))
def test_setting_the_machines_clock_moves_no_deadline(jump: int, passed: int) -> None:
    machine, clock = a_clock()
    before = clock.now_ms()
    machine.wall += jump
    machine.passes(passed)
    assert 0 <= clock.now_ms() - before - passed // 1_000_000 <= 1


@pytest.mark.parametrize("jump", [-HOUR_NS, HOUR_NS, (DRIFT_ALLOWED_MS + 10) * 1_000_000])
def test_no_code_is_judged_after_the_machines_clock_was_set(jump: int) -> None:
    machine, clock = a_clock()
    must_agree(clock)
    machine.wall += jump
    with pytest.raises(ClockUnsure, match="set the clock right and start the server again"):
        must_agree(clock)


def test_a_small_correction_disturbs_nobody() -> None:
    machine, clock = a_clock()
    machine.wall += (DRIFT_ALLOWED_MS - 10) * 1_000_000
    must_agree(clock)
    assert clock.drift_ms() == DRIFT_ALLOWED_MS - 10
