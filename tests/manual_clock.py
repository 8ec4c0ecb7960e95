"""A clock that goes when it is told to. Implements `session.ports.Clock`; `now_ms` itself serves as a monotonic one."""


class ManualClock:
    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def drift_ms(self) -> int:
        return 0

    def advance(self, milliseconds: int) -> int:
        """Forward, or back with a negative number; the new time."""
        self._now_ms += milliseconds
        return self._now_ms
