"""Which periods of entries are over for good. Pure."""

from audit.erasure.retention import DAY_MS
from audit.keystore import PERIOD_MS


def first_kept(now_ms: int, destroy_after_days: int) -> int:
    """The oldest period that is still kept: each one lasts until its last moment is `destroy_after_days` ago."""
    return (now_ms - destroy_after_days * DAY_MS) // PERIOD_MS
