"""Staff see their own sign-ins and end them; what is sensitive asks once more who they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName
from server.administration.acts import RequestReset
from server.http.cookies import Cookies
from server.http.routes import TABLE
from server.http.routing import Who
from session.identity import SessionId
from tests.protocol.administration_ways import Way
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand
from verification import totp
from verification.login import FRESH_FOR_MS, LOGIN_IDLE_MS

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EXPORT: tuple[str, dict[str, Any]] = ("/security/log/exports", {"filters": {}})


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


@pytest.fixture
async def officer(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as officer:
        assert (await officer.sign_in("officer", "security")).status == 201
        yield officer


def cookie_of(browser: Browser, who: Who) -> str:
    name = Cookies(secure=False).name(who)
    return next(cookie.value for cookie in browser.session.cookie_jar if cookie.key == name)


async def confirm(browser: Browser, account: str, code: str | None = None) -> Any:
    typed = code or browser.stand.fresh_code(account)
    return await browser.ask("POST", "/staff/me/confirmations?door=security", {"code": typed})


async def test_staff_see_each_sign_in_of_their_own_and_which_one_asks(server: Stand) -> None:
    async with AsyncExitStack() as stack:
        first, second, other = [await stack.enter_async_context(Browser(server)) for _ in range(3)]
        first.session.headers["User-Agent"] = FIREFOX
        for browser, name in ((first, "agent"), (second, "agent"), (other, "agent2")):
            assert (await browser.sign_in(name)).status == 201
        seen = (await first.ask("GET", "/staff/me/logins?door=agent")).body
        assert [one["this"] for one in seen] == [False, True]
        assert seen[1]["browser"] == "Firefox · Linux"
        assert {one["means"] for one in seen} == {"password"}
        assert (await second.ask("POST", f"/staff/me/logins/{seen[1]['id']}/end")).status == 204
        assert (await first.ask("GET", "/staff/me")).status == 401
        theirs = (await other.ask("GET", "/staff/me/logins")).body
        refused = await second.ask("POST", f"/staff/me/logins/{theirs[0]['id']}/end")
        assert (refused.status, (await other.ask("GET", "/staff/me")).status) == (404, 200)


async def test_ending_all_others_ends_what_runs_under_them_and_spares_the_one_that_asks(
    server: Stand,
) -> None:
    async with in_sharing(server) as share, Browser(server) as elsewhere:
        assert (await elsewhere.sign_in("agent")).status == 201
        answer = await elsewhere.ask("POST", "/staff/me/logins/end-others")
        assert answer.body == {"ended": 1}
        assert not server.gate.forwarding(SessionId(share.session))
        await share.customer_socket.view("ended")
        await share.agent_socket.closed()
        assert (await share.agent.ask("GET", "/staff/me")).status == 401
        assert (await elsewhere.ask("GET", "/staff/me")).status == 200
        ended = await server.recorded(EventName.AGENT_LOGIN_ENDED)
        assert set(ended[-1].facts) == {"login", "from"}


async def test_what_is_sensitive_asks_for_a_proof_of_the_last_five_minutes(officer: Browser) -> None:
    assert (await officer.ask("POST", *EXPORT)).status == 200
    officer.stand.clock.shift_ms += FRESH_FOR_MS
    refused = await officer.ask("POST", *EXPORT)
    assert (refused.status, refused.body["code"]) == (403, "step_up_required")
    before = cookie_of(officer, Who.OFFICER)
    assert (await confirm(officer, "officer")).status == 204
    assert (await officer.ask("POST", *EXPORT)).status == 200
    assert cookie_of(officer, Who.OFFICER) != before
    names = [event.name for event in await officer.stand.events()]
    assert names.count(EventName.OFFICER_LOGIN_CONFIRMED) == 1


async def test_the_cookie_from_before_a_proof_opens_nothing(officer: Browser) -> None:
    former = cookie_of(officer, Who.OFFICER)
    login = (await officer.ask("GET", "/staff/me/logins")).body[0]["id"]
    assert (await confirm(officer, "officer")).status == 204
    async with Browser(officer.stand) as thief:
        thief.session.cookie_jar.update_cookies({Cookies(secure=False).name(Who.OFFICER): former})
        assert (await thief.ask("GET", "/staff/me")).status == 401
    assert (await officer.ask("GET", "/staff/me/logins")).body[0]["id"] == login


async def test_a_code_proves_once_and_five_wrong_ones_end_the_sign_in_only(officer: Browser) -> None:
    server = officer.stand
    code = server.fresh_code("officer")
    both = await asyncio.gather(confirm(officer, "officer", code), confirm(officer, "officer", code))
    assert len([answer for answer in both if answer.status == 204]) == 1
    wrong = [await confirm(officer, "officer", "000000") for _ in range(6)]
    assert {answer.status for answer in wrong} == {422, 401}
    over = [answer.body["code"] for answer in wrong if answer.status == 401]
    assert over[0] == "confirmation_over"
    assert (await officer.ask("GET", "/staff/me")).status == 401
    reasons = [
        event.facts["reason"] for event in await server.recorded(EventName.OFFICER_CONFIRMATION_REFUSED)
    ]
    assert reasons.count("code") >= 3
    async with Browser(server) as again:  # the owner's own tries at the door are untouched
        assert (await again.sign_in("officer", "security")).status == 201


async def test_a_proof_does_not_prolong_a_dead_sign_in_and_waits_for_its_entry(officer: Browser) -> None:
    server = officer.stand
    server.disk.full = True
    refused = await confirm(officer, "officer")
    assert (refused.status, refused.body["code"]) == (503, "not_recorded")
    assert "Set-Cookie" not in refused.headers
    server.clock.shift_ms += LOGIN_IDLE_MS
    assert (await confirm(officer, "officer")).status == 401


async def test_every_route_that_asks_for_a_proof_refuses_without_one(server: Stand, tmp_path: Path) -> None:
    fresh = [route for route in TABLE if route.fresh]
    assert {route.path for route in fresh} >= {
        "/api/v1/security/approvals/{reset}/approve",
        "/api/v1/security/erasures/{erasure}/approve",
        "/api/v1/security/erasures/{erasure}/refuse",
        "/api/v1/security/log/exports",
        "/api/v1/security/log/evidence",
    }
    async with Browser(server) as officer:
        assert (await officer.sign_in("officer", "security")).status == 201
        asked = await Way(tmp_path, server).do(RequestReset(username="agent", desk="agent"))
        server.clock.shift_ms += FRESH_FOR_MS
        refused = await officer.ask("POST", f"/security/approvals/{asked.reset}/approve")
        assert refused.body["code"] == "step_up_required"
        assert (await officer.ask("POST", f"/security/approvals/{asked.reset}/refuse")).status == 204


async def test_a_code_in_a_proof_is_the_senders_own_whoevers_else_it_is(server: Stand) -> None:
    async with Browser(server) as agent:
        assert (await agent.sign_in("agent")).status == 201
        server.clock.shift_ms += totp.STEP_MS
        customers = totp.code_at(server.accounts["K-30518"].secret, totp.step_at(server.clock.now_ms()))
        answer = await agent.ask("POST", "/staff/me/confirmations?door=agent", {"code": customers})
        assert (answer.status, answer.body["code"]) == (422, "confirmation_refused")
