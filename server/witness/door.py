"""The witness over HTTP: one path, bounded in size and time; addresses of clients are neither kept nor logged."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from audit.witnesses.exchange import MAX_REQUEST, PATH
from server.http import bodies
from server.http.headers import SOFTWARE
from server.problems import Problem
from server.witness.desk import PLAIN, Desk, Reply

KEPT_OPEN_S: Final = 75.0  # a log asks every few seconds, or every five minutes
LAST_ANSWERS_WITHIN_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class _Door:
    desk: Desk

    async def add_checkpoint(self, request: web.Request) -> web.Response:
        try:
            body = await bodies.read(request, largest=MAX_REQUEST)
        except Problem as problem:
            return _response(Reply(problem.status, f"{problem.detail}\n".encode()))
        return _response(await self.desk.add(body))


def application(desk: Desk) -> web.Application:
    made = web.Application(client_max_size=MAX_REQUEST + 1, middlewares=[_plain])
    made.router.add_post(PATH, _Door(desk).add_checkpoint)
    return made


@asynccontextmanager
async def runner(desk: Desk) -> AsyncIterator[web.AppRunner]:
    """Not listening yet."""
    made = web.AppRunner(
        application(desk),
        handle_signals=False,
        access_log=None,
        keepalive_timeout=KEPT_OPEN_S,
        shutdown_timeout=LAST_ANSWERS_WITHIN_S,
        auto_decompress=False,  # the size that is measured is the size that is read
    )
    await made.setup()
    try:
        yield made
    finally:
        await made.cleanup()


@web.middleware
async def _plain(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """aiohttp's own refusals (no such path, another method) in the form of ours."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _response(Reply(error.status, f"{error.reason}\n".encode()))


def _response(reply: Reply) -> web.Response:
    headers = {"Server": SOFTWARE, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    charset = "utf-8" if reply.content_type == PLAIN else None
    return web.Response(
        status=reply.status,
        body=reply.body,
        content_type=reply.content_type,
        charset=charset,
        headers=headers,
    )
