"""Tells every page what its party may see, as soon as a session changed. Never waits, never raises."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from server.signalling import views
from server.signalling.guidance_messages import GuideShown
from server.signalling.messages import AgentView, Beat, CustomerView, WaitingShown
from server.signalling.seats import Farewell, Seat, Seats
from server.signalling.views import Labels, Moment
from server.turn.relays import NO_RELAYS, Relays
from session.model import EndCause, Party, Session, State
from session.ports import Clock

BEAT_EVERY_S: Final = 1.0
BEATS_IN_PARTS: Final = 20
_WITH_THE_SIGN_IN: Final = frozenset({EndCause.AGENT_SIGNED_OUT, EndCause.BLOCKED})


class Eye(Protocol):
    """What a view needs that a session does not hold."""

    def media_may_flow(self, session: Session, now: int) -> bool: ...

    def proposal(self, session: Session, labels: Labels) -> bytes | None:
        """The consent proposal as JSON, for a session in `consenting`."""
        ...

    def methods(self, session: Session) -> tuple[str, ...]:
        """How the customer may prove what is asked for at this moment."""
        ...

    def waiting(self, session: Session) -> WaitingShown | None:
        """Of a customer who asked first, while they wait."""
        ...

    def guide(self, session: Session) -> GuideShown | None:
        """The agent's latest instruction, while it stands."""
        ...


class _Blind:
    """Before there is an eye, nothing is seen."""

    def media_may_flow(self, session: Session, now: int) -> bool:  # noqa: ARG002  # the port's arguments
        return False

    def proposal(self, session: Session, labels: Labels) -> bytes | None:  # noqa: ARG002
        return None

    def methods(self, session: Session) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def waiting(self, session: Session) -> WaitingShown | None:  # noqa: ARG002
        return None

    def guide(self, session: Session) -> GuideShown | None:  # noqa: ARG002
        return None


class Fanout:
    """Implements `session.ports.Notices`. The conductor needs it first, so its eye is opened afterwards."""

    def __init__(self, seats: Seats, clock: Clock, relays: Relays = NO_RELAYS) -> None:
        self._seats, self._clock, self._relays = seats, clock, relays
        self._eye: Eye = _Blind()
        self._observers: list[Callable[[Session], None]] = []
        self._log = structlog.get_logger("fanout")
        self.draining = False
        self.overview_changed = asyncio.Event()

    def look_with(self, eye: Eye) -> None:
        self._eye = eye

    def session_changed(self, session: Session) -> None:
        self.overview_changed.set()
        try:
            self._tell(session)
        except Exception as error:  # noqa: BLE001  # the port promises: the law does not depend on who looks
            self._log.exception("a view could not be shown", session=session.id, exc_info=error)

    def show_again(self, session: Session) -> None:
        """To the customer alone: nothing changed in the session, but in what is told beside it. Never raises."""
        seat = self._seats.of(session.id, Party.CUSTOMER)
        try:
            if seat is not None:
                seat.show(self.view_for(seat, session))
        except Exception as error:  # noqa: BLE001  # as above
            self._log.exception("a view could not be shown", session=session.id, exc_info=error)

    def observe(self, observer: Callable[[Session], None]) -> None:
        """`observer` is called with every changed session, after the pages were told."""
        self._observers.append(observer)

    def view_for(self, seat: Seat, session: Session) -> CustomerView | AgentView:
        if seat.party is Party.AGENT:
            now = self._clock.now_ms()
            flowing, guide = self._eye.media_may_flow(session, now), self._eye.guide(session)
            moment = Moment(now, flowing, guide, relay=self._relays.of(session, Party.AGENT))
            return views.for_agent(session, seat.labels, moment)
        return self.customer_view(session, seat.labels)

    def customer_view(self, session: Session, labels: Labels) -> CustomerView:
        now = self._clock.now_ms()
        flowing = self._eye.media_may_flow(session, now)
        proposal, methods = self._eye.proposal(session, labels), self._eye.methods(session)
        waits, guide = self._eye.waiting(session), self._eye.guide(session)
        relay = self._relays.of(session, Party.CUSTOMER)
        moment = Moment(now, flowing, guide, proposal, methods, waits, relay)
        return views.for_customer(session, labels, moment)

    async def beat(self) -> None:
        """Send every socket a `beat` each second, for ever; not all at once, or thousands would make the loop wait."""
        while True:
            seats = self._seats.welcomed()
            each = len(seats) // BEATS_IN_PARTS + 1
            for part in range(BEATS_IN_PARTS):
                message = Beat(at_ms=self._clock.now_ms())
                for seat in seats[part * each : (part + 1) * each]:
                    seat.outbox.put(message)
                await asyncio.sleep(BEAT_EVERY_S / BEATS_IN_PARTS)

    def _tell(self, session: Session) -> None:
        for party in Party:
            seat = self._seats.of(session.id, party)
            if seat is None:
                continue
            if (
                party is Party.AGENT and not session.agent
            ):  # who was the agent has left the customer to others
                seat.dismiss("handed_over")
                continue
            seat.show(self.view_for(seat, session))
            if session.state is State.ENDED:
                seat.dismiss(self._farewell(seat, session))
        for observer in self._observers:
            observer(session)

    def _farewell(self, seat: Seat, session: Session) -> Farewell:
        """An agent whose sign-in ended with the session hears that, not only that the session ended."""
        if self.draining:
            return "draining"
        signed_out = session.end_cause in _WITH_THE_SIGN_IN
        return "signed_out" if signed_out and seat.party is Party.AGENT else "ended"
