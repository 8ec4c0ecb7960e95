"""The wall clock: the one place that reads it. Everything else is told the time."""

import time
from collections.abc import Callable
from typing import Final, Protocol

DRIFT_ALLOWED_MS: Final = 2_000


class ClockUnsure(Exception):
    """The machine's clock was set since the start, so nothing that its time decides can be done. The message is for
    people."""


class TrueClock(Protocol):
    """`session.ports.Clock` that also knows whether the machine still agrees with it."""

    def now_ms(self) -> int: ...

    def drift_ms(self) -> int:
        """By how much the machine's clock was set since the start: positive if it was set forward."""
        ...


def _since_boot_ns() -> int:
    """Goes on while the machine sleeps, where the system has such a clock; never jumps."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boot_time is None else time.clock_gettime_ns(boot_time)


class SystemClock:
    """The time at the start, carried on by a clock that nobody can set: a consent neither ends early nor lives on
    because somebody moved the machine's clock by an hour."""

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = _since_boot_ns
    ) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._start_ns = wall_ns() - steady_ns()

    def now_ms(self) -> int:
        """UTC milliseconds. Never jumps."""
        return (self._start_ns + self._steady_ns()) // 1_000_000

    def drift_ms(self) -> int:
        return self._wall_ns() // 1_000_000 - self.now_ms()


def must_agree(clock: TrueClock) -> None:
    """Before a time-based code is judged. Raises ClockUnsure."""
    if abs(clock.drift_ms()) > DRIFT_ALLOWED_MS:
        raise ClockUnsure(
            "The server's clock was changed while it ran, so codes cannot be checked. Nothing is wrong with yours. "
            "The operator has to set the clock right and start the server again."
        )


def must_be_sure(clock: TrueClock) -> None:
    """Before something is destroyed because its day has come: a machine that starts with a wrong date is set right soon
    after. Raises ClockUnsure."""
    if abs(clock.drift_ms()) > DRIFT_ALLOWED_MS:
        raise ClockUnsure(
            f"the machine's clock was set by {clock.drift_ms() // 1000} s since the start, so nothing whose day has "
            "come is destroyed; see that it is right, and start the server again"
        )
