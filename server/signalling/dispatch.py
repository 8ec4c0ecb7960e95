"""From a message to what it means: an event for the conductor, or a call to the gate through it.

One table: message type -> the party that may send it, and what it does. What takes access away is done at once, in
the order of arrival; what waits for the log or the gate is done by a worker of its socket, so that a stop never queues
behind a start.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from server.signalling.messages import (
    BadgeAcceptMessage,
    BadgeShownMessage,
    ConsentDeclineMessage,
    Incoming,
    MediaAnswerMessage,
    MediaAnswerOut,
    MediaOfferMessage,
    MessageRefused,
    SessionLeaveMessage,
    SharePauseMessage,
    ShareResumeMessage,
    ShareStartMessage,
    ShareStopMessage,
    type_of,
)
from server.signalling.offers import Offers
from server.signalling.seats import Seat
from session.conductor import Conductor
from session.events import (
    BadgeAccepted,
    BadgeShown,
    ConsentDeclined,
    EndDemanded,
    Paused,
    Resumed,
    SessionEvent,
    ShareStarted,
)
from session.model import EndCause, Party


@dataclass(frozen=True, slots=True)
class Desk:
    """What handling a message needs."""

    conductor: Conductor
    offers: Offers


Handler = Callable[[Desk, Seat, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`reducing`: it takes access away, and so waits for nothing."""

    party: Party
    handler: Handler
    reducing: bool = False


def _applies(event_of: Callable[[Any], SessionEvent]) -> Handler:
    async def handler(desk: Desk, seat: Seat, message: Any) -> None:
        await desk.conductor.apply(seat.session, event_of(message))

    return handler


async def _offer(desk: Desk, seat: Seat, message: MediaOfferMessage) -> None:
    opened = await desk.conductor.open_media(seat.session, message.sdp)
    seat.send(MediaAnswerOut(sdp=opened.answer_to_customer))
    desk.offers.made(seat, opened.offer_to_agent)


async def _answer(desk: Desk, seat: Seat, message: MediaAnswerMessage) -> None:
    await desk.conductor.answer_media(seat.session, message.sdp)


async def _leave(desk: Desk, seat: Seat, _message: SessionLeaveMessage) -> None:
    await desk.conductor.apply(seat.session, EndDemanded(EndCause.AGENT_LEFT))


_STOPS: Final = {"page": EndCause.CUSTOMER_STOPPED, "browser": EndCause.BROWSER_STOPPED}

RULES: Final[Mapping[type, Rule]] = {
    BadgeShownMessage: Rule(Party.CUSTOMER, _applies(lambda _: BadgeShown())),
    BadgeAcceptMessage: Rule(Party.CUSTOMER, _applies(lambda _: BadgeAccepted())),
    ConsentDeclineMessage: Rule(Party.CUSTOMER, _applies(lambda _: ConsentDeclined()), reducing=True),
    MediaOfferMessage: Rule(Party.CUSTOMER, _offer),
    MediaAnswerMessage: Rule(Party.AGENT, _answer),
    ShareStartMessage: Rule(Party.CUSTOMER, _applies(lambda message: ShareStarted(message.surface))),
    SharePauseMessage: Rule(Party.CUSTOMER, _applies(lambda _: Paused()), reducing=True),
    ShareResumeMessage: Rule(Party.CUSTOMER, _applies(lambda _: Resumed())),
    ShareStopMessage: Rule(
        Party.CUSTOMER, _applies(lambda message: EndDemanded(_STOPS[message.by])), reducing=True
    ),
    SessionLeaveMessage: Rule(Party.AGENT, _leave, reducing=True),
}


def rule_for(seat: Seat, message: Incoming) -> Rule:
    """The rule for this sender's message. Raises MessageRefused if it is not theirs to send."""
    rule = RULES.get(type(message))
    if rule is None or rule.party is not seat.party:
        raise MessageRefused(
            "not_allowed", "This page may not send that message. Nothing was changed.", type_of(message)
        )
    return rule
