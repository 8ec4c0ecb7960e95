"""One-use tickets for the live socket: asked for with a cookie, good for that cookie alone."""

from aiohttp import web

from server.bus.ports import TicketGrant, Tickets
from server.http.authentication import Authentication
from server.http.routing import Call, Who
from server.http.shapes import AskForTicket, Ticket
from server.principals import CustomerPrincipal, StaffPrincipal
from server.problems import Problem, not_found
from server.signalling.sockets import Admission
from session.identity import SessionId
from session.ports import Clock

AGENT = "agent"
CUSTOMER = "session"
OVERSIGHT = "oversight"
_WHO = {AGENT: Who.AGENT, CUSTOMER: Who.CUSTOMER, OVERSIGHT: Who.OFFICER}


def asked_role(body: AskForTicket) -> Who:
    """In which role the sender asks. Raises Problem."""
    if (body.session is None) == (body.purpose is None):
        raise Problem(422, "does_not_fit", "Name either a session or a purpose. Nothing was changed.")
    return Who.AGENT if body.purpose is None else _WHO[body.purpose]


async def issue(call: Call) -> Ticket:
    return Ticket(ticket=await call.services.tickets.issue(await _grant(call)))


async def _grant(call: Call) -> TicketGrant:
    body: AskForTicket = call.body
    if isinstance(call.principal, CustomerPrincipal):
        return TicketGrant(CUSTOMER, call.principal.cookie, call.principal.session)
    if body.session is None:
        return TicketGrant(OVERSIGHT, call.staff.cookie)
    session = await call.services.conductor.load(SessionId(body.session))
    if session.agent != call.staff.id:
        raise not_found()
    return TicketGrant(AGENT, call.staff.cookie, session.id)


class TicketDoor:
    """Implements `signalling.sockets.Doorkeeper`."""

    def __init__(self, tickets: Tickets, authentication: Authentication, clock: Clock) -> None:
        self._tickets, self._authentication, self._clock = tickets, authentication, clock

    async def admit(self, request: web.Request, ticket: str) -> Admission | None:
        grant = await self._tickets.redeem(ticket)
        if grant is None:
            return None
        principal = await self._authentication.one_of(request, _WHO[grant.purpose], self._clock.now_ms())
        if principal is None or principal.cookie != grant.holder:
            return None
        if isinstance(principal, StaffPrincipal) and principal.must_prove:
            return None  # demanded since the ticket was given
        return Admission(principal, SessionId(grant.session) if grant.session else None)
