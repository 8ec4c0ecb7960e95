"""Staff sign in and out, through one of two doors."""

from typing import Final

import structlog
from aiohttp import web

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import LogUnavailable
from server.clock import must_agree
from server.http.guard import json_response
from server.http.routing import Call, Who
from server.http.shapes import SignedInAnswer, SignIn, StaffShown
from server.principals import StaffPrincipal
from server.problems import Problem, too_many
from session.identity import LoginId
from session.model import EndCause
from support.identity import StaffId
from support.staff import Staff
from verification.credentials import Door
from verification.ports import StoreUnavailable
from verification.sign_in import SignedIn

_log: Final = structlog.get_logger("logins")

WHO: Final = {Door.AGENT: Who.AGENT, Door.SECURITY: Who.OFFICER}
_KINDS: Final = {Door.AGENT: ActorKind.AGENT, Door.SECURITY: ActorKind.OFFICER}
_STARTED: Final = {Door.AGENT: EventName.AGENT_LOGIN_STARTED, Door.SECURITY: EventName.OFFICER_LOGIN_STARTED}
_REFUSED: Final = {Door.AGENT: EventName.AGENT_LOGIN_REFUSED, Door.SECURITY: EventName.OFFICER_LOGIN_REFUSED}
_ENDED: Final = {Door.AGENT: EventName.AGENT_LOGIN_ENDED, Door.SECURITY: EventName.OFFICER_LOGIN_ENDED}


async def start(call: Call) -> web.StreamResponse:
    body: SignIn = call.body
    door = Door(body.door)
    staff, token = await sign_in(call, door, username=body.username, password=body.password, code=body.code)
    response = json_response(SignedInAnswer(staff=shown(staff)), 201)
    call.services.pages.cookies.give(response, WHO[door], token)
    return response


async def end_current(call: Call) -> web.StreamResponse:
    response = web.Response(status=204)
    await sign_out(call, call.staff.door, response)
    return response


async def me(call: Call) -> StaffShown:
    return shown(call.staff.staff)


async def sign_in(call: Call, door: Door, *, username: str, password: str, code: str) -> tuple[Staff, str]:
    """The staff member and the cookie's token, given out only once the entry is durable. Raises Problem."""
    services = call.services
    if not await services.throttles.sign_ins(call.source):
        raise too_many()
    must_agree(services.clock)
    result = await services.sign_in.sign_in(
        username=username, password=password, code=code, door=door, source=call.source, now_ms=call.now
    )
    if not isinstance(result, SignedIn):
        await services.log.append(
            _entry(_REFUSED[door], door, result.staff, call.now, {"reason": result.reason})
        )
        raise _refused()
    staff = await services.staff.find(StaffId(result.staff))
    try:
        await services.log.append(
            _entry(_STARTED[door], door, result.staff, call.now, {"login": result.login.id})
        )
    except LogUnavailable:
        await services.logins.end(result.login.id, call.now)
        raise
    if staff is None:
        raise _refused()
    await _end_former(call, door)
    return staff, result.token


async def sign_out(call: Call, door: Door, response: web.StreamResponse) -> None:
    """Ends the login of this door's cookie, if there is one: its sessions first, then the login, then the entry."""
    await _end_former(call, door)
    call.services.pages.cookies.take_back(response, WHO[door])


def shown(staff: Staff) -> StaffShown:
    return StaffShown(id=staff.id, name=staff.name, number=staff.number, team=staff.team, role=staff.role)


async def _end_former(call: Call, door: Door) -> None:
    services = call.services
    former = await services.authentication.one_of(call.request, WHO[door], call.now)
    if not isinstance(former, StaffPrincipal):
        return
    await services.conductor.end_all_of_login(LoginId(former.login), EndCause.AGENT_SIGNED_OUT)
    services.seats.sign_out(former.login)
    services.log.append_reducing(
        _entry(_ENDED[door], door, former.staff.id, call.now, {"login": former.login})
    )
    try:
        await services.logins.end(former.login, call.now)
    except StoreUnavailable:  # it is dead here, and after a restart the log's entry ends it again
        _log.warning("a sign-out could not be written", login=former.login)


def _entry(name: EventName, door: Door, staff: str, now: int, facts: dict[str, Fact]) -> Event:
    outcome = Outcome.REFUSED if name in _REFUSED.values() else Outcome.DONE
    return Event(name=name, outcome=outcome, at_ms=now, actor=Actor(_KINDS[door], staff), facts=facts)


def _refused() -> Problem:
    return Problem(
        401,
        "sign_in_refused",
        "That was not accepted. Check user name and password, and use the next code from your app: each works once.",
    )
