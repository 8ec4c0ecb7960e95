"""What security officers may ask of what is live: sessions and ending them, flags."""

from audit.event import EventName
from server.http.routing import Call
from server.problems import not_found
from server.signalling.messages import FlagShown, LiveSession
from session.events import EndDemanded
from session.model import EndCause, State


async def sessions(call: Call) -> list[LiveSession]:
    await call.services.log_desk.record(call.staff.staff, EventName.OFFICER_SESSIONS_READ)
    return await call.services.oversight.sessions()


async def end_session(call: Call) -> None:
    if call.session is None:
        raise not_found()
    if call.session.state is State.ENDED:
        return
    demand = EndDemanded(EndCause.OFFICER_ENDED, call.staff.id)
    await call.services.conductor.apply(call.session.id, demand)


async def flags(call: Call) -> list[FlagShown]:
    await call.services.log_desk.record(call.staff.staff, EventName.OFFICER_FLAGS_READ)
    return await call.services.oversight.flags()
