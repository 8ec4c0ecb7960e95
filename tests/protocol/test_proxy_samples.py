"""The proxies' sample files, run by the real programs: what reaches the server, and what a visitor gets."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from multidict import CIMultiDict

from server.http import headers
from tests.protocol import proxies
from tests.protocol.proxies import Proxy

CANARY = "session-4f1d0c"
CLAIMS = {
    "X-Forwarded-For": "203.0.113.9",
    "Forwarded": "for=203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "X-Forwarded-Proto": "http",
}
ALWAYS = ("Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options", "Cache-Control")


@dataclass(slots=True)
class Upstream:
    """Tells what reached it, and answers with the headers that the real server puts on every answer."""

    port: int = 0
    seen: list[CIMultiDict[str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(CIMultiDict(request.headers))
        await request.read()
        response = web.json_response({"path": request.path}, status=int(request.query.get("status", "200")))
        headers.put(response.headers, secure=True)
        return response

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        self.seen.append(CIMultiDict(request.headers))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"heard {message.data}")
        return socket


@dataclass(frozen=True, slots=True)
class Front:
    proxy: Proxy
    upstream: Upstream
    runner: web.AppRunner
    client: aiohttp.ClientSession

    def get(self, path: str, **options: object) -> "aiohttp.client._RequestContextManager":
        return self.client.get(f"{self.proxy.url}{path}", **options)  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=sorted(proxies.BOTH))
async def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Front]:
    """One proxy of each kind for all tests of this file; the tests change nothing of it."""
    upstream, application = Upstream(), web.Application(client_max_size=2**20)
    application.router.add_get("/api/v1/socket", upstream.socket)
    application.router.add_route("*", "/{path:.*}", upstream.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream.port = int(runner.addresses[0][1])
    folder: Path = tmp_path_factory.mktemp(request.param)
    async with proxies.BOTH[request.param](folder, upstream.port) as proxy:
        connector = aiohttp.TCPConnector(ssl=proxy.trust)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as client:
            yield Front(proxy, upstream, runner, client)
    await runner.cleanup()


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_server_learns_the_callers_address_and_nothing_that_the_caller_claims(front: Front) -> None:
    async with front.get("/agent", headers=CLAIMS) as answer:
        assert answer.status == 200
    seen = front.upstream.seen[-1]
    assert seen.getall("X-Forwarded-For") == ["127.0.0.1"]
    assert seen["X-Forwarded-Proto"] == "https"
    assert seen["Host"] == f"localhost:{front.proxy.port}"
    assert "203.0.113.9" not in str(seen)


async def test_the_live_socket_passes_in_both_directions_with_the_callers_address(front: Front) -> None:
    async with front.client.ws_connect(f"{front.proxy.url}/api/v1/socket", headers=CLAIMS) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str(timeout=10) == "heard hello"
    assert front.upstream.seen[-1].getall("X-Forwarded-For") == ["127.0.0.1"]


async def test_the_servers_headers_arrive_once_and_unchanged(front: Front) -> None:
    wanted: CIMultiDict[str] = CIMultiDict()
    headers.put(wanted, secure=True)
    async with front.get("/join") as answer:
        for name, value in wanted.items():
            if name != "Server":  # nginx and Caddy may name themselves; neither tells its version
                assert answer.headers.getall(name) == [value], name
        assert not any(letter.isdigit() for letter in answer.headers.get("Server", ""))


async def test_what_the_server_refuses_arrives_as_the_server_said_it(front: Front) -> None:
    for status in (404, 421, 503):
        async with front.get(f"/agent?status={status}") as answer:
            assert answer.status == status
            assert await answer.json() == {"path": "/agent"}


async def test_a_body_over_the_servers_limit_does_not_reach_it(front: Front) -> None:
    async with front.client.post(f"{front.proxy.url}/api/v1/cases", data=b"x" * 256 * 1024) as answer:
        assert answer.status == 200
    async with front.client.post(f"{front.proxy.url}/api/v1/cases", data=b"x" * 257 * 1024) as answer:
        assert answer.status == 413
        for name in ALWAYS:
            assert len(answer.headers.getall(name)) == 1, name


async def test_readiness_is_not_told_to_strangers(front: Front) -> None:
    async with front.get("/readyz") as answer:
        assert answer.status == 404
    async with front.get("/healthz") as answer:
        assert answer.status == 200


async def test_plain_http_is_sent_on_to_the_same_page_over_tls(front: Front) -> None:
    plain = f"http://localhost:{front.proxy.plain_port}/join?x=1"
    async with front.client.get(plain, allow_redirects=False) as answer:
        assert answer.status in {301, 308}
        assert answer.headers["Location"].startswith("https://localhost")
        assert answer.headers["Location"].endswith("/join?x=1")


async def test_old_tls_is_refused(front: Front) -> None:
    old = ssl.create_default_context(cafile=str(front.proxy.folder / "demo-certificate.pem"))
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        await asyncio.open_connection("localhost", front.proxy.port, ssl=old)


async def test_while_the_server_is_away_a_visitor_reads_so_and_the_logs_name_no_session(
    tmp_path: Path, front: Front
) -> None:
    kind = proxies.nginx if (front.proxy.folder / "nginx.conf").exists() else proxies.caddy
    async with (
        kind(tmp_path, 9) as proxy,  # port 9, "discard", which nobody serves
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=proxy.trust)) as client,
        client.get(f"{proxy.url}/agent/sessions/{CANARY}") as answer,
    ):
        text = await answer.text()
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "30"
        assert "nothing of yours is shared" in text
        assert "共有されていません" in text
        for name in ALWAYS:
            assert len(answer.headers.getall(name)) == 1, name
    async with front.get(f"/agent/sessions/{CANARY}") as answer:
        assert json.loads(await answer.read())["path"].endswith(CANARY)
    assert CANARY not in proxy.written() + front.proxy.written()
