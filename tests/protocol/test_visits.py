"""Asking for help without having signed in: a place in line that names nobody, until the same browser has signed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.visit_desk import MOST_OPEN
from session.model import RESERVED_MS
from support.visit import GONE_AFTER_MS, PROLONGED_WITHIN_MS, WAIT_MS, Visit
from tests.protocol.doubt import doubt
from tests.protocol.line_people import another, in_line
from tests.protocol.me_people import OTHER, REFERENCE, enter, on_own_page, own_site
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand

E = EventName


@asynccontextmanager
async def visitor(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as browser:
        asked = await browser.ask("POST", "/visits", {"topic": "sign_in", "language": "ja"})
        assert asked.status == 201, asked.body
        yield browser


async def shown(browser: Browser) -> dict[str, Any]:
    answer = await browser.ask("GET", "/visits/own")
    assert answer.status == 200, answer.body
    return dict(answer.body)


async def line_of(agent: Browser) -> list[dict[str, Any]]:
    answer = await agent.ask("GET", "/visits")
    assert answer.status == 200, answer.body
    return list(answer.body)


async def accept(agent: Browser, visit: str) -> Answered:
    return await agent.ask("POST", f"/visits/{visit}/accept")


async def hear(agent: Browser, visit: str, code: str) -> Answered:
    return await agent.ask("POST", f"/visits/{visit}/meeting", {"heard": code})


async def met(browser: Browser, agent: Browser) -> str:
    """The visit's name: accepted, and its code typed."""
    (row,) = await line_of(agent)
    assert (await accept(agent, row["visit"])).status == 200
    code = (await shown(browser))["code"]
    assert (await hear(agent, row["visit"], code)).body["outcome"] == "met"
    return str(row["visit"])


async def sign_in(server: Stand, browser: Browser, reference: str = REFERENCE) -> None:
    async with own_site(server) as site:
        assert (await enter(browser, await site.token_for(reference))).status == 201


async def go_on(browser: Browser) -> Answered:
    return await browser.ask("POST", "/visits/own/session", {"device_key": browser.device.jwk})


async def must_be_told(server: Stand, visit: str) -> None:
    """The whole way is on record, and nobody is named before they have signed in."""
    told_of = [event.name for event in await server.events() if event.outcome is Outcome.DONE]
    way = [
        E.CUSTOMER_VISIT_OPENED,
        E.AGENT_VISIT_ACCEPTED,
        E.AGENT_VISIT_CONFIRMED,
        E.CUSTOMER_HELP_ASKED,
        E.CUSTOMER_VISIT_PROVED,
        E.AGENT_HELP_ACCEPTED,
        E.AGENT_MEETING_CONFIRMED,
    ]
    assert [name for name in told_of if name in way] == way
    for event in await server.events():
        if event.facts.get("visit") == visit and event.name is not E.CUSTOMER_VISIT_PROVED:
            assert event.customer is None
            assert event.case is None


async def test_from_a_place_in_line_to_a_session_with_whoever_they_met(server: Stand, agent: Browser) -> None:
    async with visitor(server) as browser:
        assert {"state": "waiting", "place": 1, "code": None, "agent": None}.items() <= (
            await shown(browser)
        ).items()
        visit = await met(browser, agent)
        told = await shown(browser)
        assert (told["state"], told["code"], told["agent"]["number"]) == ("met", None, "A-104")
        assert [row["state"] for row in await line_of(agent)] == ["met"]
        refused = await go_on(browser)
        assert refused.status == 401, "nobody has shown who they are"

        await sign_in(server, browser)
        opened = await go_on(browser)
        assert opened.status == 201, opened.body
        session = opened.body["session"]
        async with browser.socket(purpose="session") as socket:
            (row,) = (await agent.ask("GET", "/waiting")).body
            assert (row["session"], row["here"]) == (session, True)
            accepted = await agent.ask("POST", f"/waiting/{session}/accept")
            assert (accepted.status, accepted.body["state"]) == (200, "joined"), "no second code"
            await agent.show_badge(session, accepted.body["case_reference"])
            await socket.view("joined")
            await socket.send({"type": "badge.shown"})
            assert (await socket.view("introducing"))["agent"]["number"] == "A-104"
        assert await line_of(agent) == []
        assert (await browser.ask("GET", "/visits/own")).status == 204, "the wait's cookie went"
    await must_be_told(server, visit)


async def test_before_the_sign_in_no_customer_is_in_contact_and_nothing_is_opened(
    server: Stand, agent: Browser
) -> None:
    async with visitor(server) as browser, on_own_page(server) as customer:
        before = await server.foundation.stores.case_roll.page(only_open=False)
        await met(browser, agent)
        assert (await customer.ask("GET", "/me/contact")).body["talking"] is False
        assert await server.foundation.stores.case_roll.page(only_open=False) == before
        assert not server.composed.services.conductor.live()


async def test_whom_one_agent_met_no_other_can_accept(server: Stand, agent: Browser, other: Browser) -> None:
    async with visitor(server) as browser:
        visit = await met(browser, agent)
        refused = await accept(other, visit)
        assert (refused.status, refused.body["code"]) == (409, "already_accepted")
        assert (await other.ask("POST", f"/visits/{visit}/end")).status == 404
        await sign_in(server, browser)
        session = (await go_on(browser)).body["session"]
        async with browser.socket(purpose="session"):
            assert (await other.ask("GET", "/waiting")).body == []
            assert (await other.ask("POST", f"/waiting/{session}/accept")).status == 409
            await agent.ask("DELETE", "/logins/current")
            await agent.sign_in("agent")
            accepted = await agent.ask("POST", f"/waiting/{session}/accept")
            assert accepted.body["state"] == "waiting", "another sign-in: another code"


async def test_whom_their_agent_does_not_take_on_is_anybodys_after_three_minutes(
    server: Stand, agent: Browser, other: Browser
) -> None:
    async with visitor(server) as browser:
        await met(browser, agent)
        await sign_in(server, browser)
        session = (await go_on(browser)).body["session"]
        async with browser.socket(purpose="session"):
            server.clock.shift_ms += RESERVED_MS
            assert [row["session"] for row in (await other.ask("GET", "/waiting")).body] == [session]
            accepted = await other.ask("POST", f"/waiting/{session}/accept")
            assert (accepted.status, accepted.body["state"]) == (200, "waiting"), "with a code of their own"


async def test_of_two_agents_at_once_one_accepts_and_of_many_sign_ins_one_opens_a_session(
    server: Stand, agent: Browser, other: Browser
) -> None:
    async with visitor(server) as browser:
        (row,) = await line_of(agent)
        answers = await asyncio.gather(*(accept(one, row["visit"]) for one in (agent, other)))
        assert sorted(answer.status for answer in answers) == [200, 409]
        winner = agent if answers[0].status == 200 else other
        code = (await shown(browser))["code"]
        tries = await asyncio.gather(*(hear(winner, row["visit"], code) for _ in range(20)))
        assert sorted(answer.status for answer in tries) == [200] + [409] * 19
        await sign_in(server, browser)
        opened = await asyncio.gather(*(go_on(browser) for _ in range(10)))
        assert [answer.status for answer in opened].count(201) == 1
        assert {answer.status for answer in opened} <= {201, 404, 409}
        assert len(server.composed.services.conductor.live()) == 1


async def test_five_wrong_codes_end_it(server: Stand, agent: Browser) -> None:
    async with visitor(server) as browser:
        (row,) = await line_of(agent)
        await accept(agent, row["visit"])
        code = (await shown(browser))["code"]
        assert (await hear(agent, row["visit"], "123456")).body["code"] == "code_refused"
        assert (await hear(agent, row["visit"], "K7Q")).body["code"] == "meeting_mistyped"
        left = [(await hear(agent, row["visit"], another(code))).body["tries_left"] for _ in range(5)]
        assert left == [4, 3, 2, 1, 0]
        assert (await hear(agent, row["visit"], code)).status == 409
        assert (await shown(browser))["end"] == "mismatch"
        await sign_in(server, browser)
        assert (await go_on(browser)).body["code"] == "not_met"


async def test_leaving_being_gone_and_running_out_end_it(server: Stand, agent: Browser) -> None:
    async with visitor(server) as browser:
        assert (await browser.ask("POST", "/visits/own/leave")).status == 204
        assert (await shown(browser))["end"] == "left"
        assert await line_of(agent) == []
    async with visitor(server) as browser:
        (row,) = await line_of(agent)
        server.clock.shift_ms += GONE_AFTER_MS
        assert (await accept(agent, row["visit"])).status == 409
        await server.recorded(E.SYSTEM_VISIT_ENDED)
        assert (await shown(browser))["end"] == "lost"
    async with visitor(server) as browser:
        await met(browser, agent)
        server.clock.shift_ms += GONE_AFTER_MS  # they are elsewhere, to sign in
        assert (await shown(browser))["state"] == "met"
        server.clock.shift_ms += WAIT_MS - GONE_AFTER_MS
        assert (await shown(browser))["end"] == "expired"


async def test_who_waits_long_may_keep_the_place(server: Stand, agent: Browser) -> None:
    async with visitor(server) as browser:
        refused = await browser.ask("POST", "/visits/own/prolong")
        assert (refused.status, refused.body["code"]) == (409, "not_now")
        until = (await shown(browser))["until_ms"]
        for _ in range(7):
            server.clock.shift_ms += 60_000
            await shown(browser)
        server.clock.shift_ms = max(server.clock.shift_ms, WAIT_MS - PROLONGED_WITHIN_MS)
        prolonged = await browser.ask("POST", "/visits/own/prolong")
        assert prolonged.status == 200, prolonged.body
        assert prolonged.body["until_ms"] >= until + WAIT_MS - PROLONGED_WITHIN_MS
        assert len(await line_of(agent)) == 1


async def test_nobody_gathers_places_by_keeping_all_that_they_asked_for(server: Stand) -> None:
    async with AsyncExitStack() as kept:
        browsers = [await kept.enter_async_context(visitor(server)) for _ in range(6)]
        rounds: list[set[int]] = []
        for _ in range(2):
            for _ in range((WAIT_MS - PROLONGED_WITHIN_MS) // 60_000 + 1):
                server.clock.shift_ms += 60_000
                assert {(await shown(one))["state"] for one in browsers} == {"waiting"}
            rounds.append({(await one.ask("POST", "/visits/own/prolong")).status for one in browsers})
        assert rounds == [{200}, {429}]


async def test_who_has_signed_in_is_never_behind_one_who_has_not(server: Stand) -> None:
    async with visitor(server) as first, visitor(server) as second, in_line(server, OTHER) as customer:
        assert customer.shown["waiting"]["place"] == 1
        assert [(await shown(one))["place"] for one in (first, second)] == [2, 3]


@pytest.mark.parametrize("doubted", [False, True], ids=["signed out", "in doubt"])
async def test_an_agent_who_cannot_go_on_leaves_them_in_line(
    server: Stand, agent: Browser, other: Browser, *, doubted: bool
) -> None:
    async with visitor(server) as browser:
        visit = await met(browser, agent)
        if doubted:
            await doubt(server, "agent")
        else:
            await agent.ask("DELETE", "/logins/current")
        await server.recorded(E.SYSTEM_VISIT_RETURNED)
        assert {"state": "waiting", "code": None, "agent": None}.items() <= (await shown(browser)).items()
        assert (await accept(other, visit)).status == 200


async def test_a_visit_is_the_visitors_own_and_agents_alone_see_the_line(
    server: Stand, agent: Browser
) -> None:
    async with visitor(server) as browser, Browser(server) as stranger, on_own_page(server) as customer:
        (row,) = await line_of(agent)
        assert (await stranger.ask("GET", "/visits/own")).status == 204
        assert (await customer.ask("POST", "/visits/own/leave")).status == 404
        for nobody in (stranger, browser, customer):
            assert (await nobody.ask("GET", "/visits")).status in {401, 403}
            assert (await accept(nobody, row["visit"])).status in {401, 403}
        assert (await accept(agent, "vis_" + "A" * 22)).status == 404


async def test_asking_is_limited_by_source_and_in_all(server: Stand) -> None:
    async with Browser(server) as browser:
        wish = {"topic": "other", "language": "en"}
        answers = [await browser.ask("POST", "/visits", wish) for _ in range(7)]
        assert [answer.status for answer in answers] == [201] * 6 + [429]
    store, now = server.foundation.stores.visits, server.clock.now_ms()
    for number in range(MOST_OPEN - 6):
        filler = Visit(f"vis_{number:022}", "other", "en", now, now, now + WAIT_MS, f"{number:064}")
        assert await store.add(filler, at_most=MOST_OPEN)
    late = Visit("vis_" + "Z" * 22, "other", "en", now, now, now + WAIT_MS, "f" * 64)
    assert not await store.add(late, at_most=MOST_OPEN)


async def test_without_a_record_nothing_is_given(server: Stand, agent: Browser) -> None:
    async with visitor(server) as browser:
        (row,) = await line_of(agent)
        server.disk.full = True
        assert (await accept(agent, row["visit"])).status == 503
        assert (await shown(browser))["state"] == "waiting"
        async with Browser(server) as late:
            assert (await late.ask("POST", "/visits", {"topic": "other", "language": "en"})).status == 503
            assert (await late.ask("GET", "/visits/own")).status == 204
