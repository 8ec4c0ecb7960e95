"""Handing a customer on to a colleague, or back to the line."""

from server.http.line_shapes import ColleagueRow, HandOver
from server.http.routing import Call
from server.problems import not_found


async def colleagues(call: Call) -> list[ColleagueRow]:
    return [
        ColleagueRow(
            id=one.staff.id,
            name=one.staff.name,
            number=one.staff.number,
            team=one.staff.team,
            here=one.here,
        )
        for one in await call.services.handing.colleagues(call.staff)
    ]


async def hand_over(call: Call) -> None:
    body: HandOver = call.body
    if call.session is None:
        raise not_found()
    await call.services.handing.hand_over(call.session, call.staff, body.to)
