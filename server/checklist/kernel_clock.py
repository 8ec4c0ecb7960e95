"""Does anything keep this machine's clock right? The kernel knows: whoever disciplines it (chrony, ntpd, timesyncd,
PTP) must say so through adjtimex(2), and after some hours of silence the kernel takes it back.

The battery clock is not asked: it may run in local time, drifts by seconds a day, and agrees with a wrong clock that
was set from it.
"""

import ctypes
import sys
from pathlib import Path
from typing import Final

_TIME_ERROR: Final = 5  # adjtimex's answer while the clock is not held
_NOT_HELD: Final = 0x0040  # STA_UNSYNC
# systemd-timesyncd touches it at each synchronisation; for services that may not even ask the kernel.
_TIMESYNC: Final = Path("/run/systemd/timesync/synchronized")
_REST_BYTES: Final = 256  # more than any architecture's struct timex needs


class _Timex(ctypes.Structure):
    """The beginning of struct timex; `modes` 0 only asks."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * _REST_BYTES),
    )


def clock_held() -> bool | None:
    """None where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return None
    asked = _Timex()
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(asked))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return True if _TIMESYNC.exists() else None
    return state != _TIME_ERROR and not asked.status & _NOT_HELD
