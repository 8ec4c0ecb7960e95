"""A server in earnest behind each sample proxy: its pages, its socket's door, and whose address it counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from server.http.throttles import READS
from tests.browser.demo_server import free_port
from tests.protocol import proxies
from tests.protocol.production_stand import OFFICER, Instance
from tests.protocol.proxies import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Front:
    proxy: Proxy

    @asynccontextmanager
    async def client(self, address: str = "127.0.0.1") -> AsyncIterator[aiohttp.ClientSession]:
        """A caller from this address of loopback, which the proxy sees."""
        connector = aiohttp.TCPConnector(ssl=self.proxy.trust, local_addr=(address, 0), limit=AT_ONCE)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=sorted(proxies.BOTH))
async def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Front]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    instance, port = Instance(folder / "instance"), free_port()
    made = await instance.init(*OFFICER, f"--base-url=https://localhost:{port}")
    assert made.code == 0, made.err
    async with instance.served() as (_process, ready):
        upstream = int(ready["listening"].rpartition(":")[2])
        async with proxies.BOTH[request.param](folder / "proxy", upstream, port=port) as proxy:
            yield Front(proxy)


async def test_pages_and_files_arrive_with_their_own_headers_and_there_is_no_demo(front: Front) -> None:
    async with front.client() as client:
        for path, status in (("/", 200), ("/join", 200), ("/agent/sign-in", 200), ("/demo", 404)):
            async with client.get(f"{front.proxy.url}{path}") as answer:
                assert answer.status == status, path
                for name in ("Strict-Transport-Security", "Content-Security-Policy", "Permissions-Policy"):
                    assert len(answer.headers.getall(name)) == 1, name
        async with client.get(f"{front.proxy.url}/static/styles/base.css") as answer:
            assert answer.status == 200


async def test_the_live_sockets_door_is_reached_and_shut_for_strangers(front: Front) -> None:
    async with front.client() as client:
        for origin, status in ((front.proxy.url, 401), ("https://evil.example", 403)):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with client.ws_connect(f"{front.proxy.url}/api/v1/socket", origin=origin):
                    pass
            assert refused.value.status == status


@pytest.mark.alone  # it asks faster than what is allowed comes back
async def test_limits_count_the_callers_address_whatever_the_caller_claims(front: Front) -> None:
    async def statuses(client: aiohttp.ClientSession, first: int) -> list[int]:
        return await asyncio.gather(*(status(client, number) for number in range(first, first + AT_ONCE)))

    async def status(client: aiohttp.ClientSession, number: int) -> int:
        claimed = {"X-Forwarded-For": f"203.0.113.{number % 250}", "X-Real-IP": f"203.0.113.{number % 250}"}
        async with client.get(f"{front.proxy.url}/api/v1/cases", headers=claimed) as answer:
            return answer.status

    async with front.client("127.0.0.2") as flooding, front.client("127.0.0.3") as other:
        for first in range(0, 2 * READS.count, AT_ONCE):
            if 429 in await statuses(flooding, first):
                break
        else:
            pytest.fail("so many, under as many names, are still one caller's")
        assert await status(other, 0) == 401, "another caller is not that one"
