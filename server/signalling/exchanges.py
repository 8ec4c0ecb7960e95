"""The exchange of one introduction, passed between its two pages, and judged on the way by what is public of it.

Held in memory: a run does not outlive this process, nor does its session. A message of a run that is over is refused
and changes nothing; one that breaks the rules of the run under way ends the session.
"""

from collections.abc import Callable
from typing import Self

from server.signalling.exchange_messages import (
    ExchangeAnswerMessage,
    ExchangeAnswerOut,
    ExchangeCommitMessage,
    ExchangeCommitOut,
    ExchangeConfirmMessage,
    ExchangeConfirmOut,
    ExchangeDropMessage,
    ExchangeOutgoing,
    ExchangeRevealMessage,
    ExchangeRevealOut,
    ExchangeStartMessage,
    IntroductionRefuseMessage,
    WordsMatchMessage,
)
from server.signalling.fanout import Fanout
from server.signalling.messages import MessageRefused, type_of
from server.signalling.seats import Seat, Seats
from server.signalling.wire import IncomingMessage
from session.conductor import Conductor
from session.device_key import parse
from session.events import (
    ExchangeDropped,
    ExchangeSettled,
    ExchangeStarted,
    IntroductionRefused,
    WordsMatched,
)
from session.identity import SessionId
from session.model import IntroductionFault, Party, Session, State
from session.ports import Clock
from verification.introduction import Ground, Half
from verification.introduction_relay import DeviceKeys, ExchangeBroken, Relay


class Exchanges:
    """Each method raises MessageRefused, and what the conductor raises."""

    def __init__(self, seats: Seats, conductor: Conductor, clock: Clock) -> None:
        self._seats, self._conductor, self._clock = seats, conductor, clock
        self._relays: dict[SessionId, Relay] = {}

    @classmethod
    def forgetting(cls, fanout: Fanout, seats: Seats, conductor: Conductor, clock: Clock) -> Self:
        """One that hears from `fanout` when a session has ended, or its agent has left it to others."""
        made = cls(seats, conductor, clock)
        over = frozenset({State.ENDED, State.WAITING})
        fanout.observe(lambda session: made.forget(session.id) if session.state in over else None)
        return made

    async def start(self, seat: Seat, message: ExchangeStartMessage) -> None:
        session = await self._conductor.apply(seat.session, ExchangeStarted(message.run))
        if session.state is not State.ENDED:
            self._relays[session.id] = _relay(session, seat.labels.case_reference)

    async def commit(self, seat: Seat, message: ExchangeCommitMessage) -> None:
        await self._pass_on(
            seat,
            message,
            message.run,
            lambda relay, now: relay.commit(message.commitment, now),
            ExchangeCommitOut(run=message.run, commitment=message.commitment),
        )

    async def answer(self, seat: Seat, message: ExchangeAnswerMessage) -> None:
        half = Half(message.nonce, message.key, message.fingerprint)
        session = await self._conductor.load(seat.session)
        out = ExchangeAnswerOut(
            run=message.run,
            nonce=message.nonce,
            key=message.key,
            fingerprint=message.fingerprint,
            language=message.language,
            device_key=session.device.public_key if session.device else "",
        )
        await self._pass_on(
            seat, message, message.run, lambda relay, now: relay.answer(half, message.language, now), out
        )

    async def reveal(self, seat: Seat, message: ExchangeRevealMessage) -> None:
        half = Half(message.nonce, message.key, message.fingerprint)
        out = ExchangeRevealOut(
            run=message.run,
            nonce=message.nonce,
            key=message.key,
            fingerprint=message.fingerprint,
            signature=message.signature,
        )
        await self._pass_on(
            seat, message, message.run, lambda relay, now: relay.reveal(half, message.signature, now), out
        )

    async def confirm(self, seat: Seat, message: ExchangeConfirmMessage) -> None:
        found: list[str] = []
        out = ExchangeConfirmOut(run=message.run, signature=message.signature)
        await self._pass_on(
            seat,
            message,
            message.run,
            lambda relay, now: found.append(relay.confirm(message.signature, now)),
            out,
        )
        for transcript in found:
            await self._conductor.apply(seat.session, ExchangeSettled(transcript))

    async def drop(self, seat: Seat, message: ExchangeDropMessage) -> None:
        session = await self._conductor.load(seat.session)
        if message.run != session.exchange.run:
            raise _over(message)
        self._relays.pop(seat.session, None)
        await self._conductor.apply(seat.session, ExchangeDropped(seat.party))

    async def match(self, seat: Seat, message: WordsMatchMessage) -> None:
        session = await self._conductor.load(seat.session)
        if message.run != session.exchange.run:
            raise _over(message)
        await self._conductor.apply(seat.session, WordsMatched(seat.party))

    async def refuse(self, seat: Seat, message: IntroductionRefuseMessage) -> None:
        fault = IntroductionFault(message.reason)
        if seat.party is Party.AGENT and fault is IntroductionFault.IMPOSTOR:
            raise MessageRefused("not_allowed", "Only a customer can say that.", type_of(message))
        await self._conductor.apply(seat.session, IntroductionRefused(fault, seat.party))

    def forget(self, session: SessionId) -> None:
        self._relays.pop(session, None)

    async def _pass_on(
        self,
        seat: Seat,
        message: IncomingMessage,
        run: int,
        step: Callable[[Relay, int], None],
        out: ExchangeOutgoing,
    ) -> None:
        relay = self._relays.get(seat.session)
        if relay is None or run < relay.ground.run:
            raise _over(message)
        try:
            if run > relay.ground.run:
                raise relay.out_of_order()
            step(relay, self._clock.now_ms())
        except ExchangeBroken as error:
            fault = IntroductionFault(error.fault.value)
            await self._conductor.apply(seat.session, IntroductionRefused(fault))
            return
        other = Party.CUSTOMER if seat.party is Party.AGENT else Party.AGENT
        if (opposite := self._seats.of(seat.session, other)) is not None and opposite.welcomed:
            opposite.send(out)


def _relay(session: Session, case_reference: str) -> Relay:
    if session.signed_badge is None or session.device is None:
        raise AssertionError("the law starts no exchange without a badge and a device")
    ground = Ground(
        session=session.id,
        case=case_reference,
        run=session.exchange.run,
        badge=session.signed_badge.document,
        agent_device=session.signed_badge.device_key,
        customer_device=session.device.public_key,
    )
    return Relay(ground, DeviceKeys(parse(ground.agent_device), parse(ground.customer_device)))


def _over(message: IncomingMessage) -> MessageRefused:
    return MessageRefused(
        "not_now", "That run of the comparison is over. Nothing was changed.", type_of(message)
    )
