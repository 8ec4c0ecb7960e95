"""`tachiai badge-issuer`: the issuer as a process of its own, behind a socket for its own user, its group and root.

The server runs as another user. In a folder of its group with the set-group-ID bit the socket is of that group too:
the server, and nobody else, may ask then; whoever may ask cannot read the key.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import structlog

from server.badges.homes import LONGEST_LINE_BYTES, Answered, Asked, answer
from server.badges.issuer import KeyedIssuer
from server.serving import until_told_to_stop

_log: Final = structlog.get_logger("badge issuer")
REQUEST_WITHIN_S: Final = 5.0


class SocketRefused(Exception):
    """The socket cannot be made. The message is a sentence."""


async def serve(issuer: KeyedIssuer, socket: Path, ready: Callable[[], None]) -> None:
    """Until SIGTERM or SIGINT. Raises SocketRefused."""
    with _cleared(socket), until_told_to_stop() as stop:
        async with await _bound(issuer, socket):
            ready()
            await stop.wait()


@contextlib.contextmanager
def _cleared(socket: Path) -> Iterator[None]:
    """What a former process left is gone, and so is ours afterwards."""
    try:
        socket.unlink(missing_ok=True)
        yield
    except OSError as error:
        raise SocketRefused(f"The socket {socket} cannot be made: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            socket.unlink(missing_ok=True)


async def _bound(issuer: KeyedIssuer, socket: Path) -> asyncio.Server:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(msgspec.json.encode(await _answered(issuer, reader)) + b"\n")
            await writer.drain()
        writer.close()

    former = os.umask(0o117)  # the socket is born with mode 0660
    try:
        return await asyncio.start_unix_server(conversation, str(socket), limit=LONGEST_LINE_BYTES)
    finally:
        os.umask(former)


async def _answered(issuer: KeyedIssuer, reader: asyncio.StreamReader) -> Answered:
    try:
        async with asyncio.timeout(REQUEST_WITHIN_S):
            asked = msgspec.json.decode(await reader.readline(), type=Asked)
    except (ValueError, TimeoutError):
        return Answered(refused="This is no request of this version.")
    answered = await asyncio.to_thread(answer, issuer, asked)
    if answered.badge is not None:
        _log.info("a badge was made", badge=answered.badge.id)
    elif asked.op == "issue":
        reason = answered.refused or answered.passkey_needed or answered.unavailable
        _log.warning("no badge was made", reason=reason)
    return answered
