"""What the transport asks of the bus."""

from dataclasses import dataclass
from typing import Final, Protocol

from verification.throttle import Rate

TICKET_LIFE_MS: Final = 15_000


class BusUnavailable(Exception):
    """The bus does not answer, or is full: whatever asked must be refused."""


@dataclass(frozen=True, slots=True)
class TicketGrant:
    """What a ticket is good for: `purpose` ("agent", "session", "oversight"), the holder's login id or cookie hash, and
    the session, "" where there is none. Each at most 128 characters."""

    purpose: str
    holder: str
    session: str = ""


class Counters(Protocol):
    """Names are at most 200 characters. Raises BusUnavailable; callers then refuse."""

    async def take(self, name: str, rate: Rate) -> int:
        """Count one and answer 0, or count nothing and answer the milliseconds to wait. Atomic over all servers."""
        ...

    async def wait_of(self, name: str, rate: Rate) -> int:
        """What `take` would answer, counting nothing: for limits on failures, which are counted afterwards."""
        ...


class Tickets(Protocol):
    """Raises BusUnavailable; callers then refuse."""

    async def issue(self, grant: TicketGrant) -> str:
        """A ticket of 128 random bits, base64url."""
        ...

    async def redeem(self, ticket: str) -> TicketGrant | None:
        """The grant, to exactly one caller within TICKET_LIFE_MS; None ever after and for anything else."""
        ...
