"""What the transport and the membership ask of the bus."""

from dataclasses import dataclass
from typing import Final, Protocol

from verification.throttle import Rate

TICKET_LIFE_MS: Final = 15_000
PRESENCE_LIFE_MS: Final = 10_000
LONGEST_NAME: Final = 200
TICKET_BYTES: Final = 16
TICKET_LENGTH: Final = 22


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


@dataclass(frozen=True, slots=True)
class Beat:
    """`run`: which life of the bus has answered. `kept`: this server was present there since its last beat."""

    run: str
    kept: bool


class Presence(Protocol):
    """One server's place among those that share the bus. Raises BusUnavailable; whoever asked then has nothing."""

    async def beat(self) -> Beat:
        """Be present for PRESENCE_LIFE_MS from now on."""
        ...

    async def claim(self, name: str) -> bool:
        """Whether `name` is this server's from now on, as long as it is present and does not release it.

        False while it is another present server's, and for a server that is not present itself. Exactly one of all that
        claim at once is told True.
        """
        ...

    async def release(self, name: str) -> None:
        """Anybody may claim it; nothing happens if it is another server's."""
        ...

    async def leave(self) -> None:
        """Be present no more: all that was claimed is free."""
        ...


class Bell(Protocol):
    def ring(self) -> None:
        """Wake the other servers. May be lost. Never waits, never raises."""
        ...

    async def heard(self) -> None:
        """Wait until another server has rung since the last call, or a ring may have been missed."""
        ...
