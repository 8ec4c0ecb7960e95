"""What was good once, sent again or at another door: cookies, signed consents, sockets."""

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path

import aiohttp
import pytest

from audit.event import EventName, Outcome
from tests.protocol.server_people import Browser, in_ready, in_sharing, in_verifying
from tests.protocol.server_stand import Stand, stand

ASKED = {
    "tachiai-agent": "/sessions",
    "tachiai-security": "/security/sessions",
    "tachiai-customer": "/customer/session",
    "tachiai-enrolment": "/enrolment",
}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


def cookies_of(browser: Browser) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in browser.session.cookie_jar if cookie.key in ASKED}


async def test_a_cookie_is_good_under_its_own_name_only(server: Stand) -> None:
    async with in_sharing(server) as share, Browser(server) as officer, Browser(server) as thief:
        assert (await officer.sign_in("officer", "security")).status == 201
        await officer.page("/enrol")
        stolen = cookies_of(share.agent) | cookies_of(share.customer) | cookies_of(officer)
        assert stolen.keys() == ASKED.keys()
        for own, other in permutations(ASKED, 2):
            answer = await thief.ask("GET", ASKED[other], headers={"Cookie": f"{other}={stolen[own]}"})
            assert answer.status == (404 if other == "tachiai-enrolment" else 401), (own, other)


async def test_a_signed_consent_is_good_once_and_not_after_the_end(server: Stand) -> None:
    async with in_verifying(server) as share:
        assert (await share.customer.type_code()).status == 200
        proposal = (await share.customer_socket.view("consenting"))["proposal"]
        assert (await share.customer.agree(proposal)).status == 200
        for _ in range(3):
            assert (await share.customer.agree(proposal)).status == 409
        assert (await share.agent.ask("POST", f"/sessions/{share.session}/end")).status == 200
        await share.customer_socket.view("ended")
        assert (await share.customer.agree(proposal)).status == 409
        entries = [
            entry for entry in await server.events() if entry.name is EventName.CUSTOMER_CONSENT_GRANTED
        ]
    assert [entry.outcome for entry in entries] == [Outcome.INTENT, Outcome.DONE]


async def test_the_cookie_of_an_ended_session_reaches_no_gate(server: Stand) -> None:
    async with in_ready(server) as share:
        assert (await share.agent.ask("POST", f"/sessions/{share.session}/end")).status == 200
        await share.customer_socket.view("ended")
        before = len(server.gate.calls)
        assert (await share.customer.type_code()).status == 409
        async with share.customer.socket(purpose="session") as socket:
            assert await socket.closed() is not None
        opened = [call for call in server.gate.calls[before:] if call[0] in {"open", "answer", "renew"}]
    assert opened == []


async def test_a_socket_without_an_origin_is_none(server: Stand) -> None:
    async with in_ready(server) as share:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await share.customer.session.ws_connect(f"{server.url}/api/v1/socket")
    assert refused.value.status == 403
