"""The agent's pointer and drawing, passed on to the customer's page while a share is live. See PROTOCOL.md.

A gesture is of the moment: it is never queued, never repeated, and kept nowhere. One that comes while the first of its
share is being put on record is left out, as is one that the customer's line has no room for.
"""

from dataclasses import dataclass
from typing import Final, Self

from audit.ports import AuditWriter
from server.signalling.fanout import Fanout
from server.signalling.guidance_messages import Gesture, PointerDrawMessage, PointerMoveMessage, passed_on
from server.signalling.seats import Seat, Seats
from session import guidance
from session.conductor import Conductor
from session.errors import GuidanceRefused
from session.guidance import Gestures
from session.identity import SessionId
from session.intents import Intents
from session.model import Party, Session, State
from session.ports import Clock, HeardLog
from verification.throttle import Rate, pass_through

POINTING: Final = Rate(
    count=30, period_ms=2_000
)  # a page sends ten a second; a bad line brings them in heaps
CROWDED: Final = 16  # a line with so many messages waiting has no room for gestures


@dataclass(slots=True, eq=False)
class _Use:
    """Of the pointer, in one share."""

    epoch: int
    recording: bool = False
    recorded: bool = False
    moves: int = 0
    strokes: int = 0
    arrival: int | None = None

    def must_pass(self, now: int) -> None:
        passage = pass_through(POINTING, self.arrival, now)
        if not passage.allowed:
            raise GuidanceRefused("pointer_too_fast", "That was too fast to be followed, so it was left out.")
        self.arrival = passage.state

    def count(self, gesture: Gesture) -> None:
        self.moves += isinstance(gesture, PointerMoveMessage)
        self.strokes += isinstance(gesture, PointerDrawMessage)


class Pointers:
    """`pass_on` raises GuidanceRefused, NotRecorded, and what the conductor raises: then nobody was sent anything."""

    def __init__(self, seats: Seats, conductor: Conductor, log: HeardLog, clock: Clock) -> None:
        self._seats, self._conductor, self._clock = seats, conductor, clock
        self._log: AuditWriter = log
        self._intents = Intents(log, clock)
        self._uses: dict[SessionId, _Use] = {}

    @classmethod
    def following(
        cls, fanout: Fanout, seats: Seats, conductor: Conductor, log: HeardLog, clock: Clock
    ) -> Self:
        """One that hears from `fanout` when a share is over."""
        made = cls(seats, conductor, log, clock)
        fanout.observe(made.follow)
        return made

    def follow(self, session: Session) -> None:
        """A share that is over is counted."""
        use = self._uses.get(session.id)
        if use is None or (session.state is State.SHARING and session.epoch == use.epoch):
            return
        del self._uses[session.id]
        if use.recorded:
            gestures = Gestures(use.epoch, use.moves, use.strokes)
            self._log.append_reducing(guidance.counted(session, gestures, self._clock.now_ms()))

    def pass_at_once(self, seat: Seat, gesture: Gesture) -> bool:
        """As `pass_on`, once the first gesture of this share is on record: nothing has to be waited for then. False
        where something has."""
        use, session = self._uses.get(seat.session), self._conductor.at_hand(seat.session)
        if use is None or not use.recorded or session is None or session.epoch != use.epoch:
            return False
        now = self._clock.now_ms()
        self._must_be_open(session, now)
        use.must_pass(now)
        self._give(seat, gesture, use)
        return True

    async def pass_on(self, seat: Seat, gesture: Gesture) -> None:
        session = await self._open(seat)
        self.follow(session)
        use = self._uses.setdefault(session.id, _Use(session.epoch))
        use.must_pass(self._clock.now_ms())
        if use.recording:
            return
        if not use.recorded:
            await self._record(session, seat, use)
        self._give(seat, gesture, use)

    def _give(self, seat: Seat, gesture: Gesture, use: _Use) -> None:
        customer = self._seats.of(seat.session, Party.CUSTOMER)
        if customer is not None and customer.welcomed and customer.outbox.waiting < CROWDED:
            customer.send(passed_on(gesture))
            use.count(gesture)

    async def _record(self, session: Session, seat: Seat, use: _Use) -> None:
        """Durable, and the very same share still live once it is."""
        use.recording = True
        try:
            intended = guidance.used(session, self._clock.now_ms())
            index = await self._intents.append(intended)
            try:
                await self._open(seat, use.epoch)
            except BaseException:
                self._intents.failed(intended, index, "overtaken")
                raise
            self._intents.done(intended, index)
            use.recorded = True
        finally:
            use.recording = False

    async def _open(self, seat: Seat, epoch: int | None = None) -> Session:
        """`epoch`: of the share that must still be the one."""
        session = await self._conductor.load(seat.session)
        self._must_be_open(session, self._clock.now_ms(), epoch)
        return session

    def _must_be_open(self, session: Session, now: int, epoch: int | None = None) -> None:
        live = guidance.is_open(session, now) and self._conductor.media_may_flow(session, now)
        if not live or epoch not in {None, session.epoch}:
            raise GuidanceRefused(
                "pointer_closed",
                "The customer shows nothing now, or has not agreed to this. Nothing was passed on.",
            )
