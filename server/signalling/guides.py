"""The agent's short instructions in a share: judged, on record, then shown in the customer's view. See PROTOCOL.md.

The latest stands in both views until another takes its place or the agreement ends, so that no page can miss it.
"""

from audit.ports import AuditWriter
from server.signalling.chat_book import WRITING, ChatBook
from server.signalling.fanout import Fanout
from server.signalling.guidance_messages import GuideAcceptedOut, GuideSendMessage, GuideShown
from server.signalling.held_back import HeldBack, must_be_harmless
from server.signalling.seats import Seat
from session import guidance
from session.chat import Message
from session.conductor import Conductor
from session.errors import GuidanceRefused
from session.guidance import MOST
from session.identity import SessionId
from session.intents import Intents
from session.model import Party, Session, State
from session.ports import Clock, HeardLog


class Guides:
    """`send` raises ChatRefused, NotRecorded, and what the conductor raises: then the customer was shown nothing."""

    def __init__(self, fanout: Fanout, conductor: Conductor, log: HeardLog, clock: Clock) -> None:
        self._fanout, self._conductor, self._clock = fanout, conductor, clock
        self._log: AuditWriter = log
        self._intents = Intents(log, clock)
        self._books: dict[SessionId, ChatBook] = {}
        fanout.observe(self._forget_ended)

    def shown(self, session: Session) -> GuideShown | None:
        """What stands in the views of this session now."""
        book = self._books.get(session.id)
        latest = book.latest if book is not None else None
        if latest is None or not guidance.stands(session, latest, self._clock.now_ms()):
            return None
        return GuideShown(n=latest.number, at_ms=latest.at, text=latest.text)

    async def send(self, seat: Seat, message: GuideSendMessage) -> None:
        session = await self._open(seat)
        book = self._books.setdefault(session.id, ChatBook())
        async with book.turn:
            known = book.accepted(seat.party, message.id)
            if known is None:
                session = await self._open(seat)  # it may have changed while another had its turn
                self._judge(session, book, message.text)
                known, session = await self._recorded(session, seat, book, message.text)
                book.add(known, message.id)
                self._fanout.show_again(session)
            seat.send(GuideAcceptedOut(id=message.id, n=known.number, at_ms=known.at))

    def _judge(self, session: Session, book: ChatBook, text: str) -> None:
        now = self._clock.now_ms()
        guidance.must_be_guide(text)
        book.must_pass(Party.AGENT, WRITING, now)
        if book.last >= MOST:
            raise GuidanceRefused(
                "guide_full", f"A session has at most {MOST} instructions. It was not shown."
            )
        try:
            must_be_harmless(text, book.just_before(Party.AGENT, now), Party.AGENT)
        except HeldBack as held:
            if book.may_tell_refusal(Party.AGENT):
                self._log.append_reducing(guidance.refused(session, held.kind, now))
            raise

    async def _recorded(
        self, session: Session, seat: Seat, book: ChatBook, text: str
    ) -> tuple[Message, Session]:
        """Durable, and the share still live once it is."""
        guide = Message(book.last + 1, Party.AGENT, self._clock.now_ms(), text)
        intended = guidance.written(session, guide)
        index = await self._intents.append(intended)
        try:
            still = await self._open(seat)
        except BaseException:
            self._intents.failed(intended, index, "overtaken")
            raise
        self._intents.done(intended, index)
        return guide, still

    async def _open(self, seat: Seat) -> Session:
        session, now = await self._conductor.load(seat.session), self._clock.now_ms()
        if not (guidance.is_open(session, now) and self._conductor.media_may_flow(session, now)):
            raise GuidanceRefused(
                "guide_closed",
                "The customer shows nothing now, or has not agreed to this. The instruction was not shown.",
            )
        return session

    def _forget_ended(self, session: Session) -> None:
        if session.state is State.ENDED:
            self._books.pop(session.id, None)
