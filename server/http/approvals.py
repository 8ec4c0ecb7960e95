"""Resets that wait for officers: the page, its resources, and their rows of the route table."""

from typing import Final

from aiohttp import web

from server.approvals import Waiting
from server.http.pages import show_console
from server.http.routing import OFFICER, Call, Kind, Route
from server.http.shapes import Answer
from support.customer import Customer
from support.reset import Objection
from support.staff import Staff


class PersonShown(Answer, frozen=True, kw_only=True):
    """Of a customer the name is masked, the number is the reference and the role is "customer"."""

    name: str
    number: str
    role: str


class ResetShown(Answer, frozen=True, kw_only=True):
    """`mine` says why the viewer cannot approve ("own", "twice"); null if they can. `first` is the approval that
    counts already; null if none does."""

    id: str
    subject: PersonShown
    requested_by: str
    requested_at_ms: int
    expires_at_ms: int
    first: PersonShown | None
    mine: str | None


class Approved(Answer, frozen=True, kw_only=True):
    """`url` is null after the first approval; after the second it is the link, shown this once."""

    url: str | None
    expires_at_ms: int | None


async def page(call: Call) -> web.Response:
    return await show_console(call, "security_approvals")


async def waiting(call: Call) -> list[ResetShown]:
    return [_shown(one) for one in await call.services.approvals.waiting(call.staff.staff)]


async def approve(call: Call) -> Approved:
    link = await call.services.approvals.approve(call.request.match_info["reset"], call.staff.staff)
    if link is None:
        return Approved(url=None, expires_at_ms=None)
    return Approved(url=link.url, expires_at_ms=link.expires_at_ms)


async def refuse(call: Call) -> None:
    await call.services.approvals.refuse(call.request.match_info["reset"], call.staff.staff)


APPROVAL_ROUTES: Final = (
    Route(
        method="GET",
        path="/security/approvals",
        handler=page,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="What waits for two officers",
    ),
    Route(
        method="GET",
        path="/api/v1/security/approvals",
        handler=waiting,
        who=OFFICER,
        answer=list[ResetShown],
        summary="Resets that wait for approvals; recorded",
    ),
    Route(
        method="POST",
        path="/api/v1/security/approvals/{reset}/approve",
        handler=approve,
        who=OFFICER,
        answer=Approved,
        problems=(409,),
        fresh=True,
        summary="The first approval, or the second, which gives the link",
    ),
    Route(
        method="POST",
        path="/api/v1/security/approvals/{reset}/refuse",
        handler=refuse,
        who=OFFICER,
        unproved=True,
        status=204,
        problems=(409,),
        summary="End it",
    ),
)


def _shown(one: Waiting) -> ResetShown:
    reset, asker = one.reset, one.requester
    return ResetShown(
        id=reset.id,
        subject=person_shown(one.subject),
        requested_by=reset.requested_by if asker is None else f"{asker.name} ({asker.number})",
        requested_at_ms=reset.requested_at_ms,
        expires_at_ms=reset.expires_at_ms,
        first=person_shown(one.first) if one.first is not None else None,
        mine=one.step.value if isinstance(one.step, Objection) else None,
    )


def person_shown(person: Staff | Customer) -> PersonShown:
    if isinstance(person, Customer):
        return PersonShown(name=person.label, number=person.reference, role="customer")
    return PersonShown(name=person.name, number=person.number, role=person.role.value)
