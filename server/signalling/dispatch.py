"""From a message to what it means: an event for the conductor, or a call to the gate through it.

One table: message type -> the party that may send it, and what it does. What takes access away is done at once, in
the order of arrival; what waits for the log or the gate is done by a worker of its socket, so that a stop never queues
behind a start.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from server.problems import not_recorded
from server.signalling.acceptance import Acceptance
from server.signalling.chat_messages import ChatJoinMessage, ChatSendMessage, ChatWithheldMessage
from server.signalling.chats import Chats
from server.signalling.exchange_messages import (
    ExchangeAnswerMessage,
    ExchangeCommitMessage,
    ExchangeConfirmMessage,
    ExchangeDropMessage,
    ExchangeRevealMessage,
    ExchangeStartMessage,
    IntroductionRefuseMessage,
    WordsMatchMessage,
)
from server.signalling.exchanges import Exchanges
from server.signalling.guidance_messages import (
    Gesture,
    GuideSendMessage,
    PointerDrawMessage,
    PointerHideMessage,
    PointerMoveMessage,
)
from server.signalling.guides import Guides
from server.signalling.key_shares import KeyShares
from server.signalling.media_messages import (
    MediaAnswerMessage,
    MediaAnswerOut,
    MediaOfferMessage,
    MediaOfferOut,
)
from server.signalling.messages import (
    BadgeAcceptMessage,
    BadgeShownMessage,
    ConsentDeclineMessage,
    ConsentExtendMessage,
    ConsentReopenMessage,
    HelpProlongMessage,
    Incoming,
    MessageRefused,
    ProblemMessage,
    SessionLeaveMessage,
    SharePauseMessage,
    ShareResumeMessage,
    ShareStartMessage,
    ShareStopMessage,
    VerificationAskMessage,
    VerificationDeclineMessage,
    type_of,
)
from server.signalling.offers import Offers
from server.signalling.pointers import Pointers
from server.signalling.seats import Seat
from session.conductor import Conductor
from session.errors import NotRecorded
from session.events import (
    AgreementReopened,
    BadgeShown,
    ConsentDeclined,
    EndDemanded,
    ExtensionOpened,
    HelpProlonged,
    Paused,
    Resumed,
    SessionEvent,
    ShareStarted,
    StepUpAsked,
    VerificationDeclined,
)
from session.gate_port import GateUnavailable
from session.identity import SessionId
from session.model import EndCause, Level, Party


@dataclass(frozen=True, slots=True)
class Desk:
    """What handling a message needs."""

    conductor: Conductor
    offers: Offers
    key_shares: KeyShares
    exchanges: Exchanges
    acceptance: Acceptance
    decline_action: Callable[[SessionId], Awaitable[None]]
    chats: Chats
    guides: Guides
    pointers: Pointers


_OFFERED: Final = "media.offer"
Handler = Callable[[Desk, Seat, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`party` is None where both may. `reducing`: it takes access away, and so waits for nothing. `fleeting`: it is
    worth nothing a moment later, so it waits for nothing either, and nothing waits for it. `at_once`: does the whole of
    it then and there, where nothing has to be waited for, and says whether it did."""

    party: Party | None
    handler: Handler
    reducing: bool = False
    fleeting: bool = False
    at_once: Callable[[Desk, Seat, Any], bool] | None = None


def _applies(event_of: Callable[[Any], SessionEvent]) -> Handler:
    async def handler(desk: Desk, seat: Seat, message: Any) -> None:
        await desk.conductor.apply(seat.session, event_of(message))

    return handler


async def _offer(desk: Desk, seat: Seat, message: MediaOfferMessage) -> None:
    device_key = await desk.key_shares.offered(seat, message)
    try:
        opened = await desk.conductor.open_media(seat.session, message.sdp)
    except GateUnavailable as error:  # full, or starting: who waits for the picture is told as who sends it
        desk.offers.unplaced(seat.session, ProblemMessage("gate_unavailable", str(error), _OFFERED))
        raise
    seat.send(MediaAnswerOut(sdp=opened.answer_to_customer))
    offer = MediaOfferOut(sdp=opened.offer_to_agent, key_share=message.key_share, device_key=device_key)
    desk.offers.made(seat, offer)


async def _answer(desk: Desk, seat: Seat, message: MediaAnswerMessage) -> None:
    """One to each offer that has a key. Keys are agreed on only once the gate has the answer, and on record before the
    customer's page may use them."""
    offer = desk.offers.to_answer(seat.session)
    if offer is None:
        raise MessageRefused("not_now", "Nothing was offered that waits for an answer.", type_of(message))
    try:
        facts = await desk.key_shares.answered(seat, offer, message)
    except MessageRefused:
        if message.key_share is None:  # the customer is told why no picture goes
            desk.offers.keyed(seat.session, offer, None)
        raise
    try:
        await desk.conductor.answer_media(seat.session, message.sdp)
    except GateUnavailable:  # it knows nothing of these legs, or too late: only new ones can be answered
        desk.offers.leg_lost(seat.session)
        raise
    desk.offers.answered(seat.session, offer)
    try:
        await desk.key_shares.agreed(seat, facts)
    except NotRecorded:  # the customer's page would wait for keys for ever
        refusal = not_recorded()
        desk.offers.refused(seat.session, ProblemMessage(refusal.code, refusal.detail, _OFFERED))
        raise
    desk.offers.keyed(seat.session, offer, message.key_share)


async def _accept(desk: Desk, seat: Seat, message: BadgeAcceptMessage) -> None:
    await desk.acceptance.accept(seat, message)


async def _decline(desk: Desk, seat: Seat, _message: VerificationDeclineMessage) -> None:
    """What was asked about ends first: it gives nothing, whatever becomes of the step."""
    await desk.decline_action(seat.session)
    await desk.conductor.apply(seat.session, VerificationDeclined())


async def _leave(desk: Desk, seat: Seat, _message: SessionLeaveMessage) -> None:
    await desk.conductor.apply(seat.session, EndDemanded(EndCause.AGENT_LEFT))


def _exchanges(step: Callable[[Exchanges, Seat, Any], Awaitable[None]]) -> Handler:
    async def handler(desk: Desk, seat: Seat, message: Any) -> None:
        await step(desk.exchanges, seat, message)

    return handler


def _chats(step: Callable[[Chats, Seat, Any], Awaitable[None]]) -> Handler:
    async def handler(desk: Desk, seat: Seat, message: Any) -> None:
        await step(desk.chats, seat, message)

    return handler


async def _guide(desk: Desk, seat: Seat, message: GuideSendMessage) -> None:
    await desk.guides.send(seat, message)


async def _gesture(desk: Desk, seat: Seat, message: Gesture) -> None:
    await desk.pointers.pass_on(seat, message)


def _gesture_at_once(desk: Desk, seat: Seat, message: Gesture) -> bool:
    return desk.pointers.pass_at_once(seat, message)


_STOPS: Final = {"page": EndCause.CUSTOMER_STOPPED, "browser": EndCause.BROWSER_STOPPED}

RULES: Final[Mapping[type, Rule]] = {
    BadgeShownMessage: Rule(Party.CUSTOMER, _applies(lambda _: BadgeShown())),
    BadgeAcceptMessage: Rule(Party.CUSTOMER, _accept),
    HelpProlongMessage: Rule(Party.CUSTOMER, _applies(lambda _: HelpProlonged())),
    VerificationAskMessage: Rule(
        Party.AGENT, _applies(lambda message: StepUpAsked(Level(message.level))), reducing=True
    ),
    VerificationDeclineMessage: Rule(Party.CUSTOMER, _decline),
    ConsentExtendMessage: Rule(Party.CUSTOMER, _applies(lambda _: ExtensionOpened())),
    ConsentReopenMessage: Rule(Party.CUSTOMER, _applies(lambda _: AgreementReopened()), reducing=True),
    ConsentDeclineMessage: Rule(Party.CUSTOMER, _applies(lambda _: ConsentDeclined()), reducing=True),
    MediaOfferMessage: Rule(Party.CUSTOMER, _offer),
    MediaAnswerMessage: Rule(Party.AGENT, _answer),
    ShareStartMessage: Rule(Party.CUSTOMER, _applies(lambda message: ShareStarted(message.surface))),
    SharePauseMessage: Rule(Party.CUSTOMER, _applies(lambda message: Paused(message.by)), reducing=True),
    ShareResumeMessage: Rule(Party.CUSTOMER, _applies(lambda _: Resumed())),
    ShareStopMessage: Rule(
        Party.CUSTOMER, _applies(lambda message: EndDemanded(_STOPS[message.by])), reducing=True
    ),
    SessionLeaveMessage: Rule(Party.AGENT, _leave, reducing=True),
    ExchangeStartMessage: Rule(Party.CUSTOMER, _exchanges(Exchanges.start)),
    ExchangeCommitMessage: Rule(Party.AGENT, _exchanges(Exchanges.commit)),
    ExchangeAnswerMessage: Rule(Party.CUSTOMER, _exchanges(Exchanges.answer)),
    ExchangeRevealMessage: Rule(Party.AGENT, _exchanges(Exchanges.reveal)),
    ExchangeConfirmMessage: Rule(Party.CUSTOMER, _exchanges(Exchanges.confirm)),
    ExchangeDropMessage: Rule(None, _exchanges(Exchanges.drop)),
    WordsMatchMessage: Rule(None, _exchanges(Exchanges.match)),
    IntroductionRefuseMessage: Rule(None, _exchanges(Exchanges.refuse), reducing=True),
    ChatJoinMessage: Rule(None, _chats(Chats.join)),
    ChatSendMessage: Rule(None, _chats(Chats.send)),
    ChatWithheldMessage: Rule(None, _chats(Chats.withheld)),
    GuideSendMessage: Rule(Party.AGENT, _guide),
    PointerMoveMessage: Rule(Party.AGENT, _gesture, fleeting=True, at_once=_gesture_at_once),
    PointerDrawMessage: Rule(Party.AGENT, _gesture, fleeting=True, at_once=_gesture_at_once),
    PointerHideMessage: Rule(Party.AGENT, _gesture, fleeting=True, at_once=_gesture_at_once),
}


def rule_for(seat: Seat, message: Incoming) -> Rule:
    """The rule for this sender's message. Raises MessageRefused if it is not theirs to send."""
    rule = RULES.get(type(message))
    if rule is None or rule.party not in {None, seat.party}:
        raise MessageRefused(
            "not_allowed", "This page may not send that message. Nothing was changed.", type_of(message)
        )
    return rule
