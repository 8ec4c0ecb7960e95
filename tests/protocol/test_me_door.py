"""The way into a customer's own page: good once, for two minutes, and gone at once when it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from audit.event import EventName
from server.me.door import LIFE_MS
from tests.protocol.me_people import OTHER, enter, on_own_page, own_site
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand, stand
from verification.customer_login import LOGIN_IDLE_MS, LOGIN_LIFE_MS, TOUCH_EVERY_MS


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def test_a_hand_off_opens_the_page_of_that_customer_once(server: Stand) -> None:
    async with own_site(server) as site, Browser(server) as browser, Browser(server) as thief:
        token = await site.token_for()
        answer = await enter(browser, token)
        assert (answer.status, answer.body["name"], answer.body["reference"]) == (
            201,
            "Haruto Sato",
            "K-30518",
        )
        assert (answer.body["way"], answer.body["level"], answer.body["others"]) == ("handoff", "V0", 0)
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert "SameSite=Strict" in answer.headers["Set-Cookie"]
        assert (await browser.ask("GET", "/me")).body == answer.body
        assert (await enter(thief, token)).status == 401
        assert (await thief.ask("GET", "/me")).status == 401


async def test_of_fifty_at_once_exactly_one_gets_in(server: Stand) -> None:
    async with own_site(server) as site, Browser(server) as browser:
        for _ in range(3):
            token = await site.token_for()
            answers = await asyncio.gather(*(enter(browser, token) for _ in range(50)))
            assert sorted(answer.status for answer in answers) == [201] + [401] * 49


async def test_whatever_is_wrong_the_answer_is_the_same(server: Stand) -> None:
    async with own_site(server) as site, Browser(server) as browser:
        used, late = await site.token_for(), await site.token_for()
        await enter(browser, used)
        server.clock.shift_ms += LIFE_MS
        tokens = (used, late, "A" * 22, "A" * 21, "", "a.b.c", "ü" * 22, "x" * 2_000)
        answers = [await enter(browser, token) for token in tokens]
    assert {answer.status for answer in answers} == {401}
    assert len({json.dumps(answer.body) for answer in answers}) == 1
    refused = [event for event in await server.events() if event.name is EventName.CUSTOMER_LOGIN_REFUSED]
    assert [event.facts["reason"] for event in refused][:3] == ["used", "expired", "unknown"]


async def test_a_sign_in_ends_by_idleness_by_age_and_by_whoever_has_it(server: Stand) -> None:
    async with on_own_page(server) as browser:
        server.clock.shift_ms += LOGIN_IDLE_MS - 1_000
        assert (await browser.ask("GET", "/me")).status == 200
        server.clock.shift_ms += LOGIN_IDLE_MS
        assert (await browser.ask("GET", "/me")).status == 401
    async with on_own_page(server) as browser:
        for _ in range(LOGIN_LIFE_MS // (LOGIN_IDLE_MS - 60_000)):
            server.clock.shift_ms += LOGIN_IDLE_MS - 60_000
            assert (await browser.ask("GET", "/me")).status == 200
        server.clock.shift_ms += LOGIN_IDLE_MS - 60_000
        assert (await browser.ask("GET", "/me")).status == 401
    async with on_own_page(server) as browser:
        cookies = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}
        assert (await browser.ask("DELETE", "/me/logins/current")).status == 204
        async with Browser(server) as thief:
            thief.session.cookie_jar.update_cookies(cookies)
            assert (await thief.ask("GET", "/me")).status == 401
    assert len(await server.recorded(EventName.CUSTOMER_LOGIN_ENDED)) == 1


async def test_what_the_page_asks_by_itself_keeps_nobody_signed_in(server: Stand) -> None:
    async with on_own_page(server) as browser:
        for _ in range(LOGIN_IDLE_MS // TOUCH_EVERY_MS - 1):
            server.clock.shift_ms += TOUCH_EVERY_MS
            assert (await browser.ask("GET", "/me/contact")).status == 200
        server.clock.shift_ms += TOUCH_EVERY_MS
        assert (await browser.ask("GET", "/me/contact")).status == 401


async def test_signing_out_elsewhere_leaves_this_browser_alone(server: Stand) -> None:
    async with on_own_page(server) as here, on_own_page(server) as there, on_own_page(server, OTHER) as emma:
        assert (await here.ask("GET", "/me")).body["others"] == 1
        assert (await here.ask("POST", "/me/logins/end-others")).body == {"ended": 1}
        statuses = [(await browser.ask("GET", "/me")).status for browser in (here, there, emma)]
        assert statuses == [200, 401, 200]


async def arrive(browser: Browser, token: str) -> Answered:
    return await browser.ask("POST", "/me/arrivals", {"token": token})


async def test_whose_page_it_is_is_told_before_it_is_opened_and_uses_nothing_up(server: Stand) -> None:
    async with own_site(server) as site, Browser(server) as browser, Browser(server) as other:
        token = await site.token_for()
        shown = {"name": "Haruto Sato", "reference": "K-30518", "signed_in": None}
        assert [(await arrive(one, token)).body for one in (browser, other)] == [shown] * 2
        assert (await browser.ask("GET", "/me")).status == 401, "looking opens nothing"
        assert (await enter(browser, token)).status == 201
        used, unknown = await arrive(other, token), await arrive(other, "A" * 22)
        assert (used.status, used.body) == (unknown.status, unknown.body)
        assert used.body["code"] == "entry_refused"


async def test_a_link_to_a_strangers_page_replaces_nobodys_sign_in_unsaid(server: Stand) -> None:
    async with own_site(server) as site, on_own_page(server) as victim:
        attackers = await site.token_for(OTHER)
        shown = (await arrive(victim, attackers)).body
        assert (shown["name"], shown["signed_in"]["name"]) == ("Emma Wilson", "Haruto Sato")
        refused = await enter(victim, attackers)
        assert (refused.status, refused.body["code"]) == (409, "other_signed_in")
        assert (await victim.ask("GET", "/me")).body["name"] == "Haruto Sato"
        said = await victim.ask("POST", "/me/logins", {"token": attackers, "replace": True})
        assert (said.status, said.body["name"]) == (201, "Emma Wilson")


async def test_another_sites_page_signs_nobody_in(server: Stand) -> None:
    async with own_site(server) as site, Browser(server) as browser:
        token = await site.token_for()
        for path in ("/me/arrivals", "/me/logins"):
            for origin in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
                async with browser.session.post(
                    f"{server.url}/api/v1{path}", json={"token": token}, headers=origin
                ) as answer:
                    assert answer.status == 403, await answer.text()
        assert (await enter(browser, token)).status == 201


async def test_a_new_way_in_replaces_what_this_browser_had(server: Stand) -> None:
    async with on_own_page(server) as browser, own_site(server) as site:
        former = {cookie.key: cookie.value for cookie in browser.session.cookie_jar}
        assert (await enter(browser, await site.token_for())).status == 201
        async with Browser(server) as again:
            again.session.cookie_jar.update_cookies(former)
            assert (await again.ask("GET", "/me")).status == 401


async def test_only_a_key_with_the_scope_hands_anybody_off(server: Stand) -> None:
    async with own_site(server, ("cases:write",)) as other, own_site(server) as site:
        assert (await other.post("/handoffs", {"customer": "K-30518"})).status == 403
        assert (await site.post("/handoffs", {"customer": "K-99999"})).status == 404
        assert (await site.post("/handoffs", {"customer": "K-30518", "level": "V2"})).status == 422


async def test_where_the_sign_in_cannot_be_recorded_nobody_gets_in(server: Stand) -> None:
    async with own_site(server) as site, Browser(server) as browser:
        token = await site.token_for()
        server.disk.full = True
        assert (await enter(browser, token)).status == 503
        assert (await browser.ask("GET", "/me")).status == 401


async def test_staff_open_no_customers_page_in_their_own_browser(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, own_site(server) as site, Browser(server) as agent:
        await agent.sign_in("agent")
        token = await site.token_for()
        refused: Answered = await enter(agent, token)
        assert (refused.status, refused.body["code"]) == (409, "staff_browser")
        async with Browser(server) as customer:
            assert (await enter(customer, token)).status == 201


async def test_no_token_is_in_a_log_an_entry_or_a_metric(server: Stand) -> None:
    async with own_site(server) as site, Browser(server) as browser:
        used, unused = await site.token_for(), await site.token_for()
        await enter(browser, used)
        await enter(browser, used)
        cookie = next(iter(browser.session.cookie_jar)).value
        await browser.ask("GET", "/me/history")
    entries = msgspec.json.encode(await server.events()).decode()
    for secret in (used, unused, cookie):
        for text in (server.written.getvalue(), entries, server.composed.metrics.text()):
            assert secret not in text
