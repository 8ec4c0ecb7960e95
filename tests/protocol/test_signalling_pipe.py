"""What breaks a socket breaks nothing else."""

import asyncio

import aiohttp
from aiohttp import web

from server.signalling.outbox import Outbox
from server.signalling.pipe import Pipe, new_socket


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

    application = web.Application()
    application.router.add_get("/", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession() as client, client.ws_connect(url, autoping=False) as socket:
        await socket.send_str("close")
        for _ in range(40):
            await socket.ping(b"x")
        async with asyncio.timeout(5):
            assert await ended is None
    await runner.cleanup()
