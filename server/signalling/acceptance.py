"""The customer accepts a badge: it is asked once more whether it holds. What was revoked since it was shown ends the
session, as a badge does that the customer's page finds invalid.
"""

from typing import Protocol

from server.signalling.messages import BadgeAcceptMessage
from server.signalling.seats import Seat
from session.conductor import Conductor
from session.events import BadgeAccepted, IntroductionRefused
from session.model import IntroductionFault, State
from session.ports import Clock


class Badges(Protocol):
    async def holds(self, badge: str, now_ms: int) -> bool:
        """Whether it was made, has not expired, and was not revoked. Raises StoreUnavailable."""
        ...


class Acceptance:
    def __init__(self, badges: Badges, conductor: Conductor, clock: Clock) -> None:
        self._badges, self._conductor, self._clock = badges, conductor, clock

    async def accept(self, seat: Seat, _message: BadgeAcceptMessage) -> None:
        """Raises StoreUnavailable, and what the conductor raises."""
        session = await self._conductor.load(seat.session)
        shown = session.signed_badge
        if session.state is State.INTRODUCING and shown is not None:
            now = self._clock.now_ms()
            if now < shown.expires_at and not await self._badges.holds(shown.id, now):
                await self._conductor.apply(
                    seat.session, IntroductionRefused(IntroductionFault.BADGE_REVOKED)
                )
                return
        await self._conductor.apply(seat.session, BadgeAccepted())
