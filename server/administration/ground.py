"""What the office works on. Two places build it: a running server, and a command that found none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from audit.log import AuditLog
from server.administration.acts import StatusShown
from server.clock import TrueClock
from server.storage.stores import Stores
from support.identity import StaffId


class Exclusion(Protocol):
    """Takes a person's access away at once, whatever they are doing."""

    async def exclude(self, staff: StaffId, until_ms: int) -> None:
        """Dark first, then the row, then the sign-ins. Raises StoreUnavailable: then what could be ended has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    log: AuditLog
    stores: Stores
    clock: TrueClock
    exclusion: Exclusion
    status: Callable[[], Awaitable[StatusShown]]
