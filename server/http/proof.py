"""Staff who must prove again who they are: the page that says so and leads on, and the officer who waives it."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from server.http.rendering import Page
from server.http.routing import AGENT, OFFICER, Call, Kind, Route
from server.http.shapes import Request
from server.http.staff import LONGEST_REASON
from server.problems import Problem
from support.intake import IntakeRefused, plain_text
from verification.credentials import Door

_HOMES: Final = {Door.AGENT: "/agent", Door.SECURITY: "/security"}
_LONGEST_WAY: Final = 256


class WaiveProof(Request, frozen=True, kw_only=True):
    """`reason`: how the officer knows that it is them, in one line; it is recorded."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]


async def agent_page(call: Call) -> web.Response:
    return await _page(call, "agent_prove")


async def officer_page(call: Call) -> web.Response:
    return await _page(call, "security_prove")


async def waive(call: Call) -> None:
    body: WaiveProof = call.body
    try:
        reason = plain_text(body.reason, what="reason", longest=LONGEST_REASON)
    except IntakeRefused as refused:
        raise Problem(422, "staff_refused", f"{refused} Nothing was changed.") from refused
    await call.services.agents.demands.waive(call.request.match_info["staff"], call.staff.staff, reason)


async def _page(call: Call, template: str) -> web.Response:
    """Where nothing is demanded it leads on at once."""
    staff = call.staff
    then = _way_on(call.request.query.get("then", ""), _HOMES[staff.door])
    demand = await call.services.agents.demands.of(staff.staff.id)
    if demand is None:
        return web.Response(status=303, headers={"Location": then})
    data = {"door": staff.door.value, "then": then}
    doubted = demand.since_ms if demand.sign_in_doubted else None
    context = {"to_mend": call.services.checklist.to_mend, "sign_in_doubted": doubted is not None}
    page = Page(template, "pages/prove.js", {**data, "doubted_since_ms": doubted}, context, watched=False)
    return call.services.pages.respond(call.request, page, staff.staff)


def _way_on(asked: str, home: str) -> str:
    """Only to a page of the same door: an address from outside leads nowhere else."""
    plain = asked.isascii() and asked.isprintable() and not set(asked) & set('\\"<>?#% ')
    own = asked == home or asked.startswith(f"{home}/")
    return asked if plain and own and len(asked) <= _LONGEST_WAY else home


PROOF_ROUTES: Final = (
    Route(
        method="GET",
        path="/agent/prove",
        handler=agent_page,
        who=AGENT,
        unproved=True,
        kind=Kind.PAGE,
        summary="For an agent who must prove again who they are, and then on to what they asked for",
    ),
    Route(
        method="GET",
        path="/security/prove",
        handler=officer_page,
        who=OFFICER,
        unproved=True,
        kind=Kind.PAGE,
        summary="For an officer who must prove again who they are, and then on to what they asked for",
    ),
    Route(
        method="POST",
        path="/api/v1/security/staff/{staff}/proof/waive",
        handler=waive,
        who=OFFICER,
        fresh=True,
        request=WaiveProof,
        status=204,
        problems=(404, 409),
        summary="They need not prove who they are, with the reason, which is recorded; not for one's own team",
    ),
)
