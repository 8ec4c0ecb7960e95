"""The names of this machine for itself: to them alone something may go unencrypted."""

from typing import Final

THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
