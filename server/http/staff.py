"""Who works here: the officers' page with its resources, and a supervisor's of their own team."""

from typing import Annotated, Final, Literal

import msgspec
from aiohttp import web

from server.administration.acts import InviteStaff
from server.administration.errors import ActRefused
from server.http.pages import show_console
from server.http.rendering import Page
from server.http.routing import AGENT, OFFICER, Call, Kind, Route
from server.http.shapes import Answer, Request
from server.problems import Problem, proof_demanded
from server.staff_desk import Member, StaffDesk
from support.identity import StaffId
from support.intake import IntakeRefused, plain_text
from support.staff import Role

_API: Final = "/api/v1/security/staff"
_ONE: Final = f"{_API}/{{staff}}"
_ADMIN: Final = frozenset({Role.ADMIN})
_SUPERVISOR: Final = frozenset({Role.SUPERVISOR})
LONGEST_TEAM: Final = 64
LONGEST_REASON: Final = 200
MOST_MINUTES: Final = 30 * 24 * 60
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class MemberShown(Answer, frozen=True, kw_only=True):
    """`logins`: live sign-ins; `linked`: to the organisation's own sign-in; `you`: the one who asks.
    `must_prove_since_ms`: since when they must prove again who they are; null if they need not."""

    id: str
    username: str
    name: str
    number: str
    team: str
    role: str
    state: str
    blocked_until_ms: int | None
    must_prove_since_ms: int | None
    logins: int
    linked: bool
    you: bool


class InviteMember(Request, frozen=True, kw_only=True):
    username: Word
    name: Name
    number: Word
    team: Word
    role: Literal["agent", "supervisor", "security", "admin"]


class MemberInvited(Answer, frozen=True, kw_only=True):
    """`url` is shown this once; null where a second officer approves first."""

    url: str | None
    expires_at_ms: int | None


class BlockMember(Request, frozen=True, kw_only=True):
    """`minutes` null: until an administrator lifts it."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=MOST_MINUTES)] | None


class UnblockMember(Request, frozen=True, kw_only=True):
    """`reason`: why, in one line; it is recorded."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]


class BlockLifted(Answer, frozen=True, kw_only=True):
    """`lifted`: false where another officer approves first."""

    lifted: bool


class ChangeMember(Request, frozen=True, kw_only=True):
    role: Literal["agent", "supervisor"]
    team: Word


class LoginsEnded(Answer, frozen=True, kw_only=True):
    ended: int


async def page(call: Call) -> web.Response:
    return await show_console(call, "security_staff")


async def team_page(call: Call) -> web.Response:
    return call.services.pages.respond(
        call.request, Page("agent_team", "pages/agent_team.js"), call.staff.staff
    )


async def everybody(call: Call) -> list[MemberShown]:
    linked = await call.services.agents.identities.linked()
    return [_shown(one, call, linked) for one in await _desk(call).everybody()]


async def team(call: Call) -> list[MemberShown]:
    linked = await call.services.agents.identities.linked()
    return [_shown(one, call, linked) for one in await _desk(call).team_of(call.staff.staff)]


async def invite(call: Call) -> MemberInvited:
    body: InviteMember = call.body
    asked = InviteStaff(
        username=body.username, name=body.name, number=body.number, team=body.team, role=body.role
    )
    try:
        invited = await _desk(call).invite(asked, call.staff.staff)
    except ActRefused as refused:
        raise Problem(422, "staff_refused", str(refused)) from refused
    link = invited.link
    return MemberInvited(
        url=link.url if link is not None else None,
        expires_at_ms=link.expires_at_ms if link is not None else None,
    )


async def block(call: Call) -> None:
    body: BlockMember = call.body
    await _beyond_doubt_or_no_officer(call)
    await _desk(call).block(_named(call), call.staff.staff, body.minutes)


async def unblock(call: Call) -> BlockLifted:
    body: UnblockMember = call.body
    reason = _line(body.reason, "reason", LONGEST_REASON)
    return BlockLifted(lifted=await _desk(call).unblock(_named(call), call.staff.staff, reason))


async def sign_out(call: Call) -> LoginsEnded:
    await _beyond_doubt_or_no_officer(call)
    return LoginsEnded(ended=await _desk(call).sign_out(_named(call), call.staff.staff))


async def unlink(call: Call) -> LoginsEnded:
    await _beyond_doubt_or_no_officer(call)
    staff = await _desk(call).found(_named(call))
    return LoginsEnded(ended=await call.services.agents.identities.unlink(staff, call.staff.staff))


async def change(call: Call) -> LoginsEnded:
    body: ChangeMember = call.body
    of_team = _line(body.team, "team", LONGEST_TEAM)
    changed = await _desk(call).change(_named(call), call.staff.staff, role=Role(body.role), team=of_team)
    return LoginsEnded(ended=changed)


async def _beyond_doubt_or_no_officer(call: Call) -> None:
    """An officer in doubt may stop agents and no other officer: else whoever has a stolen sign-in shuts out those who
    would end it."""
    if not call.services.agents.demands.doubts(call.staff):
        return
    target = await _desk(call).found(_named(call))
    if not target.helps_customers and target.id != call.staff.staff.id:
        raise proof_demanded()


def _line(text: str, what: str, longest: int) -> str:
    try:
        return plain_text(text, what=what, longest=longest)
    except IntakeRefused as refused:
        raise Problem(422, "staff_refused", f"{refused} Nothing was changed.") from refused


async def request_reset(call: Call) -> None:
    await _desk(call).request_reset(_named(call), call.staff.staff)


async def request_of_team(call: Call) -> None:
    await _desk(call).request_of_team(_named(call), call.staff.staff)


def _desk(call: Call) -> StaffDesk:
    return call.services.agents.desk


def _named(call: Call) -> str:
    return call.request.match_info["staff"]


def _shown(one: Member, call: Call, linked: frozenset[StaffId]) -> MemberShown:
    staff = one.staff
    return MemberShown(
        id=staff.id,
        username=staff.username,
        name=staff.name,
        number=staff.number,
        team=staff.team,
        role=staff.role.value,
        state=one.state,
        blocked_until_ms=staff.blocked_until_ms if one.state == "blocked" else None,
        must_prove_since_ms=one.must_prove_since_ms,
        logins=one.logins,
        linked=staff.id in linked,
        you=staff.id == call.staff.staff.id,
    )


STAFF_DESK_ROUTES: Final = (
    Route(
        method="GET",
        path="/security/staff",
        handler=page,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="Who works here",
    ),
    Route(
        method="GET",
        path="/agent/team",
        handler=team_page,
        who=AGENT,
        roles=_SUPERVISOR,
        kind=Kind.PAGE,
        summary="A supervisor's team",
    ),
    Route(
        method="GET",
        path=_API,
        handler=everybody,
        who=OFFICER,
        answer=list[MemberShown],
        summary="Everybody who works here",
    ),
    Route(
        method="POST",
        path=_API,
        handler=invite,
        who=OFFICER,
        roles=_ADMIN,
        fresh=True,
        request=InviteMember,
        answer=MemberInvited,
        status=201,
        problems=(409,),
        summary="Invite somebody; for an officer this is the first of two approvals",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/block",
        handler=block,
        who=OFFICER,
        unproved=True,
        fresh=True,
        request=BlockMember,
        status=204,
        problems=(409,),
        summary="Whatever they do ends now, and they cannot sign in",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/unblock",
        handler=unblock,
        who=OFFICER,
        roles=_ADMIN,
        fresh=True,
        request=UnblockMember,
        answer=BlockLifted,
        problems=(409,),
        summary="Lift a block, with the reason, which is recorded",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/sign-out",
        handler=sign_out,
        who=OFFICER,
        unproved=True,
        answer=LoginsEnded,
        summary="End all their sign-ins, with all that runs under them",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/change",
        handler=change,
        who=OFFICER,
        roles=_ADMIN,
        fresh=True,
        request=ChangeMember,
        answer=LoginsEnded,
        problems=(409,),
        summary="Agent or supervisor, and of which team; their sign-ins end",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/unlink",
        handler=unlink,
        who=OFFICER,
        unproved=True,
        answer=LoginsEnded,
        summary="They sign in by the organisation's own sign-in no longer; all their sign-ins end",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/reset",
        handler=request_reset,
        who=OFFICER,
        fresh=True,
        status=204,
        summary="Ask two officers to let them enrol anew",
    ),
    Route(
        method="GET",
        path="/api/v1/team",
        handler=team,
        who=AGENT,
        roles=_SUPERVISOR,
        answer=list[MemberShown],
        summary="The agents of one's own team",
    ),
    Route(
        method="POST",
        path="/api/v1/team/{staff}/reset",
        handler=request_of_team,
        who=AGENT,
        roles=_SUPERVISOR,
        fresh=True,
        status=204,
        summary="Ask two officers to let one of them enrol anew",
    ),
)
