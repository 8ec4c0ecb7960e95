"""What an outsider can send: sizes, shapes, origins, hosts, slowness. Always a clear 4xx, never a change."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName
from server.http import throttles
from server.http.bodies import LARGEST_BODY_BYTES
from server.http.routes import TABLE
from server.http.routing import Kind
from server.settings import Settings
from tests.protocol.server_people import Answered, Browser, Customer, in_verifying
from tests.protocol.server_stand import Stand, stand
from verification.throttle import Rate

UNSAFE = [route for route in TABLE if route.method != "GET"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


@pytest.fixture
async def browser(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as opened:
        yield opened


def code_of(answer: Answered) -> object:
    return answer.body["code"] if isinstance(answer.body, dict) else answer.body


async def test_a_body_is_read_up_to_256_kb_and_refused_beyond(browser: Browser) -> None:
    for size in (0, 1, 1_000, LARGEST_BODY_BYTES, LARGEST_BODY_BYTES + 1, 4 * LARGEST_BODY_BYTES):
        answer = await browser.ask("POST", "/logins", raw=b" " * size)
        expected = (413, "too_large") if size > LARGEST_BODY_BYTES else (400, "body_not_understood")
        assert (answer.status, code_of(answer)) == expected, size


async def test_a_body_without_a_length_is_held_to_the_same_size(browser: Browser) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b" " * 64 * 1024

    headers = {"Origin": browser.stand.url, "Content-Type": "application/json"}
    url = f"{browser.stand.url}/api/v1/logins"
    async with browser.session.post(url, data=endless(), headers=headers) as response:
        assert response.status == 413


async def test_only_the_exact_members_fit(browser: Browser) -> None:
    bodies: tuple[object, ...] = (
        {"door": "agent", "username": "a", "password": "b", "code": "1", "role": "admin"},
        {"door": "kitchen", "username": "a", "password": "b", "code": "1"},
        {"door": "agent", "username": "a", "password": "b"},
        {"door": "agent", "username": "a" * 257, "password": "b", "code": "1"},
        [],
        "text",
    )
    for body in bodies:
        assert (await browser.ask("POST", "/logins", body)).status == 422, body


async def test_a_deeply_nested_body_is_refused(browser: Browser) -> None:
    assert (await browser.ask("POST", "/logins", raw=b"[" * 100_000)).status in {400, 422}


async def test_another_content_type_is_refused(browser: Browser) -> None:
    answer = await browser.ask("POST", "/logins", raw=b"{}", headers={"Content-Type": "text/plain"})
    assert (answer.status, code_of(answer)) == (415, "wrong_content_type")


FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)  # a server each: all together would be a flood
async def test_another_sites_page_changes_nothing(browser: Browser, headers: dict[str, str]) -> None:
    for route in UNSAFE:
        path = re.sub(r"\{[a-z]+\}", "x", route.path)
        expected = (401, "key_refused") if route.keyed else (403, "wrong_origin")
        answer = await browser.ask(route.method, path, {}, headers=headers)
        assert (answer.status, code_of(answer)) == expected, path


async def test_a_contact_is_told_where_there_is_one_and_none_is_made_up(tmp_path: Path) -> None:
    place = "/.well-known/security.txt"
    async with stand(tmp_path / "none") as server, Browser(server) as browser:
        assert (await browser.page(place)).status == 404
    contact = "mailto:security@example.com"
    async with (
        stand(tmp_path / "set", settings=Settings(security_contact=contact)) as server,
        Browser(server) as browser,
    ):
        answer = await browser.page(place)
        assert answer.status == 200
        assert f"Contact: {contact}\n" in str(answer.body)


async def test_a_program_without_an_origin_is_told_what_to_send(browser: Browser) -> None:
    answer = await browser.ask("POST", "/logins", {}, headers={"Origin": ""})
    assert "header Origin" in answer.body["detail"]
    foreign = await browser.ask("POST", "/logins", {}, headers={"Origin": "https://evil.example"})
    assert "another site's page" in foreign.body["detail"]


async def test_a_form_of_our_own_page_is_accepted_though_its_origin_is_null(browser: Browser) -> None:
    headers = {
        "Origin": "null",
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    url = f"{browser.stand.url}/agent/sign-in"
    async with browser.session.post(url, data=b"username=x&password=y&code=z", headers=headers) as response:
        assert response.status == 401
        assert 'role="alert"' in await response.text()


async def test_the_sign_in_form_works_without_script(server: Stand, browser: Browser) -> None:
    fields = {
        "username": "agent",
        "password": "maple harbour lantern 42",
        "code": server.fresh_code("agent"),
    }
    async with browser.session.post(
        f"{server.url}/agent/sign-in", data=fields, headers={"Origin": server.url}, allow_redirects=False
    ) as response:
        assert (response.status, response.headers["Location"]) == (303, "/agent")
        cookie = response.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
    assert (await browser.page("/agent")).status == 200


async def test_the_sign_out_form_takes_the_cookie_back(browser: Browser) -> None:
    await browser.sign_in("agent")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await browser.ask("POST", "/sign-out", raw=b"door=agent", headers=form)
    assert (answer.status, answer.headers["Location"]) == (303, "/agent/sign-in?signed-out")
    assert 'tachiai-agent=""' in answer.headers["Set-Cookie"]
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert not [cookie for cookie in browser.session.cookie_jar if cookie.key == "tachiai-agent"]


async def test_another_host_name_is_not_answered(browser: Browser) -> None:
    for host in ("evil.example", "localhost", "localhost:1", "evil.example:80", "a@b"):
        for path in ("/", "/api/v1/openapi.json", "/static/styles/base.css"):
            assert (await browser.page(path, headers={"Host": host})).status in {400, 421}
    assert (await browser.page("/healthz", headers={"Host": "10.0.0.7"})).status == 200


BROKEN = (
    b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"NONSENSE\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /api/v1/logins HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/logins HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(300)) + b"\r\n",
)


async def test_broken_http_gets_a_4xx(server: Stand) -> None:
    for start in BROKEN:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        writer.write(start)
        async with asyncio.timeout(15):
            answer = await reader.readline()
            rest = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        assert b"aiohttp" not in rest
        assert b"Python" not in rest
        assert answer.split(b" ")[1].startswith(b"4"), (start[:40], answer)


async def test_headers_that_drip_are_cut_off(server: Stand) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(b"GET / HTTP/1.1\r\n")

    async def drip() -> None:
        while not writer.is_closing():
            writer.write(b"X: 1\r\n")
            await asyncio.sleep(0.5)

    async with asyncio.TaskGroup() as group:
        dripping = group.create_task(drip())
        async with asyncio.timeout(14):
            assert await reader.read() == b""
        dripping.cancel()
    writer.close()


async def test_a_body_that_drips_is_refused_after_ten_seconds(server: Stand) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    host = server.url.removeprefix("http://")
    head = f"POST /api/v1/logins HTTP/1.1\r\nHost: {host}\r\nOrigin: {server.url}\r\nContent-Length: 1000\r\n\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(14):
        assert b" 408 " in await reader.readline()
    writer.close()


async def test_an_agents_request_with_a_code_is_refused_and_recorded(server: Stand) -> None:
    async with in_verifying(server) as share:
        for path, body in (
            ("/sessions", {"case": "x", "code": "123456"}),
            (f"/sessions/{share.session}/end", {"customer": {"totp_code": "123456"}}),
            ("/socket-tickets", {"session": share.session, "otp": "123456"}),
            ("/customer/session/verification", {"code": "123456"}),
        ):
            answer = await share.agent.ask("POST", path, body)
            assert (answer.status, code_of(answer)) == (422, "code_refused"), path
        await share.agent_socket.send({"type": "session.leave", "code": "123456"})
        await share.agent_socket.next("problem")
        recorded = await server.recorded(EventName.AGENT_CODE_REFUSED)
        assert len(recorded) >= 4
        assert "123456" not in str(await server.events())


async def test_pages_carry_the_exact_headers(browser: Browser) -> None:
    join, agent = await browser.page("/join"), await browser.page("/agent/sign-in")
    assert "display-capture=(self)" in join.headers["Permissions-Policy"]
    assert "display-capture=()" in agent.headers["Permissions-Policy"]
    for page, types in ((join, "tachiai-frames"), (agent, "'none'")):
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self' 'sha256-" in policy
        assert policy.endswith(f"require-trusted-types-for 'script'; trusted-types {types}")
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert page.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert page.headers["Integrity-Policy"] == "blocked-destinations=(script)"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"


async def test_problems_are_problems_and_carry_the_headers_too(browser: Browser) -> None:
    answer = await browser.ask("GET", "/nothing/here")
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert {"type", "title", "status", "detail", "code"} == answer.body.keys()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    wrong = await browser.ask("PUT", "/cases", {})
    assert (wrong.status, "GET" in wrong.headers["Allow"]) == (405, True)


async def test_files_have_strong_tags_and_nothing_else_is_served(browser: Browser) -> None:
    first = await browser.page("/static/styles/base.css")
    assert first.headers["ETag"].startswith('"')
    again = await browser.page("/static/styles/base.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, "")
    for path in (
        "templates/base.html.jinja",
        "__init__.py",
        "../server/cli.py",
        "..%2f..%2fpyproject.toml",
        "locales/en/LC_MESSAGES/tachiai.po",
        "tsconfig.json",
        "styles",
        "styles/",
        "/etc/passwd",
    ):
        assert (await browser.page(f"/static/{path}")).status == 404, path


async def test_every_module_has_its_integrity_in_the_import_map(browser: Browser) -> None:
    page = str((await browser.page("/join")).body)
    text = page.partition('<script type="importmap">')[2].partition("</script>")[0]
    integrity = json.loads(text)["integrity"]
    assert "/static/pages/join.js" in integrity
    assert all(value.startswith("sha384-") for value in integrity.values())


async def test_a_language_is_chosen_by_link_then_cookie_then_browser(browser: Browser) -> None:
    assert (await browser.page("/", headers={"Accept-Language": "ja"})).headers["Content-Language"] == "ja"
    assert (await browser.page("/?lang=en", headers={"Accept-Language": "ja"})).headers[
        "Content-Language"
    ] == "en"
    assert (await browser.page("/", headers={"Accept-Language": "ja"})).headers["Content-Language"] == "en"
    assert (await browser.page("/?lang=xx;q=1")).headers["Content-Language"] == "en"


async def test_the_description_names_every_route_of_the_interface(browser: Browser) -> None:
    document = (await browser.ask("GET", "/openapi.json")).body
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    listed = {(route.method, route.path) for route in TABLE if route.kind in {Kind.INTERFACE, Kind.SOCKET}}
    assert described == listed
    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    for reference in {part.partition('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


async def test_too_many_requests_from_one_source_are_refused(browser: Browser) -> None:
    assert (await browser.ask("POST", "/logins", {})).status == 422
    async with asyncio.timeout(20):
        while (await browser.ask("POST", "/logins", {})).status != 429:
            continue
    assert (await browser.page("/")).status == 200


async def test_reading_too_often_is_refused_slowly_and_files_are_still_had(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a smaller rate than the real one, which a slow machine cannot exceed."""
    monkeypatch.setattr(throttles, "READS", Rate(count=20, period_ms=600_000))
    begun = asyncio.get_running_loop().time()
    pages = await asyncio.gather(*(browser.page("/nothing") for _ in range(30)))
    assert sorted(page.status for page in pages) == [404] * 20 + [429] * 10
    assert asyncio.get_running_loop().time() - begun > 0.9
    assert (await browser.page("/static/styles/base.css")).status == 200


async def test_many_pages_may_be_loaded_from_one_office_at_once(browser: Browser) -> None:
    files = [f"/static/{name}" for name in browser.stand.composed.services.pages.static.files]
    statuses = {(await browser.page(path)).status for _ in range(10) for path in ("/join", *files)}
    assert statuses == {200}


async def test_guessed_codes_are_slowed_down(server: Stand) -> None:
    async with Customer(server) as guesser:
        wrong = {"code": "0000-0000-0000-0", "link": ""}
        for _ in range(10):
            assert (await guesser.claim(wrong, by_code=True)).status == 404
        begun = asyncio.get_running_loop().time()
        assert (await guesser.claim(wrong, by_code=True)).status == 404
        assert asyncio.get_running_loop().time() - begun > 2.5


async def test_a_known_and_an_unknown_name_get_the_same_answer(browser: Browser) -> None:
    bodies = [
        (
            await browser.ask(
                "POST", "/logins", {"door": door, "username": name, "password": "wrong", "code": "000000"}
            )
        ).body
        for door, name in (
            ("agent", "agent"),
            ("agent", "nobody"),
            ("security", "agent"),
            ("agent", "officer"),
        )
    ]
    assert all(body == bodies[0] for body in bodies)
