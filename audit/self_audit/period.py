"""The time that a report tells of."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Period:
    """UTC milliseconds, from `from_ms` to before `to_ms`."""

    from_ms: int
    to_ms: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_ms <= self.to_ms:
            raise ValueError("a period ends after it begins")

    def holds(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms < self.to_ms

    def days(self) -> list[str]:
        """Every day of UTC that it touches, as 2026-01-31."""
        last = max(self.from_ms, self.to_ms - 1)
        return [day_of(at * DAY_MS) for at in range(self.from_ms // DAY_MS, last // DAY_MS + 1)]


def day_of(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")
