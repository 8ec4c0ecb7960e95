"""What breaks a socket breaks nothing else."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import WSMsgType, web

from server.signalling.heartbeat import PING_EVERY_S
from server.signalling.outbox import Outbox
from server.signalling.pipe import Pipe, new_socket

CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"  # masked with zeros (RFC 6455 clause 5.2)
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
JUST_UNDER_THE_LIMIT = 65_530  # with its head; the writer waits for the transport beyond 64 KiB


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def test_a_ping_that_comes_as_the_transport_closes_raises_nothing() -> None:
    ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    async def serve(request: web.Request) -> web.StreamResponse:
        socket = new_socket()
        await socket.prepare(request)

        def close(_text: str) -> None:
            assert request.transport is not None
            request.transport.close()

        try:
            await Pipe(request, socket, Outbox()).run(close)
            ended.set_result(None)
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test shows it
            ended.set_result(error)
        return socket

    async with (
        serving(serve) as url,
        aiohttp.ClientSession() as client,
        client.ws_connect(url, autoping=False) as socket,
    ):
        await socket.send_str("close")
        for _ in range(40):
            await socket.ping(b"x")
        async with asyncio.timeout(5):
            assert await ended is None


def kinds(stream: bytes) -> Iterator[int]:
    """The opcodes of a server's frames, which are unmasked and here shorter than 64 KiB."""
    at = 0
    while at + 2 <= len(stream):
        length, head = stream[at + 1], 2
        if length == 126:
            length, head = int.from_bytes(stream[at + 2 : at + 4], "big"), 4
        if at + head + length > len(stream):
            return
        yield stream[at] & 0x0F
        at += head + length


async def test_nothing_follows_a_close_that_waits_for_a_client_who_does_not_read() -> None:
    async def serve(request: web.Request) -> web.StreamResponse:
        socket, outbox = new_socket(), Outbox()
        await socket.prepare(request)
        assert request.transport is not None
        request.transport.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4_096)
        await socket.send_str("x" * JUST_UNDER_THE_LIMIT)
        outbox.end(None)
        await Pipe(request, socket, outbox).run(lambda _text: None)
        return socket

    async with serving(serve) as url:
        stream = await received_late(int(url.rsplit(":", 1)[1].rstrip("/")))
    sent = list(kinds(stream.partition(b"\r\n\r\n")[2]))
    assert sent == [WSMsgType.TEXT.value, WSMsgType.CLOSE.value]


async def received_late(port: int) -> bytes:
    """By a client who reads nothing for as long as a ping takes to be due."""
    loop = asyncio.get_running_loop()
    with sockets.socket() as client:
        client.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        await loop.sock_sendall(client, UPGRADE)
        await asyncio.sleep(1.2 * PING_EVERY_S)
        stream = b""
        async with asyncio.timeout(10):
            while WSMsgType.CLOSE.value not in kinds(stream.partition(b"\r\n\r\n")[2]):
                stream += await loop.sock_recv(client, 65_536)
            await loop.sock_sendall(client, CLOSE)
            with suppress(ConnectionResetError):
                while got := await loop.sock_recv(client, 65_536):
                    stream += got
    return stream
