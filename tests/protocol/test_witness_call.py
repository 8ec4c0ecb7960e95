"""A witness that is hostile, broken or somebody else: what it answers is measured, understood or left alone."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from audit.tree_head import TreeHead
from audit.witnesses.exchange import MAX_ANSWER, SIZE_TYPE, parse_request
from audit.witnesses.policy import Witness
from server.log_keeping.witness_call import Cause, Refusal, Shown, Unanswered, WitnessCall, calling
from tests.unit.test_audit_note import mutated
from tests.unit.witness_people import AT_S, SmallLog, witness_key

LOG, SIZE = SmallLog(), 9
KEY = witness_key(1)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def shown() -> Shown:
    text = LOG.text(SIZE)
    return Shown(LOG.note(SIZE), text, TreeHead.parse(text), lambda old, size: list(LOG.proof(old, size)))


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[WitnessCall]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield WitnessCall(Witness("W1", KEY.verifier, f"http://127.0.0.1:{runner.addresses[0][1]}/prefix/"))
    finally:
        await runner.cleanup()


async def asked(handler: Handler) -> object:
    async with answering(handler) as call, calling() as session, asyncio.timeout(20):
        return await call.ask(session, shown())


def always(status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, content_type=kind, headers=headers)

    return handler


def size(number: int) -> Handler:
    return always(409, f"{number}\n".encode(), SIZE_TYPE)


async def test_the_size_that_a_witness_names_is_proved_to_it() -> None:
    requests: list[tuple[int, tuple[bytes, ...], str]] = []

    async def handler(request: web.Request) -> web.Response:
        parsed = parse_request(await request.read())
        requests.append((parsed.old, parsed.proof, request.path))
        if parsed.old != 4:
            return web.Response(status=409, body=b"4\n", content_type=SIZE_TYPE)
        return web.Response(body=KEY.line(LOG.text(SIZE), AT_S).encode())

    found = await asked(handler)
    assert isinstance(found, list)
    assert [one.at_s for one in found] == [AT_S]
    assert requests == [(0, (), "/prefix/add-checkpoint"), (4, LOG.proof(4, SIZE), "/prefix/add-checkpoint")]


async def test_another_history_is_told_from_a_witness_that_is_only_elsewhere() -> None:
    assert await asked(size(SIZE + 3)) == Refusal(Cause.LARGER, SIZE + 3)
    assert await asked(size(SIZE)) == Refusal(Cause.ROOT, SIZE)

    async def not_proved(request: web.Request) -> web.Response:
        if parse_request(await request.read()).old == 4:
            return web.Response(status=422)
        return web.Response(status=409, body=b"4\n", content_type=SIZE_TYPE)

    assert await asked(not_proved) == Refusal(Cause.HISTORY, 4)


@pytest.mark.parametrize(
    "handler",
    [
        always(400),
        always(403),
        always(404),
        always(422),
        always(500),
        always(200),
        always(200, b"nonsense"),
        always(200, witness_key(2).line(LOG.text(SIZE), AT_S).encode()),
        always(200, KEY.line(LOG.text(SIZE - 1), AT_S).encode()),
        always(200, b"x" * (MAX_ANSWER + 1)),
        always(409, b"7\n"),
        size(0),
        always(302, Location="http://127.0.0.1:1/add-checkpoint"),
        always(200, b"\x1f\x8b" + bytes(40), **{"Content-Encoding": "gzip"}),
    ],
)
async def test_what_no_witness_answers_is_no_signature_and_no_accusation(handler: Handler) -> None:
    with pytest.raises(Unanswered):
        await asked(handler)


async def test_a_witness_that_names_another_size_each_time_is_given_up() -> None:
    sizes = iter(range(1, 9))

    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=409, body=f"{next(sizes)}\n".encode(), content_type=SIZE_TYPE)

    with pytest.raises(Unanswered, match="each time"):
        await asked(handler)
    assert next(sizes) <= 6


async def test_an_answer_without_an_end_is_cut_off_by_size() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        except ConnectionError:
            return response

    with pytest.raises(Unanswered, match="too long"):
        await asked(handler)


async def test_two_hundred_broken_answers_are_no_fault_of_ours() -> None:
    chance = random.Random(5)  # noqa: S311 - the same bytes every time
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: close\r\n"
    good = head + b"\r\n\xe2\x80\x94 w AAAA\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(mutated(good, chance))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, calling() as session:
        for _ in range(200):
            call = WitnessCall(Witness("W1", KEY.verifier, f"http://127.0.0.1:{port}"))
            with pytest.raises(Unanswered):
                await call.ask(session, shown())
