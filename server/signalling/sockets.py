"""Opens sockets: ticket, `hello`, a seat, and whatever must be told when it is taken or left."""

import contextlib
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from aiohttp import web

from server.principals import CustomerPrincipal, MePrincipal, Principal, StaffPrincipal
from server.signalling.connection import (
    NO_HELLO_CODE,
    Connection,
    Guards,
    NoHello,
    OfficerConnection,
    receive_hello,
)
from server.signalling.dispatch import Desk
from server.signalling.fanout import Fanout
from server.signalling.messages import Hello, OfficerView, ProblemMessage, Welcome, encode
from server.signalling.pipe import Pipe, new_socket
from server.signalling.seats import OfficerSeat, Seat, Seats
from server.signalling.views import Labels
from session.errors import Overtaken
from session.events import Connected, ConnectionLost
from session.identity import SessionId
from session.model import Party, Session, State
from session.transitions import IllegalEvent

PAGE_LENGTH: Final = 22
TRY_AGAIN_CODE: Final = 1013
_log: Final = structlog.get_logger("socket")


@dataclass(frozen=True, slots=True)
class Admission:
    """What a redeemed ticket is good for. `session` is None for an officer's oversight."""

    principal: Principal
    session: SessionId | None


class Doorkeeper(Protocol):
    async def admit(self, request: web.Request, ticket: str) -> Admission | None:
        """Use up the ticket; None if it is unknown, used, too old, or of another cookie than the request's."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    seats: Seats
    fanout: Fanout
    desk: Desk
    guards: Guards
    doorkeeper: Doorkeeper
    labels_of: "LabelsOf"
    oversee: "Oversee"


class LabelsOf(Protocol):
    async def of(self, session: SessionId) -> Labels: ...


class Oversee(Protocol):
    async def admit(self, officer: StaffPrincipal) -> OfficerView:
        """Record that this officer looks, then what there is to see. Raises LogUnavailable."""
        ...


class Sockets:
    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """The whole life of one socket."""
        socket = new_socket()
        await socket.prepare(request)
        try:
            hello = await receive_hello(socket)
            admission = await self._admitted(request, hello)
            await self._seat(request, socket, admission, hello)
        except NoHello:
            await socket.close(code=NO_HELLO_CODE)
        except ConnectionError:
            _log.info("a socket broke off")
        except Exception as error:  # noqa: BLE001  # `explain` logs what is not a refusal of ours
            await self._apologise(socket, error)
        return socket

    async def _apologise(self, socket: web.WebSocketResponse, error: Exception) -> None:
        """It could not be seated now (the log or the database does not answer): the page may try again."""
        code, detail = self._around.guards.explain(error)
        with contextlib.suppress(ConnectionError):
            await socket.send_str(encode(ProblemMessage(code=code, detail=detail, of="hello")))
        await socket.close(code=TRY_AGAIN_CODE)

    async def _admitted(self, request: web.Request, hello: Hello) -> Admission:
        admission = await self._around.doorkeeper.admit(request, hello.ticket)
        if admission is None or len(hello.page) != PAGE_LENGTH:
            raise NoHello
        return admission

    async def _seat(
        self, request: web.Request, socket: web.WebSocketResponse, admission: Admission, hello: Hello
    ) -> None:
        match admission.principal:
            case CustomerPrincipal(session=session):
                await self._party(request, socket, await self._new_seat(session, Party.CUSTOMER, hello))
            case StaffPrincipal() as staff if admission.session is not None:
                seat = await self._new_seat(admission.session, Party.AGENT, hello, staff)
                await self._party(request, socket, seat)
            case StaffPrincipal() as officer:
                await self._officer(request, socket, officer)
            case MePrincipal():  # their own page has no socket, and no ticket is made for it
                raise NoHello

    async def _new_seat(
        self, session: SessionId, party: Party, hello: Hello, staff: StaffPrincipal | None = None
    ) -> Seat:
        """Raises NoHello where the session is another agent's by now."""
        labels = await self._around.labels_of.of(session)
        loaded = await self._around.desk.conductor.load(session)
        seat = Seat(session, party, hello.page, labels)
        if staff is not None:
            seat.login, seat.agent = staff.login, staff.id
        _must_be_theirs(seat, loaded)
        return seat

    async def _party(self, request: web.Request, socket: web.WebSocketResponse, seat: Seat) -> None:
        around = self._around
        around.seats.take(seat)
        pipe = Pipe(request, socket, seat.outbox)
        try:
            await self._arrive(seat)
            await Connection(pipe, seat, around.desk, around.guards).run(lambda: self._lost(seat))
        finally:
            await self._lost(seat)

    async def _arrive(self, seat: Seat) -> None:
        around = self._around
        session = await self._connected(seat)
        seat.welcome(around.fanout.view_for(seat, session))
        if session.state is State.ENDED:
            seat.dismiss("ended")
        elif seat.party is Party.AGENT:
            around.desk.offers.agent_arrived(seat.session)
        else:
            around.desk.offers.customer_arrived(seat)

    async def _connected(self, seat: Seat) -> Session:
        """The session with this party present. What overtook the event may have been about the other party, so it is
        told again for as long as this seat holds. Raises NotRecorded or StoreUnavailable."""
        around = self._around
        page = seat.page if seat.party is Party.CUSTOMER else ""
        event = Connected(seat.party, page, agent=seat.agent)
        while around.seats.of(seat.session, seat.party) is seat:
            try:
                return await around.desk.conductor.apply(seat.session, event)
            except Overtaken:
                continue
            except IllegalEvent:
                break
        found = await around.desk.conductor.load(seat.session)
        _must_be_theirs(seat, found)
        return found

    async def _lost(self, seat: Seat) -> None:
        """At once, and once: another socket of the same party may have taken over."""
        if not self._around.seats.leave(seat):
            return
        try:
            await self._around.desk.conductor.apply(seat.session, ConnectionLost(seat.party))
        except IllegalEvent:
            _log.debug("a party left an ended session", session=seat.session)

    async def _officer(
        self, request: web.Request, socket: web.WebSocketResponse, officer: StaffPrincipal
    ) -> None:
        around = self._around
        seat = OfficerSeat(officer.login)
        seat.outbox.put(Welcome(view=await around.oversee.admit(officer)))
        around.seats.take_officer(seat)
        try:
            await OfficerConnection(Pipe(request, socket, seat.outbox), seat).run()
        finally:
            around.seats.leave_officer(seat)


def _must_be_theirs(seat: Seat, session: Session) -> None:
    """An agent's seat is for the agent of this moment: a ticket may be older than a handing over. Raises NoHello."""
    if seat.agent and seat.agent != session.agent:
        raise NoHello
