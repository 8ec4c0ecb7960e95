"""Blocks that wait for a second officer: resources and their routes. The page is that of all approvals."""

from typing import Final

from server.http.approvals import PersonShown, person_shown
from server.http.routing import OFFICER, Call, Route
from server.http.shapes import Answer

_API: Final = "/api/v1/security/block-lifts"


class BlockLiftShown(Answer, frozen=True, kw_only=True):
    """`mine` says why the viewer cannot approve ("own", "twice", "team", "tied"); null if they can. `blocked_until_ms`:
    when the block ends by itself."""

    id: str
    subject: PersonShown
    team: str
    blocked_until_ms: int
    requested_by: PersonShown
    reason: str
    requested_at_ms: int
    expires_at_ms: int
    mine: str | None


async def waiting(call: Call) -> list[BlockLiftShown]:
    return [
        BlockLiftShown(
            id=one.lift.id,
            subject=person_shown(one.blocked),
            team=one.blocked.team,
            blocked_until_ms=one.blocked.blocked_until_ms or 0,
            requested_by=person_shown(one.asker),
            reason=one.lift.reason,
            requested_at_ms=one.lift.asked_at_ms,
            expires_at_ms=one.lift.expires_at_ms,
            mine=one.mine.value if one.mine is not None else None,
        )
        for one in await call.services.agents.block_lifts.waiting(call.staff.staff)
    ]


async def approve(call: Call) -> None:
    await call.services.agents.block_lifts.approve(call.request.match_info["lift"], call.staff.staff)


async def refuse(call: Call) -> None:
    await call.services.agents.block_lifts.refuse(call.request.match_info["lift"], call.staff.staff)


BLOCK_LIFT_ROUTES: Final = (
    Route(
        method="GET",
        path=_API,
        handler=waiting,
        who=OFFICER,
        answer=list[BlockLiftShown],
        summary="Blocks that one officer wants lifted, and that wait for another; recorded",
    ),
    Route(
        method="POST",
        path=f"{_API}/{{lift}}/approve",
        handler=approve,
        who=OFFICER,
        fresh=True,
        status=204,
        problems=(409,),
        summary="Lift the block; not by whoever asked, nor by anybody of the same team",
    ),
    Route(
        method="POST",
        path=f"{_API}/{{lift}}/refuse",
        handler=refuse,
        who=OFFICER,
        unproved=True,
        status=204,
        problems=(409,),
        summary="End the question: the block goes on",
    ),
)
