"""When a message is tried again. Pure; chance comes in.

10 s, 30 s, 90 s, 4.5 min, 13.5 min, 40 min, 2 h, then every 6 h, each shortened by up to a half at random, so that what
failed together does not come back together.
"""

from typing import Final

FIRST_MS: Final = 10_000
FACTOR: Final = 3
LONGEST_MS: Final = 6 * 3_600_000


def wait_ms(tries: int, chance: float) -> int:
    """After so many tries, at least one. `chance` lies in [0, 1)."""
    if tries < 1 or not 0 <= chance < 1:
        raise ValueError("there was at least one try, and a chance lies in [0, 1)")
    longest: int = FIRST_MS * FACTOR ** min(tries - 1, 10)
    return round(min(longest, LONGEST_MS) * (1 - chance / 2))
