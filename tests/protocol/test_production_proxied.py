"""A server in earnest behind a TLS proxy: what browsers get, whom it believes, and nothing of the demo."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import make_mocked_request

from server.http.addresses import parse_networks
from server.http.origin import site_for
from server.http.proxied import check_way
from server.problems import Problem
from tests.protocol.production_stand import HOST, Instance, instance_with_people
from tests.soft_passkey import bytes_of

BY_PROXY = {"Host": HOST, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
WITHIN = aiohttp.ClientTimeout(total=30)
DEMO_PATHS = ("/demo", "/api/v1/demo")


@dataclass(frozen=True, slots=True)
class Served:
    instance: Instance
    url: str

    @asynccontextmanager
    async def asked(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = BY_PROXY | options.pop("headers", {})
        async with (
            aiohttp.ClientSession(timeout=WITHIN) as session,
            session.request(
                method, self.url + path, headers=headers, allow_redirects=False, **options
            ) as answer,
        ):
            yield answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    instance = await instance_with_people(tmp_path_factory.mktemp("proxied"))
    async with instance.served() as (_, ready):
        yield Served(instance, "http://" + ready["listening"])


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_of_the_demo_is_served(served: Served) -> None:
    for path in DEMO_PATHS:
        async with served.asked("GET", path) as answer:
            assert answer.status == 404
    async with served.asked("GET", "/") as page:
        text = await page.text()
        assert page.status == 200
        assert "Kaede Bank" in text
        assert 'href="/demo"' not in text


@pytest.mark.asyncio(loop_scope="module")
async def test_an_officer_signs_in_with_a_cookie_that_only_tls_and_this_host_get_back(served: Served) -> None:
    headers, origin = {"Origin": f"https://{HOST}"}, f"https://{HOST}"
    asking = {"door": "security"}
    async with served.asked("POST", "/api/v1/logins/passkey-options", json=asking, headers=headers) as asked:
        challenge = bytes_of((await asked.json())["challenge"])
        (short,) = asked.headers.getall("Set-Cookie")
        assert short.startswith("__Host-tachiai-passkey=")
        headers["Cookie"] = short.partition(";")[0]
    passkey = served.instance.passkeys["chie"].assertion(challenge, origin)
    body = {"door": "security", "passkey": passkey}
    async with served.asked("POST", "/api/v1/logins/passkey", json=body, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        cookie = next(one for one in answer.headers.getall("Set-Cookie") if "tachiai-security=" in one)
        assert cookie.startswith("__Host-tachiai-security=")
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")


@pytest.mark.asyncio(loop_scope="module")
async def test_what_came_to_the_proxy_in_plain_is_led_to_tls_or_refused(served: Served) -> None:
    plain = {"X-Forwarded-Proto": "http"}
    async with served.asked("GET", "/agent?next=1", headers=plain) as answer:
        assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/agent?next=1")
    async with served.asked("GET", "//evil.example.com/", headers=plain) as answer:
        assert answer.headers["Location"] == f"https://{HOST}/evil.example.com/"
    headers = plain | {"Origin": f"https://{HOST}"}
    async with served.asked("POST", "/api/v1/logins", json={}, headers=headers) as answer:
        assert answer.status == 421


@pytest.mark.asyncio(loop_scope="module")
async def test_another_name_and_another_origin_are_refused(served: Served) -> None:
    async with served.asked("GET", "/", headers={"Host": "evil.example.com"}) as answer:
        assert answer.status == 421
    for origin in ("https://evil.example.com", f"http://{HOST}", "null"):
        async with served.asked("POST", "/api/v1/logins", json={}, headers={"Origin": origin}) as answer:
            assert answer.status == 403


@pytest.mark.asyncio(loop_scope="module")
async def test_a_probe_is_answered_by_address(served: Served) -> None:
    for path in ("/healthz", "/readyz"):
        async with served.asked("GET", path, headers={"Host": "127.0.0.1"}) as answer:
            assert (answer.status, (await answer.json())["status"]) == (200, "ok")


@pytest.mark.asyncio(loop_scope="module")
async def test_clients_of_one_proxy_are_counted_apart(served: Served) -> None:
    """One who floods is refused; the next one, who comes by the same proxy, is not."""
    async with aiohttp.ClientSession(served.url, timeout=WITHIN) as session:

        async def status_for(client: str) -> int:
            async with session.get("/healthz", headers=BY_PROXY | {"X-Forwarded-For": client}) as answer:
                return answer.status

        # All at once, more than are free in ten seconds: one after the other a busy machine would be too slow to flood.
        statuses = await asyncio.gather(*(status_for("198.51.100.1") for _ in range(700)))
        assert set(statuses) == {200, 429}
        assert await status_for("198.51.100.2") == 200


@pytest.mark.parametrize(
    ("peer", "scheme", "admitted"),
    [
        ("10.0.0.7", "https", True),
        ("10.0.0.7", "", True),
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("::ffff:10.0.0.7", "https", True),
        ("10.0.0.8", "https", False),
        ("192.0.2.1", "https", False),
        ("10.0.0.7", "https, http", False),
    ],
)
def test_only_the_proxy_and_this_machine_may_speak_in_plain(peer: str, scheme: str, admitted: bool) -> None:
    class _Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return (peer, 1) if name == "peername" else default

        def is_closing(self) -> bool:
            return False

    headers = {"X-Forwarded-Proto": scheme} if scheme else {}
    request = make_mocked_request("POST", "/", headers=headers, transport=_Transport())
    site, trusted = site_for(f"https://{HOST}", behind_proxy=True), parse_networks(["10.0.0.7"])
    if admitted:
        check_way(request, site, trusted)
    else:
        with pytest.raises(Problem, match="Use the address"):
            check_way(request, site, trusted)
