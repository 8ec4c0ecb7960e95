"""The issuer as a process of its own, as a server sees it: badges and keys through a socket, refusals as sentences."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.badges.homes import RemoteIssuer
from server.badges.issuer import IssueRefused, IssuerUnavailable
from server.badges.process import serve
from tests.manual_clock import ManualClock
from tests.unit.test_introduction_badge import NOW, issuer_in, request
from verification.badge import check


@asynccontextmanager
async def running(folder: Path, socket: Path) -> AsyncIterator[None]:
    issuer, _file = issuer_in(folder, ManualClock(NOW))
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve(issuer, socket, ready.set))
        await ready.wait()
        try:
            yield
        finally:
            serving.cancel()


async def test_a_server_gets_badges_and_keys_through_the_socket(tmp_path: Path) -> None:
    socket = tmp_path / "issuer.sock"
    async with running(tmp_path, socket):
        remote = RemoteIssuer(socket)
        made = await remote.issue(request())
        check(made.document, made.signature, await remote.keys(), NOW)
        with pytest.raises(IssueRefused, match="signed with the device key"):
            await remote.issue(request(case="C-1"))


async def test_what_is_no_request_is_answered_with_a_sentence(tmp_path: Path) -> None:
    socket = tmp_path / "issuer.sock"
    async with running(tmp_path, socket):
        for line in (b"{}\n", b'{"op":"sign","v":1}\n', b"\xff\n", b'{"op":"issue"}\n'):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            writer.write(line)
            assert b'"refused":"' in await reader.readline()
            writer.close()


async def test_an_issuer_that_is_not_there_makes_no_badge(tmp_path: Path) -> None:
    with pytest.raises(IssuerUnavailable, match="does not answer"):
        await RemoteIssuer(tmp_path / "nobody.sock").issue(request())
