"""A socket's transport: texts in, texts out, and is it alive. Knows nothing of sessions."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import WSMsgType, web

from server.signalling.heartbeat import Heartbeat
from server.signalling.messages import MESSAGE_LIMIT_BYTES
from server.signalling.outbox import Outbox

MESSAGES_EACH_SECOND: Final = 50
CLOSE_WITHIN_S: Final = 2.0
FLOOD_CODE: Final = 4429
_NOT_TEXT_CODE: Final = 1003


def new_socket() -> web.WebSocketResponse:
    # Pings are ours (heartbeat.py); compression would let a small message grow and secrets be guessed by size.
    return web.WebSocketResponse(
        autoping=False,
        compress=False,
        max_msg_size=MESSAGE_LIMIT_BYTES,
        timeout=CLOSE_WITHIN_S,
        writer_limit=64 * 1024,
    )


class Pipe:
    """Moves texts between a prepared socket and `outbox` until either end is done."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, outbox: Outbox) -> None:
        self._request, self._socket, self._outbox = request, socket, outbox
        self._heartbeat = Heartbeat()
        self._rate = _Rate()

    async def run(self, take: Callable[[str], None]) -> None:
        """Returns when the socket is over, by whichever side; `take` gets each text and must not wait."""
        flows = (self._read(take), self._write(), self._heartbeat.watch(self._ping))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(flow) for flow in flows]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        self._abort()

    async def _read(self, take: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            frame = await self._socket.receive()
            self._heartbeat.heard()
            if frame.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                return
            if not self._rate.allows(loop.time()):
                self._outbox.end(None, close_code=FLOOD_CODE)
            elif frame.type is WSMsgType.TEXT:
                take(frame.data)
            elif frame.type is WSMsgType.PING:
                await self._answer(frame.data)
            elif frame.type is not WSMsgType.PONG:
                self._outbox.end(None, close_code=_NOT_TEXT_CODE)

    async def _ping(self) -> None:
        """Nothing follows a close frame (RFC 6455 clause 5.5.1), also while it waits for a client who reads nothing."""
        if not self._socket.closed:
            await self._socket.ping()

    async def _answer(self, ping: bytes) -> None:
        try:
            await self._socket.pong(ping)
        except ConnectionError:
            return  # it is closing: the next frame says so

    async def _write(self) -> None:
        try:
            while (text := await self._outbox.next()) is not None:
                await self._socket.send_str(text)
            if not self._outbox.overflowing:
                await self._socket.close(code=self._outbox.close_code)
        except ConnectionError:
            return

    def _abort(self) -> None:
        # After a proper close there is nothing left to abort; a client that does not read is cut off here.
        transport = self._request.transport
        if transport is not None and not self._socket.closed:
            transport.abort()


class _Rate:
    """At most MESSAGES_EACH_SECOND frames in any one second of the loop's clock (two-window estimate)."""

    def __init__(self) -> None:
        self._window, self._count, self._former = 0, 0, 0

    def allows(self, now: float) -> bool:
        window = int(now)
        if window != self._window:
            self._former = self._count if window == self._window + 1 else 0
            self._window, self._count = window, 0
        self._count += 1
        return self._count + self._former * (1 - (now - window)) <= MESSAGES_EACH_SECOND
