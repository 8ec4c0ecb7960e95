"""No audit, no access: what a server does once its log takes nothing any more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from session.identity import SessionId
from tests.protocol.server_people import Browser, in_ready, in_sharing, in_verifying
from tests.protocol.server_stand import Stand, page_id, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def fill_the_disk(server: Stand) -> None:
    """And let the log find out: it is stopped for good."""
    server.disk.full = True
    async with Browser(server) as stranger:
        assert (await stranger.sign_in("agent2")).status == 503


async def test_a_running_share_goes_dark_within_a_second(server: Stand) -> None:
    async with in_sharing(server) as share:
        await fill_the_disk(server)
        begun = asyncio.get_running_loop().time()
        ended = await share.agent_socket.view("ended")
        assert asyncio.get_running_loop().time() - begun < 1.0
        assert ended["end"]["cause"] == "log_failed"
        assert not server.gate.forwarding(SessionId(share.session))


async def test_nothing_is_granted_and_the_answer_says_so(server: Stand) -> None:
    async with in_verifying(server) as share, Browser(server) as other:
        await other.sign_in("agent2")
        await fill_the_disk(server)
        case = await server.case_of("C-2041")
        opening = await other.ask("POST", "/sessions", {"case": await server.case_of("C-2056")})
        assert (opening.status, opening.body["code"]) == (503, "not_recorded")
        for method, path, body in (
            ("GET", f"/cases/{case}", None),
            ("POST", f"/cases/{case}/unmaskings", {"field": "email"}),
        ):
            answer = await share.agent.ask(method, path, body)
            assert (answer.status, answer.body["code"]) == (503, "not_recorded"), path
        verified = await share.customer.type_code()
        assert verified.status == 503
        assert (await share.customer.ask("GET", "/customer/session")).body["verification"] is None


async def test_a_share_cannot_begin_but_a_stop_always_works(server: Stand) -> None:
    async with in_ready(server) as share:
        await fill_the_disk(server)
        await share.customer_socket.send({"type": "share.start", "surface": "tab"})
        assert (await share.customer_socket.next("problem"))["code"] in {"not_recorded", "not_now"}
        assert not server.gate.forwarding(SessionId(share.session))
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        await share.agent_socket.view("ended")


async def test_the_probe_tells_the_operator(server: Stand) -> None:
    await fill_the_disk(server)
    async with Browser(server) as probe:
        ready = await probe.page("/readyz")
        assert ready.status == 503
        assert "audit log" in str(ready.body)
        assert (await probe.page("/healthz")).status == 200


async def test_a_page_that_comes_back_while_nothing_is_recorded_is_told_to_try_again(server: Stand) -> None:
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        ticket = await officer.ticket(purpose="oversight")
        await fill_the_disk(server)
        async with officer.dial() as socket:
            await socket.send({"type": "hello", "ticket": ticket, "page": page_id()})
            assert (await socket.next("problem"))["code"] == "not_recorded"
            assert await socket.closed() == 1013
