"""Sign-ins beside others of the same person, told in their entries: what is alive, and no address or device."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName, Fact
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand
from tests.protocol.test_flags_after_a_start import raised
from verification.login import LOGIN_IDLE_MS

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
WITHIN_S = 30.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def told(server: Stand) -> list[dict[str, Fact]]:
    started = await server.recorded(EventName.AGENT_LOGIN_STARTED)
    return [
        {k: v for k, v in event.facts.items() if k not in {"login", "means", "team"}} for event in started
    ]


async def test_only_others_that_are_alive_count_and_never_this_browsers_own(server: Stand) -> None:
    async with Browser(server) as one, Browser(server) as two, Browser(server) as three:
        for browser in (one, one, two, one):
            assert (await browser.sign_in("agent")).status == 201
        beside: dict[str, Fact] = {"beside": 1, "in_session": False, "other_browser": False}
        assert await told(server) == [{}, {}, beside, beside]
        server.clock.shift_ms += LOGIN_IDLE_MS
        assert (await three.sign_in("agent")).status == 201
        assert (await told(server))[-1] == {}, "the others died unused"
        assert EventName.SYSTEM_FLAG_RAISED not in {event.name for event in await server.events()}


async def test_three_at_once_are_flagged_and_none_of_them_ends(server: Stand) -> None:
    async with Browser(server) as one, Browser(server) as two, Browser(server) as three:
        for browser in (one, two, three):
            assert (await browser.sign_in("agent")).status == 201
        async with asyncio.timeout(WITHIN_S):
            (flag,) = await raised(server, "login_beside")
        assert (flag.facts["reason"], flag.facts["reason.logins"]) == ("flag.login_beside.many", 3)
        seen = [(await browser.ask("GET", "/cases")).status for browser in (one, two, three)]
        assert seen == [403] * 3, "they prove again who they are"
        assert [(await browser.ask("GET", "/staff/me")).status for browser in (one, two, three)] == [200] * 3


async def test_a_sign_in_from_elsewhere_while_a_customer_shares_is_flagged(server: Stand) -> None:
    async with in_sharing(server), Browser(server) as elsewhere:
        elsewhere.session.headers.update(FIREFOX)
        assert (await elsewhere.sign_in("agent")).status == 201
        async with asyncio.timeout(WITHIN_S):
            (flag,) = await raised(server, "login_beside")
        assert flag.facts["reason"] == "flag.login_beside.during"
        assert (await told(server))[-1] == {"beside": 1, "in_session": True, "other_browser": True}
