"""The officers' page of regular reports, and the reports as files. Listing and taking one are entries."""

import asyncio
import hashlib
from typing import Final

from aiohttp import web

from audit.event import EventName, Fact
from audit.self_audit.report import Report
from server.http.pages import show_console
from server.http.routing import OFFICER, Call, Kind, Route
from server.http.shapes import Answer
from server.problems import not_found
from server.reporting.shelf import DOCUMENT, PAGE

API: Final = "/api/v1/security/reports"
MEDIA: Final = {PAGE: "text/html", DOCUMENT: "application/json"}


class ReportRow(Answer, frozen=True, kw_only=True):
    """`name` names the files. The rest is null where the report cannot be read. `exit_code`: the verifier's, or 1 if
    something else is to be mended; `entry` announced it."""

    name: str
    from_ms: int | None = None
    to_ms: int | None = None
    entry: int | None = None
    entries: int | None = None
    exit_code: int | None = None
    to_mend: int | None = None


class ReportsShown(Answer, frozen=True, kw_only=True):
    """The newest first."""

    reports: list[ReportRow]


async def page(call: Call) -> web.Response:
    return await show_console(call, "security_reports")


async def rows(call: Call) -> ReportsShown:
    await _record(call, {"what": "list"})
    found = await asyncio.to_thread(call.services.reports.shelf.all)
    return ReportsShown(
        reports=[
            ReportRow(name=one.name)
            if one.report is None
            else ReportRow(
                name=one.name,
                from_ms=one.report.from_ms,
                to_ms=one.report.to_ms,
                entry=one.report.entry,
                entries=one.report.entries,
                exit_code=one.report.exit_code,
                to_mend=one.report.to_mend,
            )
            for one in found
        ]
    )


async def as_page(call: Call) -> web.Response:
    return await _file(call, PAGE)


async def as_document(call: Call) -> web.Response:
    return await _file(call, DOCUMENT)


async def _file(call: Call, form: str) -> web.Response:
    """A file to keep, never shown on this site's own pages. Its hash stands in the log's entry of it too."""
    name = call.request.match_info["report"]
    content = await asyncio.to_thread(call.services.reports.shelf.content, name, form)
    if content is None:
        raise not_found()
    await _record(call, {"what": form, "report": name, "sha256": hashlib.sha256(content).hexdigest()})
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return web.Response(body=content, content_type=MEDIA[form], headers=headers)


async def _record(call: Call, facts: dict[str, Fact]) -> None:
    await call.services.log_desk.record(call.staff.staff, EventName.OFFICER_REPORT_READ, facts)


REPORT_ROUTES: Final = (
    Route(
        method="GET",
        path="/security/reports",
        handler=page,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="Regular reports on the log and on those who keep it",
    ),
    Route(
        method="GET",
        path=API,
        handler=rows,
        who=OFFICER,
        answer=ReportsShown,
        summary="The reports that are kept, with their results; recorded",
    ),
    Route(
        method="GET",
        path=f"{API}/{{report}}",
        handler=as_page,
        who=OFFICER,
        answer=str,
        media=MEDIA[PAGE],
        summary="One report as a page to keep; recorded",
    ),
    Route(
        method="GET",
        path=f"{API}/{{report}}/document",
        handler=as_document,
        who=OFFICER,
        answer=Report,
        summary="One report as a document for programs; recorded",
    ),
)
