"""Strangers who guess, and staff who should not be where customers are."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from audit.event import ActorKind, EventName
from server.bus.in_process import InProcessCounters
from server.http.throttles import DELAYED_OF_EACH, Throttles
from server.problems import Problem
from tests.protocol.server_people import Browser, Customer
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import enter, passkey_of

WRONG = {"link": "/join#" + "A" * 22}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def test_sources_that_guess_take_no_places_of_others() -> None:
    throttles = Throttles(InProcessCounters(lambda: 0))
    for source in range(40):
        for _ in range(10):
            await throttles.failed_claim(f"s{source}", by_code=True)
    tries = [
        throttles.before_claim(f"s{source}", by_code=True)
        for source in range(40)
        for _ in range(2 * DELAYED_OF_EACH)
    ]
    clean = throttles.before_claim("clean", by_code=True)
    *others, let_in = await asyncio.gather(*tries, clean, return_exceptions=True)
    assert let_in is None  # slowed by the rate of all, but let in
    refused = [done for done in others if done is not None]
    assert len(refused) == 40 * DELAYED_OF_EACH
    assert all(isinstance(error, Problem) and error.status == 429 for error in refused)


async def test_refused_claims_of_one_source_are_summed_in_the_log(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        async with Customer(server) as stranger:
            answers = await asyncio.gather(*(stranger.claim(WRONG) for _ in range(40)))
            assert {answer.status for answer in answers} == {404}
        size = server.log.size
    async with stand(tmp_path) as server:
        events = [
            event for event in await server.events() if event.name is EventName.CUSTOMER_INVITATION_REFUSED
        ]
    assert size < 40
    assert len(events) == 11
    assert sum(int(event.facts.get("times", 1)) for event in events) == 40


async def test_a_sign_out_that_could_not_be_written_holds_after_a_restart(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        cookies = {cookie.key: cookie.value for cookie in agent.session.cookie_jar}
        async with server.foundation.database.writing() as connection:
            await connection.execute(
                text(
                    "CREATE TRIGGER broken BEFORE UPDATE OF ended_at_ms ON logins BEGIN SELECT 1 FROM gone; END"
                )
            )
        assert (await agent.ask("DELETE", "/logins/current?door=agent")).status == 204
        assert "a sign-out could not be written" in server.written.getvalue()
        async with server.foundation.database.writing() as connection:
            await connection.execute(text("DROP TRIGGER broken"))
    async with stand(tmp_path, shift_ms=server.clock.shift_ms) as server, Browser(server) as agent:
        agent.session.cookie_jar.update_cookies(cookies)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        assert (await agent.ask("GET", "/staff/me", headers=headers)).status == 401


@pytest.mark.parametrize("demo", [True, False])
async def test_a_code_from_a_browser_that_is_an_agents_too_is_refused_but_in_the_demo(
    tmp_path: Path, demo: bool
) -> None:
    async with stand(tmp_path, demo=demo) as server, Browser(server) as agent, Customer(server) as both:
        await agent.sign_in("agent")
        assert (await both.sign_in("agent2")).status == 201
        opened = await agent.open_session()
        await both.claim(opened["invitation"])
        answer = await both.type_code("123456")
        assert (answer.status, answer.body["code"]) == ((409, "not_now") if demo else (422, "code_refused"))
        if not demo:
            assert len(await server.recorded(EventName.AGENT_CODE_REFUSED)) == 1


async def test_a_code_from_a_browser_that_is_an_officers_too_is_refused(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, Browser(server) as agent, Customer(server) as both:
        await agent.sign_in("agent")
        assert (await enter(both, await passkey_of(server, "officer"))).status == 201
        await both.claim((await agent.open_session())["invitation"])
        answer = await both.type_code("123456")
        assert (answer.status, answer.body["code"]) == (422, "code_refused")
        (refused,) = await server.recorded(EventName.OFFICER_CODE_REFUSED)
        assert refused.actor.kind is ActorKind.OFFICER
