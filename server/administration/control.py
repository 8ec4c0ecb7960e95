"""The control socket: acts come in as JSON, from this server's own user or root and from nobody else.

The socket's mode (0600) and its folder's (0700) keep others out; besides, the kernel is asked who is at the other end
(SO_PEERCRED), for the check and for the log. Where a system cannot tell, nothing is served.
"""

import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import structlog
from aiohttp import web

from server.administration.acts import AnyAct
from server.administration.errors import ActRefused, CannotReach
from server.administration.host_user import operator
from server.administration.office import Office
from server.administration.socket_place import SOCKET_FILE, bound_in
from server.administration.wire import LARGEST_ACT_BYTES, PATH, Refusal

LAST_ACTS_WITHIN_S: Final = 3.0
_PEER: Final = struct.Struct("3i")  # Linux's struct ucred: pid, uid, gid
_log: Final = structlog.get_logger("control")


@asynccontextmanager
async def serving(data: Path, office: Office) -> AsyncIterator[None]:
    """Acts are taken while the context is open. The log's lock must be held. Raises CannotReach."""
    try:
        bound = bound_in(data)
    except OSError as error:
        raise CannotReach(
            f"The control socket cannot be made in {data}: {error.strerror}. Without it nobody could be disabled."
        ) from error
    application = web.Application(client_max_size=LARGEST_ACT_BYTES)
    application.router.add_post(PATH, _answering(office))
    runner = web.AppRunner(
        application, handle_signals=False, access_log=None, shutdown_timeout=LAST_ACTS_WITHIN_S
    )
    try:
        await runner.setup()
        await web.SockSite(runner, bound).start()
        yield
    finally:
        (data / SOCKET_FILE).unlink(missing_ok=True)  # before it closes: who comes now finds no server
        await runner.cleanup()
        bound.close()


def may_ask(uid: int, own: int) -> bool:
    """Root, and the user whose server this is (`own`): whoever is either could read and write the files anyhow."""
    return uid in {0, own}


def _answering(office: Office) -> Any:
    async def answer(request: web.Request) -> web.Response:
        uid = _peer_uid(request)
        if uid is None or not may_ask(uid, os.getuid()):
            return _refusal("refused", "Only this server's own user and root may do this. Nothing was done.")
        try:
            act = msgspec.json.decode(await request.read(), type=AnyAct)
        except (msgspec.DecodeError, web.HTTPRequestEntityTooLarge):  # a ValidationError is a DecodeError
            return _refusal(
                "refused",
                "The running server does not understand this. Use the `tachiai` of the same version. Nothing was done.",
            )
        try:
            done = await office.perform(act, operator(uid))
        except ActRefused as error:
            return _refusal("refused", str(error))
        except CannotReach as error:
            return _refusal("cannot", str(error))
        except Exception as error:  # noqa: BLE001  # the last one who can answer
            _log.error("an act failed", act=type(act).__name__, exc_info=error)
            return _refusal("cannot", "Something went wrong in the server; its own messages say what.")
        return web.Response(body=msgspec.json.encode(done), content_type="application/json")

    return answer


def _peer_uid(request: web.Request) -> int | None:
    """Who is at the other end, as the kernel tells; None where it does not."""
    peer = request.transport.get_extra_info("socket") if request.transport is not None else None
    option = getattr(socket, "SO_PEERCRED", None)
    if peer is None or option is None:
        return None
    _, uid, _ = _PEER.unpack(peer.getsockopt(socket.SOL_SOCKET, option, _PEER.size))
    return int(uid)


def _refusal(kind: Literal["refused", "cannot"], sentence: str) -> web.Response:
    body = msgspec.json.encode(Refusal(kind=kind, sentence=sentence))
    status = 422 if kind == "refused" else 503
    return web.Response(status=status, body=body, content_type="application/json")
