"""Staff's own account: their live sign-ins, ending them, and the proof that sensitive acts ask for once more."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from server.http.logins import WHO
from server.http.rendering import Page
from server.http.routing import AGENT, OFFICER, STAFF, Call, Kind, Route
from server.http.shapes import Answer, Request
from server.principals import StaffPrincipal
from server.problems import not_found
from verification.credentials import Door
from verification.login import Login

_BASE: Final = "/api/v1/staff/me"
_DOOR: Final = (("door", "string"),)


class OwnLogin(Answer, frozen=True, kw_only=True):
    """`browser` is a rough name, "" if it told none; `this`: the one that asks."""

    id: str
    door: str
    means: str
    browser: str
    started_at_ms: int
    last_seen_ms: int
    this: bool


class Ended(Answer, frozen=True, kw_only=True):
    ended: int


class Confirm(Request, frozen=True, kw_only=True):
    """The sender's own code, from their own app."""

    code: Annotated[str, msgspec.Meta(max_length=16)]


class ProofWays(Answer, frozen=True, kw_only=True):
    """`provider`: what the organisation's own sign-in is called, "" for no name of its own; null where it may not."""

    passkey: bool
    code: bool
    provider: str | None


async def agent_page(call: Call) -> web.Response:
    return _page(call, "agent_account")


async def officer_page(call: Call) -> web.Response:
    return _page(call, "security_account")


async def list_own(call: Call) -> list[OwnLogin]:
    return [_shown(one, call.staff) for one in await call.services.agents.own_logins.live(call.staff)]


async def end_one(call: Call) -> None:
    if not await call.services.agents.own_logins.end(call.staff, call.request.match_info["login"]):
        raise not_found()


async def end_others(call: Call) -> Ended:
    return Ended(ended=await call.services.agents.own_logins.end_others(call.staff))


async def ways(call: Call) -> ProofWays:
    agents, staff = call.services.agents, call.staff
    linked = staff.door is Door.AGENT and await agents.identities.of(staff.staff.id) is not None
    linked = linked and await agents.own_logins.by_provider(staff)
    return ProofWays(
        passkey=await agents.passkeys.has_good(staff),
        code=await agents.own_logins.by_code(staff),
        provider=agents.provider_label if linked else None,
    )


async def confirm(call: Call) -> web.Response:
    body: Confirm = call.body
    token = await call.services.agents.own_logins.confirm(call.staff, body.code)
    response = web.Response(status=204)
    call.services.pages.cookies.give(response, WHO[call.staff.door], token)
    return response


OWN_LOGIN_ROUTES: Final = (
    Route(
        method="GET",
        path="/agent/account",
        handler=agent_page,
        who=AGENT,
        unproved=True,
        kind=Kind.PAGE,
        summary="An agent's own account",
    ),
    Route(
        method="GET",
        path="/security/account",
        handler=officer_page,
        who=OFFICER,
        unproved=True,
        kind=Kind.PAGE,
        summary="An officer's own account",
    ),
    Route(
        method="GET",
        path=f"{_BASE}/logins",
        handler=list_own,
        who=STAFF,
        unproved=True,
        answer=list[OwnLogin],
        query=_DOOR,
        summary="One's own live sign-ins",
    ),
    Route(
        method="POST",
        path=f"{_BASE}/logins/{{login}}/end",
        handler=end_one,
        who=STAFF,
        unproved=True,
        status=204,
        query=_DOOR,
        summary="End one of one's own sign-ins, with all that runs under it",
    ),
    Route(
        method="POST",
        path=f"{_BASE}/logins/end-others",
        handler=end_others,
        who=STAFF,
        unproved=True,
        answer=Ended,
        query=_DOOR,
        summary="End all of one's own sign-ins but this one",
    ),
    Route(
        method="GET",
        path=f"{_BASE}/confirmations",
        handler=ways,
        who=STAFF,
        unproved=True,
        answer=ProofWays,
        query=_DOOR,
        summary="By what one may prove once more who one is",
    ),
    Route(
        method="POST",
        path=f"{_BASE}/confirmations",
        handler=confirm,
        who=STAFF,
        unproved=True,
        request=Confirm,
        status=204,
        query=_DOOR,
        own_factor=True,
        summary="Prove once more who one is; gives this sign-in a new cookie",
    ),
)


def _page(call: Call, template: str) -> web.Response:
    context = {"to_mend": call.services.checklist.to_mend}
    page = Page(template, "pages/account.js", {"door": call.staff.door.value}, context, watched=False)
    return call.services.pages.respond(call.request, page, call.staff.staff)


def _shown(login: Login, staff: StaffPrincipal) -> OwnLogin:
    return OwnLogin(
        id=login.id,
        door=login.door.value,
        means=login.means.value,
        browser=login.browser,
        started_at_ms=login.started_at_ms,
        last_seen_ms=login.last_seen_ms,
        this=login.id == staff.login,
    )
