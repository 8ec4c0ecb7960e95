"""`/log/`: the log's public part, for whoever wants to verify it (C2SP tlog-tiles)."""

import asyncio
import os
from typing import Final

from aiohttp import web

from server.http.headers import put
from server.http.routing import ANYONE, Call, Handler, Kind, Route
from server.problems import not_found
from server.published_log import PREFIX, Published

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_A_WHILE: Final = "public, max-age=60"
_NEVER: Final = "no-cache"
_TEXT: Final = "text/plain; charset=utf-8"
_PIECE: Final = 65_536


async def note(call: Call) -> web.Response:
    found = await call.services.published_log.note(call.request.path.removeprefix(PREFIX))
    return _answer(found, _TEXT, _NEVER)


async def seals(call: Call) -> web.StreamResponse:
    """As long as the file was when it was opened: what is appended meanwhile is the next reader's."""
    file = call.services.published_log.seals()
    if file is None:
        raise not_found()
    with file:
        left = os.fstat(file.fileno()).st_size
        response = web.StreamResponse(headers={"Content-Type": _TEXT, "Cache-Control": _NEVER})
        response.content_length = left
        put(response.headers, secure=call.services.site.secure)  # what is begun can not be completed later
        await response.prepare(call.request)
        while left and (piece := await asyncio.to_thread(file.read, min(left, _PIECE))):
            left -= len(piece)
            await response.write(piece)
    await response.write_eof()
    return response


async def tile(call: Call) -> web.Response:
    found = await call.services.published_log.tile(call.request.match_info["tile"])
    lasting = found is not None and found.lasting
    return _answer(found, "application/octet-stream", _FOR_EVER if lasting else _A_WHILE)


def _answer(found: Published | None, kind: str, caching: str) -> web.Response:
    if found is None:
        raise not_found()
    return web.Response(body=found.content, headers={"Content-Type": kind, "Cache-Control": caching})


def _note_route(name: str, summary: str, handler: Handler = note) -> Route:
    return Route(
        method="GET", path=f"{PREFIX}{name}", handler=handler, who=ANYONE, summary=summary, problems=(404,)
    )


PUBLISHED_ROUTES: Final = (
    _note_route("checkpoint", "The log's newest signed checkpoint, C2SP tlog-checkpoint"),
    _note_route("witnessed", "The newest checkpoint that enough witnesses have signed"),
    _note_route("seals", "The log's forward-secure seals", seals),
    Route(
        method="GET",
        path=f"{PREFIX}tile/{{tile:.+}}",
        handler=tile,
        who=ANYONE,
        kind=Kind.FILE,
        summary="Hashes and sealed entries of the log, C2SP tlog-tiles",
    ),
)
