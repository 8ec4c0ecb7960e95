"""Raw bytes where a browser sends text: all are answered, none by a fault, and nothing is repeated or logged."""

import asyncio
from pathlib import Path

import pytest

from server.logs import LIBRARY_MESSAGES
from server.setting_groups import HttpSettings
from server.settings import Settings
from tests.protocol.server_stand import Stand, stand

BEHIND_A_PROXY = Settings(http=HttpSettings(trusted_proxies=["127.0.0.0/8", "::1"]))
MARK = b"c4n4ry"
AT_ONCE = 8
HEADERS = (
    b"Authorization: Bearer \xff\xfe" + MARK,
    b"Authorization: Bearer tk_" + b"0" * 16 + b"_" + MARK * 8,
    b"Authorization: Bearer a\r\nAuthorization: Bearer b",
    b"Cookie: tachiai-agent=\xff\xc0" + MARK + b"; tachiai-enrolment=\xf0\x9f",
    b'Cookie: tachiai-agent=%00; tachiai-security="\\377"; tachiai-customer=' + MARK,
    b"Cookie: " + b"; ".join(b"a%d=1" % number for number in range(300)),
    b"Cookie: tachiai-language=../../" + MARK,
    b"X-Forwarded-For: ::ffff:1.2.3.4, " + MARK + b", fe80::1%" + MARK + b", 999.1.1.1",
    b"X-Forwarded-For: " + b",".join(b"1.2.3.4" for _ in range(500)),
    b"X-Forwarded-For: \xff",
    b"X-Forwarded-Proto: \xff, gopher",
    b"X-Forwarded-Host: " + MARK + b".example",
    b"X-Request-Id: " + MARK + b"{}",
    b"Accept-Language: " + MARK + b";q=nan, ja;q=1e999, \xff;q=-1",
    b"If-None-Match: \xff" + MARK,
    b"Content-Encoding: gzip",
    b"Content-Type: application/json; charset=\xff",
    b"Range: bytes=0-" + b"9" * 40,
    b"Expect: " + MARK,
)
TARGETS = (
    b"GET /?lang=%ff%00" + MARK,
    b"GET /static/..%2f..%2fkeys",
    b"GET /agent/cases/%ff%00%0d%0aX:" + MARK,
    b"GET /api/v1/staff/me?door=%ff",
    b"POST /api/v1/customers/" + b"%F0%9F%98%80" * 80 + b"/enrolments",
    b"POST /api/v1/enrolment/claim",
    b"POST /api/v1/logins",
    b"POST /agent/sign-in",
    b"GET /api/v1/socket",
)
BODIES = (b"", b'{"token":"\xed\xa0\x80"}', b'{"token":"\\ud800"}', b"\x1f\x8b\x08\x00" + b"\xff" * 8)


async def sent(server: Stand, target: bytes, header: bytes, body: bytes = b"") -> bytes:
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    usual = f"Host: {host}:{port}\r\nOrigin: {server.url}\r\nConnection: close\r\n".encode()
    if target.startswith(b"POST"):
        usual += b"Content-Length: %d\r\n" % len(body)
        usual += b"" if header.startswith(b"Content-Type") else b"Content-Type: application/json\r\n"
    try:
        writer.write(target + b" HTTP/1.1\r\n" + usual + header + b"\r\n\r\n" + body)
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_requests_that_are_no_http_do_not_fill_the_log(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        answers = [await sent(server, b"GET /", b"no header at all") for _ in range(8 * LIBRARY_MESSAGES)]
        assert {status_of(answer) for answer in answers} == {400}
        told = server.written.getvalue().count('"library message"')
    assert 0 < told <= 2 * LIBRARY_MESSAGES  # a minute may end meanwhile


@pytest.mark.parametrize("settings", [Settings(), BEHIND_A_PROXY], ids=["direct", "proxied"])
async def test_bytes_that_are_no_text_are_refused_in_every_place(tmp_path: Path, settings: Settings) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def attack(server: Stand, number: int, target: bytes, header: bytes) -> tuple[bytes, bytes, bytes]:
        body = BODIES[number % len(BODIES)] if target.startswith(b"POST") else b""
        async with places:
            return target, header, await sent(server, target, header, body)

    async with stand(tmp_path, settings=settings) as server:
        tries = [(target, header) for target in TARGETS for header in HEADERS]
        answers = await asyncio.gather(*(attack(server, n, *one) for n, one in enumerate(tries)))
        written = server.written.getvalue()
    wrong = [tried for tried in answers if not 200 <= status_of(tried[2]) < 500 or MARK in tried[2]]
    assert not wrong
    assert MARK.decode() not in written
    assert "a request failed" not in written


async def test_an_expectation_nobody_knows_is_refused_with_our_headers_and_counted(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        refused = await sent(server, b"GET /api/v1/staff/me", b"Expect: " + MARK)
        served = await sent(server, b"GET /healthz", b"Expect: 100-continue")
    assert status_of(refused) == 417
    assert b"X-Content-Type-Options: nosniff" in refused
    assert b"X-Request-Id: " in refused
    assert b'"code":"not_understood"' in refused
    assert served.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
