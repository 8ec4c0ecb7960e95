"""The officers' checklist: its page, its resource, and their rows of the route table."""

from typing import Final

from aiohttp import web

from audit.event import EventName
from server.checklist.wording import WordedFinding, worded
from server.http.pages import show_console
from server.http.routing import OFFICER, Call, Kind, Route
from server.http.shapes import Answer


class ChecklistShown(Answer, frozen=True, kw_only=True):
    """What is weak now, the gravest first, in the reader's language."""

    looked_at_ms: int
    findings: list[WordedFinding]


async def page(call: Call) -> web.Response:
    return await show_console(call, "security_checklist")


async def findings(call: Call) -> ChecklistShown:
    """Recorded before anything is shown. While the log takes nothing `tachiai doctor` still tells, on the host."""
    services = call.services
    await services.log_desk.record(call.staff.staff, EventName.OFFICER_CHECKLIST_READ)
    words = services.pages.catalogues[services.pages.language(call.request)]
    found = await services.checklist.look_again()
    return ChecklistShown(looked_at_ms=call.now, findings=[worded(finding, words) for finding in found])


CHECKLIST_ROUTES: Final = (
    Route(
        method="GET",
        path="/security/checklist",
        handler=page,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="What is weak here now",
    ),
    Route(
        method="GET",
        path="/api/v1/security/checklist",
        handler=findings,
        who=OFFICER,
        answer=ChecklistShown,
        summary="What is weak here now and how to mend it; recorded",
    ),
)
