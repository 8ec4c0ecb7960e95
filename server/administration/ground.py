"""What the office works on. Two places build it: a running server, and a command that found none."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from audit.log import AuditLog
from server.administration.acts import Examined, StatusShown
from server.administration.errors import ActRefused
from server.administration.register import Register
from server.clock import TrueClock
from server.enrolments import Enrolments
from server.storage.stores import Stores
from support.identity import StaffId


class Exclusion(Protocol):
    """Takes a person's access away at once, whatever they are doing."""

    async def exclude(self, staff: StaffId, until_ms: int) -> int:
        """Dark first, then the row, then the sign-ins; how many of these ended. Raises StoreUnavailable: then what
        could be ended has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`base_url` is what links begin with; "" where nobody has said yet under which name people reach the server."""

    log: AuditLog
    stores: Stores
    clock: TrueClock
    exclusion: Exclusion
    base_url: str
    status: Callable[[], Awaitable[StatusShown]]
    examine: Callable[[], Awaitable[Examined]]

    @property
    def register(self) -> Register:
        return Register(self.log, self.clock)

    def links(self) -> Enrolments:
        """For giving out links. Raises ActRefused."""
        if not self.base_url:
            raise ActRefused(
                "A link needs the address that people type: set http.base_url in the settings. Nothing was done."
            )
        return self.withdrawing()

    def withdrawing(self) -> Enrolments:
        """For taking links back, which needs no address."""
        return Enrolments(self.stores.enrolments, self.log, self.base_url)
