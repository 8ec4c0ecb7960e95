"""Every route of staff, tried by somebody in doubt: made from the route table itself."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.http.routes import TABLE
from server.http.routing import Kind, Route, Who
from tests.protocol.crowd import Crowd, People
from tests.protocol.doubt import doubt
from tests.protocol.server_people import Answered
from tests.protocol.test_http_roles import ask, named

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = {Who.AGENT: ("agent", "agent"), Who.OFFICER: ("officer", "security")}
OF_STAFF = [route for route in TABLE if Who.AGENT in route.who or Who.OFFICER in route.who]
SHUT = [route for route in OF_STAFF if not route.unproved]
# What gives the proof, shows one's own account, or takes something away. Whoever adds one says why it gives nothing.
OPEN = {
    "GET /agent/prove",
    "GET /security/prove",
    "GET /agent/account",
    "GET /security/account",
    "GET /agent/confirm",
    "GET /api/v1/staff/me",
    "GET /api/v1/staff/me/news",
    "GET /api/v1/staff/me/logins",
    "GET /api/v1/staff/me/passkeys",
    "GET /api/v1/staff/me/identity",
    "GET /api/v1/staff/me/confirmations",
    "POST /api/v1/staff/me/confirmations",
    "POST /api/v1/staff/me/confirmations/passkey-options",
    "POST /api/v1/staff/me/confirmations/passkey",
    "POST /api/v1/staff/me/confirmations/provider",
    "GET /api/v1/socket",  # its ticket is judged
    "DELETE /api/v1/logins/current",
    "POST /api/v1/staff/me/logins/{login}/end",
    "POST /api/v1/staff/me/logins/end-others",
    "POST /api/v1/sessions/{session}/end",
    "DELETE /api/v1/cases/{case}/contact",
    "POST /api/v1/agent/actions/{action}/cancel",
    "POST /api/v1/provisional-cases/{provisional}/decline",
    "POST /api/v1/factor-requests/{request}/refuse",
    "POST /api/v1/security/sessions/{session}/end",
    "POST /api/v1/security/staff/{staff}/block",
    "POST /api/v1/security/staff/{staff}/sign-out",
    "POST /api/v1/security/staff/{staff}/unlink",
    "POST /api/v1/security/block-lifts/{lift}/refuse",
    "POST /api/v1/security/approvals/{reset}/refuse",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[People]:
    """The agent and the officer are in doubt."""
    async with Crowd(tmp_path_factory.mktemp("doubt")) as crowd:
        people = await crowd.gathered()
        for username, _ in PEOPLE.values():
            await doubt(people.stand, username)
        yield people


async def asked_without_more(people: People, who: Who, route: Route) -> Answered:
    """Nothing of what was sent is looked at, so nothing of it need fit."""
    path = re.sub(r"{[^}]*}", "ses_AAAAAAAAAAAAAAAAAAAAAA", route.path)
    browser = people.browsers[who]
    if route.method == "GET":
        return await browser.page(path)
    purpose = {Who.AGENT: {"session": people.own["session"]}, Who.OFFICER: {"purpose": "oversight"}}
    body = purpose[who] if path.endswith("/socket-tickets") else None
    return await browser.ask(route.method, path, body)


def sent_to_the_proof(route: Route, answer: Answered) -> bool:
    if route.kind is Kind.PAGE:
        return answer.status == 303 and "/prove" in answer.headers["Location"]
    return answer.status == 403 and "proof_demanded" in str(answer.body)


@pytest.mark.parametrize("route", SHUT, ids=named)
async def test_somebody_in_doubt_gets_nothing(people: People, route: Route) -> None:
    for who in PEOPLE.keys() & route.who:
        answer = await asked_without_more(people, who, route)
        assert sent_to_the_proof(route, answer), (who, answer.status, answer.body)


@pytest.mark.parametrize("route", [route for route in OF_STAFF if route.unproved], ids=named)
async def test_the_proof_and_what_takes_away_stay_open(people: People, route: Route) -> None:
    for who in PEOPLE.keys() & route.who:
        username, door = PEOPLE[who]
        if (await people.browsers[who].ask("GET", f"/staff/me?door={door}")).status == 401:
            people.stand.clock.shift_ms += 30_000
            assert (await people.browsers[who].sign_in(username, door)).status == 201
        answer = await ask(people, who, route, people.own)
        assert not sent_to_the_proof(route, answer), (who, answer.status)


async def test_which_routes_stay_open_is_decided_here_too() -> None:
    assert {named(route) for route in OF_STAFF if route.unproved} == OPEN
