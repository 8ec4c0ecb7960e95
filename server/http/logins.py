"""Staff sign in and out, through one of two doors."""

from typing import Final

from aiohttp import web

from audit.event import Fact
from audit.ports import LogUnavailable
from server.clock import must_agree
from server.http.browser_name import rough_name
from server.http.guard import json_response
from server.http.routing import Call, Who
from server.http.shapes import SignedInAnswer, SignIn, StaffShown
from server.login_company import company_of
from server.login_entries import ENDED, REFUSED, STARTED, entry
from server.principals import StaffPrincipal
from server.problems import Problem, too_many
from session.identity import LoginId
from support.identity import StaffId
from support.staff import Staff
from verification.credentials import Door
from verification.sign_in import SignedIn, SignInRefused

WHO: Final = {Door.AGENT: Who.AGENT, Door.SECURITY: Who.OFFICER}


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
        username=username,
        password=password,
        code=code,
        door=door,
        source=call.source,
        now_ms=call.now,
        browser=browser_of(call),
    )
    if not isinstance(result, SignedIn):
        guess = password if result.reason == "password" else code
        account = f"staff/{username.lower()}"
        services.spray_alarm.refused(source=call.source, account=account, guess=guess, now=call.now)
    return await given(call, door, result)


async def given(call: Call, door: Door, result: SignedIn | SignInRefused) -> tuple[Staff, str]:
    """Whatever the sign-in came to is recorded; then its token may go out. The door's former sign-in in this browser
    ends. Raises Problem, LogUnavailable."""
    services = call.services
    if not isinstance(result, SignedIn):
        await services.log.append(entry(REFUSED, door, result.staff, call.now, {"reason": result.reason}))
        raise refused()
    staff = await services.staff.find(StaffId(result.staff))
    try:
        facts: dict[str, Fact] = {"login": result.login.id, "means": result.login.means.value}
        facts |= {"team": staff.team} if staff is not None and staff.team else {}
        facts |= services.place_file.facts_of(call.source)
        former = await services.authentication.one_of(call.request, WHO[door], call.now, seen=False)
        own = former.login if isinstance(former, StaffPrincipal) else None
        facts |= company_of(result.login, own, services.logins, services.conductor.live(), call.now)
        await services.log.append(entry(STARTED, door, result.staff, call.now, facts))
    except LogUnavailable:
        await services.logins.end(result.login.id, call.now)
        raise
    if staff is None:
        raise refused()
    await _end_former(call, door)
    return staff, result.token


async def sign_out(call: Call, door: Door, response: web.StreamResponse) -> None:
    """Ends the login of this door's cookie, if there is one: its sessions first, then the login, then the entry."""
    await _end_former(call, door)
    call.services.pages.cookies.take_back(response, WHO[door])


def shown(staff: Staff) -> StaffShown:
    return StaffShown(id=staff.id, name=staff.name, number=staff.number, team=staff.team, role=staff.role)


def browser_of(call: Call) -> str:
    return rough_name(call.request.headers.get("User-Agent", ""))


async def _end_former(call: Call, door: Door) -> None:
    services = call.services
    former = await services.authentication.one_of(call.request, WHO[door], call.now)
    if not isinstance(former, StaffPrincipal):
        return
    await services.agents.signing_out.one(LoginId(former.login))
    services.log.append_reducing(entry(ENDED, door, former.staff.id, call.now, {"login": former.login}))


def refused() -> Problem:
    return Problem(
        401,
        "sign_in_refused",
        "That was not accepted. Check user name and password, and use the next code from your app: each works once.",
    )
