"""Those who wait without having signed in, and the agents who accept them."""

from typing import Final

from aiohttp import web

from server.http import visit_shapes as shapes
from server.http.cookies import VISIT
from server.http.guard import json_response
from server.http.line import refuse_digits
from server.http.line_shapes import Asked, Heard, HeardAnswer
from server.http.routing import Call, Who
from server.problems import Problem, not_found, too_many
from server.visit_desk import Told
from session.device_key import device_id
from session.errors import TooCrowded
from session.identity import CustomerId
from session.model import Device
from support.identity import StaffId
from support.visit import FAILURES_ALLOWED, Visit

COOKIE_LIFE_S: Final = 3_600


async def ask(call: Call) -> web.StreamResponse:
    """Gives the visitor's cookie, which is good for this wait and for nothing else."""
    body: shapes.AskToVisit = call.body
    if not await call.services.throttles.visits(call.source):
        raise too_many(
            "Somebody asked for help from here very often. Nothing was changed. Wait a few minutes, or sign in."
        )
    told, token = await call.services.visits.ask(body.topic, body.language)
    response = json_response(await _answer(call, told), 201)
    call.services.pages.cookies.give_short(response, VISIT, token, lasts_s=COOKIE_LIFE_S)
    return response


async def own(call: Call) -> shapes.VisitAnswer | None:
    """A page asks before it knows of one, so that there is none is no refusal."""
    token = call.services.pages.cookies.short(call.request, VISIT)
    told = await call.services.visits.told(token) if token is not None else None
    return await _answer(call, told) if told is not None else None


async def prolong(call: Call) -> shapes.VisitAnswer:
    token = _token(call)
    if not await call.services.throttles.visits_prolonged(call.source):
        raise too_many(
            "Many people wait from where you are. Your place is still yours. Try again in a minute, or sign in."
        )
    told = await call.services.visits.prolong(token)
    return await _answer(call, told)


async def leave(call: Call) -> None:
    await call.services.visits.leave(_token(call))


async def signed_in(call: Call) -> web.StreamResponse:
    """Gives the customer's cookie of the session, as a claimed invitation does."""
    body: shapes.VisitSession = call.body
    device = Device(device_id(body.device_key), body.device_key)
    try:
        session, token = await call.services.visits.signed_in(
            _token(call), CustomerId(call.me.customer), device
        )
    except TooCrowded as error:
        raise Problem(409, "no_place_in_line", str(error)) from error
    response = json_response(Asked(session=session.id), 201)
    cookies = call.services.pages.cookies
    cookies.give(response, Who.CUSTOMER, token)
    cookies.take_back_short(response, VISIT)
    return response


async def waiting(call: Call) -> list[shapes.VisitRow]:
    return [_row(visit) for visit in await call.services.visits.open_to(call.staff)]


async def accept(call: Call) -> shapes.VisitRow:
    return _row(await call.services.visits.accept(call.request.match_info["visit"], call.staff))


async def meet(call: Call) -> HeardAnswer:
    """As `line.meet`: a refusal is an answer, and guessing is slowed down by source and by all together."""
    body: Heard = call.body
    await refuse_digits(call, body.heard)
    await call.services.throttles.before_meeting(call.source)
    visit = await call.services.visits.heard(call.request.match_info["visit"], body.heard, call.staff)
    met = visit.met_at is not None
    if not met:
        await call.services.throttles.failed_meeting(call.source)
    left = 0 if visit.end is not None else FAILURES_ALLOWED - visit.mistyped
    return HeardAnswer(outcome="met" if met else "refused", tries_left=left)


async def end(call: Call) -> None:
    await call.services.visits.end(call.request.match_info["visit"], call.staff)


def _token(call: Call) -> str:
    token = call.services.pages.cookies.short(call.request, VISIT)
    if token is None:
        raise not_found()
    return token


async def _answer(call: Call, told: Told) -> shapes.VisitAnswer:
    visit = told.visit
    return shapes.VisitAnswer(
        state="ended" if told.over is not None else _state(visit),
        server_now_ms=call.now,
        until_ms=visit.until,
        place=told.place,
        expected_ms=told.expected_ms,
        code=told.code,
        agent=await _agent(call, visit),
        end=told.over.value if told.over is not None else None,
    )


async def _agent(call: Call, visit: Visit) -> shapes.VisitAgent | None:
    found = await call.services.staff.find(StaffId(visit.agent)) if visit.agent else None
    return (
        shapes.VisitAgent(name=found.name, number=found.number, team=found.team)
        if found is not None
        else None
    )


def _state(visit: Visit) -> shapes.VisitState:
    if not visit.agent:
        return "waiting"
    return "accepted" if visit.met_at is None else "met"


def _row(visit: Visit) -> shapes.VisitRow:
    return shapes.VisitRow(
        visit=visit.id,
        state=_state(visit),
        topic=visit.topic,
        language=visit.language,
        since_ms=visit.opened_at,
        until_ms=visit.until,
        tries_left=FAILURES_ALLOWED - visit.mistyped,
    )
