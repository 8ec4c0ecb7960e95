"""What a customer has proved in a session dies with what it was proved by. A proof that was judged in the very moment
of the change would come alive in its session a moment later; so the sessions end, all of them."""

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from session.conductor import Conductor
from session.identity import CustomerId as SessionCustomerId
from session.model import EndCause
from support.identity import CustomerId
from verification.assurance import Method

EndSessions = Callable[[CustomerId], Awaitable[None]]


class CustomerSessions:
    """Dark before this first waits, and ended whether that can be written at once or not."""

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor

    async def end_by_staff(self, customer: CustomerId) -> None:
        await self._conductor.end_all_of_customer(SessionCustomerId(customer), EndCause.OFFICER_ENDED)

    async def end_by_customer(self, customer: CustomerId) -> None:
        """The customer has just said that a factor was not theirs: somebody may have used it."""
        await self._conductor.end_all_of_customer(SessionCustomerId(customer), EndCause.BLOCKED)

    async def end_proved_by(self, customer: str, method: Method) -> None:
        """What it was proved by counts no more. Whoever was proved otherwise, or not yet, goes on."""
        cause = EndCause.VERIFICATION_FAILED if method is Method.TOTP else EndCause.BLOCKED
        await self._conductor.end_all_of_customer(SessionCustomerId(customer), cause, method.value)


class EndProved(Protocol):
    """Implemented by CustomerSessions."""

    async def end_proved_by(self, customer: str, method: Method) -> None:
        """Dark before this first waits. Raises StoreUnavailable."""
        ...


async def _nobodys(_: CustomerId) -> None:
    """Where no server runs nobody is in a session."""


NO_SESSIONS: Final[EndSessions] = _nobodys
