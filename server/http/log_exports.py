"""What officers take out of the log: exactly what their filters show, as a file; recorded before it begins."""

from typing import Annotated, Final

import msgspec
import structlog
from aiohttp import web

from audit.event import Actor, ActorKind, EventName
from audit.export.formats import Format
from server.exports import Asked, Export, ExportsBusy
from server.http import headers
from server.http.log_filters import PAGING, given_once, query_of
from server.http.routing import OFFICER, Call, Route
from server.http.shapes import Request
from server.problems import Problem

MEDIA: Final = "application/x-ndjson"
Filter = Annotated[str, msgspec.Meta(max_length=64)]
Filters = Annotated[dict[Filter, Filter], msgspec.Meta(max_length=16)]
_log: Final = structlog.get_logger("http")


class AskedExport(Request, frozen=True, kw_only=True):
    """`filters` as behind the "?" of the log's address; none: the whole log."""

    filters: Filters


async def take_out(call: Call) -> web.StreamResponse:
    asked: AskedExport = call.body
    export = await _begun(call, asked)
    response = web.StreamResponse(
        headers={
            "Content-Type": MEDIA,
            "Content-Disposition": f'attachment; filename="log-{export.index}.jsonl"',
        }
    )
    # What follows goes out piece by piece, and the middleware's headers would come too late.
    headers.put(response.headers, secure=call.services.site.secure)
    try:
        await response.prepare(call.request)
        await _send(response, export)
    except Exception as error:  # noqa: BLE001  # a file without its ending shows that it was cut
        _log.warning("an export was cut", entry=export.index, exc_info=error)
        if call.request.transport is not None:
            call.request.transport.abort()
    finally:
        export.abandon()
    return response


async def _send(response: web.StreamResponse, export: Export) -> None:
    while not export.over:
        await response.write(await export.piece())
    if export.abandoned:
        raise TimeoutError("nobody took the next piece for so long that others got the place")
    await response.write_eof()


async def _begun(call: Call, asked: AskedExport) -> Export:
    given = given_once(asked.filters.items())
    if any(name in given for name, _ in PAGING):
        raise Problem(422, "does_not_fit", "An export is of all that matches: leave out before and limit.")
    officer = Actor(ActorKind.OFFICER, call.staff.id)
    wanted = Asked(Format.JSONL, query_of(given))
    kept_from = await call.services.case_files.desk.kept_from(call.staff.staff)
    exports = call.services.log_desk.exports
    try:
        return await exports.begin(wanted, officer, EventName.OFFICER_LOG_EXPORTED, kept_from)
    except ExportsBusy:
        raise Problem(
            409, "exports_busy", "Other exports are under way. Nothing was taken out. Try again in a minute."
        ) from None


LOG_EXPORT_ROUTES: Final = (
    Route(
        method="POST",
        path="/api/v1/security/log/exports",
        handler=take_out,
        who=OFFICER,
        request=AskedExport,
        answer=str,
        media=MEDIA,
        problems=(409,),
        fresh=True,
        summary="All entries that match, as lines of JSON that end with what there should be; recorded",
    ),
)
