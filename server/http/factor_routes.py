"""Pages and resources about customers' factors: for whoever lost one or never had one, and for the staff who vouch."""

from typing import Final

from aiohttp import web

from server.http import factor_requests, factor_shapes
from server.http.rendering import Page
from server.http.routing import AGENT, ANYONE, STAFF, Call, Kind, Route
from support.factor_request import VOUCHERS
from support.staff import Role

_API: Final = "/api/v1/factor-requests"


async def without_app(call: Call) -> web.Response:
    """What can be done without an authenticator, and how to get one; works without script."""
    return call.services.pages.respond(call.request, Page("without_app"))


FACTOR_ROUTES: Final = (
    Route(
        method="GET",
        path="/without-app",
        handler=without_app,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="For customers without an authenticator: what is possible, and how to get one",
    ),
    Route(
        method="GET",
        path="/cancel",
        handler=factor_requests.cancel_page,
        who=ANYONE,
        kind=Kind.PAGE,
        summary="The page behind a cancel link",
    ),
    Route(
        method="POST",
        path="/api/v1/cancellations",
        handler=factor_requests.cancel,
        who=ANYONE,
        request=factor_shapes.Cancel,
        answer=factor_shapes.CancelAnswer,
        summary="Stop what somebody began in a customer's name; takes away only",
    ),
    Route(
        method="GET",
        path="/agent/factor-requests",
        handler=factor_requests.page,
        who=AGENT,
        roles=frozenset({Role.SUPERVISOR}),
        kind=Kind.PAGE,
        summary="A supervisor's page of lost factors",
    ),
    Route(
        method="GET",
        path=_API,
        handler=factor_requests.waiting,
        who=STAFF,
        roles=VOUCHERS,
        answer=list[factor_shapes.FactorRequestShown],
        query=(("door", "string"),),
        summary="What two people vouch for; recorded",
    ),
    Route(
        method="POST",
        path=_API,
        handler=factor_requests.ask,
        who=STAFF,
        roles=VOUCHERS,
        fresh=True,
        by_own_passkey=True,
        request=factor_shapes.AskFor,
        answer=factor_shapes.FactorRequestMade,
        status=201,
        query=(("door", "string"),),
        problems=(404, 409),
        summary="Ask for a change of a customer's factors, and be the first to vouch",
    ),
    Route(
        method="POST",
        path=f"{_API}/{{request}}/vouch",
        handler=factor_requests.vouch,
        who=STAFF,
        roles=VOUCHERS,
        fresh=True,
        by_own_passkey=True,
        request=factor_shapes.Vouch,
        answer=factor_shapes.FactorRequestMade,
        query=(("door", "string"),),
        problems=(404, 409),
        summary="Vouch; after the second one it waits, or is ripe at once where it takes nothing away",
    ),
    Route(
        method="POST",
        path=f"{_API}/{{request}}/carry-out",
        handler=factor_requests.carry_out,
        who=STAFF,
        roles=VOUCHERS,
        fresh=True,
        by_own_passkey=True,
        answer=factor_shapes.CarriedOut,
        query=(("door", "string"),),
        problems=(404, 409),
        summary="Once the wait is over: the link, or the removal",
    ),
    Route(
        method="POST",
        path=f"{_API}/{{request}}/refuse",
        handler=factor_requests.refuse,
        who=STAFF,
        unproved=True,
        roles=VOUCHERS,
        status=204,
        query=(("door", "string"),),
        problems=(404, 409),
        summary="End it",
    ),
)
