"""Evidence of a session for a third party, as officers take it out: with a reason, recorded before it is made."""

from typing import Annotated, Final

import msgspec
from aiohttp import web

from audit.event import Actor, ActorKind, EventName
from server.evidence import LONGEST_REASON, NoEvidence
from server.http.routing import OFFICER, Call, Route
from server.http.shapes import Request
from server.problems import Problem

MEDIA: Final = "application/zip"


class AskedEvidence(Request, frozen=True, kw_only=True):
    """`reason`: what it is for, in one line."""

    session: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]


async def make(call: Call) -> web.Response:
    asked: AskedEvidence = call.body
    officer = Actor(ActorKind.OFFICER, call.staff.id)
    desk = call.services.log_desk.evidence
    try:
        made = await desk.make(asked.session, asked.reason, officer, EventName.OFFICER_EVIDENCE_EXPORTED)
    except NoEvidence as error:
        raise Problem(409, "no_evidence", f"{error} Nothing was taken out.") from error
    name = f"evidence-{made.entry}.zip"
    return web.Response(
        body=made.content,
        content_type=MEDIA,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


LOG_EVIDENCE_ROUTES: Final = (
    Route(
        method="POST",
        path="/api/v1/security/log/evidence",
        handler=make,
        who=OFFICER,
        request=AskedEvidence,
        answer=bytes,
        media=MEDIA,
        problems=(409,),
        fresh=True,
        summary="All that proves one session to somebody else, as a zip; recorded with the reason",
    ),
)
