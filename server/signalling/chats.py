"""Chat between the two pages of a session: judged, on record, numbered, delivered; in this order. See PROTOCOL.md.

Held in memory: what was said does not outlive the session here, and the log has it. No text that was refused leaves
`send`: it is in no entry, no line of the process's log and no error.
"""

from typing import Self

from audit.ports import AuditWriter
from server.signalling.chat_book import JOINING, WRITING, ChatBook
from server.signalling.chat_messages import (
    ChatAcceptedOut,
    ChatJoinMessage,
    ChatLine,
    ChatMessageOut,
    ChatMessagesOut,
    ChatSendMessage,
    ChatWarningOut,
    ChatWithheldMessage,
)
from server.signalling.fanout import Fanout
from server.signalling.held_back import HeldBack, must_be_harmless
from server.signalling.seats import Seat, Seats
from session import chat
from session.chat import MOST, Message
from session.conductor import Conductor
from session.errors import ChatRefused
from session.identity import SessionId
from session.intents import Intents
from session.model import Party, Session, State
from session.ports import Clock, HeardLog


class Chats:
    """Each method raises ChatRefused, NotRecorded, and what the conductor raises: then nobody was sent anything."""

    def __init__(self, seats: Seats, conductor: Conductor, log: HeardLog, clock: Clock) -> None:
        self._seats, self._conductor, self._clock = seats, conductor, clock
        self._log: AuditWriter = log
        self._intents = Intents(log, clock)
        self._books: dict[SessionId, ChatBook] = {}

    @classmethod
    def forgetting(
        cls, fanout: Fanout, seats: Seats, conductor: Conductor, log: HeardLog, clock: Clock
    ) -> Self:
        """One that hears from `fanout` when a session has ended, or gets another agent."""
        made = cls(seats, conductor, log, clock)
        fanout.observe(made._follow)
        return made

    def _follow(self, session: Session) -> None:
        if session.state is State.ENDED:
            self.forget(session.id)
        elif session.state is State.WAITING and session.id in self._books:
            self._books[session.id].forget_texts()

    def forget(self, session: SessionId) -> None:
        self._books.pop(session, None)

    async def join(self, seat: Seat, message: ChatJoinMessage) -> None:
        """Send what this page has not seen."""
        session = await self._open(seat)
        book = self._book(session)
        book.must_pass(seat.party, JOINING, self._clock.now_ms())
        async with book.turn:
            seat.chatting = True
            lines = [_line(one) for one in book.after(message.after)]
            seat.send(ChatMessagesOut(messages=lines, last=book.last))

    async def send(self, seat: Seat, message: ChatSendMessage) -> None:
        session = await self._open(seat)
        book = self._book(session)
        async with book.turn:
            known = book.accepted(seat.party, message.id)
            if known is None:
                session = await self._open(seat)  # it may have changed while another message had its turn
                self._judge(session, seat.party, book, message.text)
                known = await self._recorded(session, seat, book, message.text)
                book.add(known, message.id)
                self._deliver(seat, known)
            seat.send(ChatAcceptedOut(id=message.id, n=known.number, at_ms=known.at))

    async def withheld(self, seat: Seat, message: ChatWithheldMessage) -> None:
        """The page has held something back by itself."""
        session = await self._open(seat)
        self._tell_refusal(session, seat.party, message.kind, "page")

    def _judge(self, session: Session, party: Party, book: ChatBook, text: str) -> None:
        now = self._clock.now_ms()
        chat.must_be_text(text)
        book.must_pass(party, WRITING, now)
        if book.last >= MOST:
            raise ChatRefused("chat_full", f"A session has at most {MOST} messages. This one was not sent.")
        try:
            must_be_harmless(text, book.just_before(party, now), party)
        except HeldBack as held:
            self._tell_refusal(session, party, held.kind, "server")
            raise

    async def _recorded(self, session: Session, seat: Seat, book: ChatBook, text: str) -> Message:
        """Durable, and still agreed to once it is."""
        message = Message(book.last + 1, seat.party, self._clock.now_ms(), text)
        intended = chat.intended(session, message)
        index = await self._intents.append(intended)
        try:
            await self._open(seat)
        except BaseException:
            self._intents.failed(intended, index, "overtaken")
            raise
        self._intents.done(intended, index)
        return message

    def _deliver(self, sender: Seat, message: Message) -> None:
        for party in Party:
            seat = self._seats.of(sender.session, party)
            if seat is not None and seat is not sender and seat.chatting:
                seat.send(_out(message))

    def _tell_refusal(self, session: Session, party: Party, kind: str, where: str) -> None:
        now = self._clock.now_ms()
        if not self._book(session).may_tell_refusal(party):
            return
        self._log.append_reducing(chat.refused(session, party, kind, where, now))
        agent = self._seats.of(session.id, Party.AGENT)
        if agent is not None:
            agent.send(ChatWarningOut(party=party.value, kind=kind, at_ms=now))

    async def _open(self, seat: Seat) -> Session:
        session = await self._conductor.load(seat.session)
        if not chat.is_open(session, self._clock.now_ms()):
            raise ChatRefused(
                "chat_closed", "There is no agreement to write to each other now. Nothing was sent."
            )
        return session

    def _book(self, session: Session) -> ChatBook:
        return self._books.setdefault(session.id, ChatBook())


def _line(message: Message) -> ChatLine:
    return ChatLine(n=message.number, party=message.party.value, at_ms=message.at, text=message.text)


def _out(message: Message) -> ChatMessageOut:
    return ChatMessageOut(n=message.number, party=message.party.value, at_ms=message.at, text=message.text)
