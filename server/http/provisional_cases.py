"""Cases that agents open, the supervisors who approve them, and records opened without a live case."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from server.http.rendering import Page
from server.http.routing import AGENT, Call, Kind, Route
from server.http.shapes import Answer, Request
from support.staff import Role

_API: Final = "/api/v1/provisional-cases"
_ONE: Final = f"{_API}/{{provisional}}"
_SUPERVISOR: Final = frozenset({Role.SUPERVISOR})


class OpenOwnCase(Request, frozen=True, kw_only=True):
    """`customer`: the organisation's reference, as the agent has it. `reason`: why, in a few words; it is kept."""

    customer: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    reason: Annotated[str, msgspec.Meta(max_length=400)]


class OverrideCase(Request, frozen=True, kw_only=True):
    """`reason`: why the record has to be opened without a live case, in 20 to 500 characters."""

    customer: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    reason: Annotated[str, msgspec.Meta(max_length=1_000)]


class CaseOverridden(Answer, frozen=True, kw_only=True):
    id: str
    reference: str
    until_ms: int


class CaseOpened(Answer, frozen=True, kw_only=True):
    """The same whether the reference names anybody or not. `named`: what was typed."""

    id: str
    reference: str
    named: str
    until_ms: int


class WaitingCaseShown(Answer, frozen=True, kw_only=True):
    """`mine`: why the viewer cannot approve it, null if they can."""

    id: str
    reference: str
    named: str
    reason: str
    opener_name: str
    opener_number: str
    until_ms: int
    mine: str | None


async def page(call: Call) -> web.Response:
    shown = Page("agent_provisional", "pages/agent_provisional.js")
    return call.services.pages.respond(call.request, shown, call.staff.staff)


async def open_own(call: Call) -> CaseOpened:
    body: OpenOwnCase = call.body
    case = await call.services.provisional.open(body.customer, body.reason, call.staff.staff)
    return CaseOpened(id=case.id, reference=case.reference, named=case.named, until_ms=case.ends_at_ms or 0)


async def override(call: Call) -> CaseOverridden:
    body: OverrideCase = call.body
    case = await call.services.overriding.open(body.customer, body.reason, call.staff.staff)
    return CaseOverridden(id=case.id, reference=case.reference, until_ms=case.ends_at_ms or 0)


async def waiting(call: Call) -> list[WaitingCaseShown]:
    return [
        WaitingCaseShown(
            id=one.case.id,
            reference=one.case.reference,
            named=one.case.named,
            reason=one.case.reason,
            opener_name=one.opener.name,
            opener_number=one.opener.number,
            until_ms=one.case.ends_at_ms or 0,
            mine=one.mine.value if one.mine is not None else None,
        )
        for one in await call.services.provisional.waiting(call.staff.staff)
    ]


async def approve(call: Call) -> None:
    await call.services.provisional.approve(_named(call), call.staff.staff)


async def decline(call: Call) -> None:
    await call.services.provisional.decline(_named(call), call.staff.staff)


def _named(call: Call) -> str:
    return call.request.match_info["provisional"]


PROVISIONAL_ROUTES: Final = (
    Route(
        method="POST",
        path=_API,
        handler=open_own,
        who=AGENT,
        request=OpenOwnCase,
        answer=CaseOpened,
        status=201,
        summary="Open a case by a customer's reference: provisional, and the same for one that names nobody",
    ),
    Route(
        method="POST",
        path="/api/v1/overrides",
        handler=override,
        who=AGENT,
        fresh=True,
        request=OverrideCase,
        answer=CaseOverridden,
        status=201,
        problems=(404, 409),
        summary="Open a record without a live case, for minutes, where settings allow it; flagged and told",
    ),
    Route(
        method="GET",
        path="/agent/provisional-cases",
        handler=page,
        who=AGENT,
        roles=_SUPERVISOR,
        kind=Kind.PAGE,
        summary="A supervisor's page of cases that agents opened",
    ),
    Route(
        method="GET",
        path=_API,
        handler=waiting,
        who=AGENT,
        roles=_SUPERVISOR,
        answer=list[WaitingCaseShown],
        summary="Provisional cases of one's team; recorded",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/approve",
        handler=approve,
        who=AGENT,
        roles=_SUPERVISOR,
        fresh=True,
        status=204,
        problems=(404, 409),
        summary="From here on a case like any other; not by whoever opened it",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/decline",
        handler=decline,
        who=AGENT,
        unproved=True,
        roles=_SUPERVISOR,
        status=204,
        problems=(404, 409),
        summary="Close it",
    ),
)
