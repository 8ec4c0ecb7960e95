"""Which ways on a page offers: after signing out, and where there is nothing to show."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    folder: Path = tmp_path_factory.mktemp("pages")
    async with stand(folder) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def browser(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as opened:
        yield opened


SIGNED_OUT = "<p>You are signed out.</p>"


def ways_on(page: str) -> list[str]:
    """The addresses of the buttons, in order."""
    return re.findall(r'<a class="button [^"]*" href="([^"]+)"', page)


@pytest.mark.parametrize("door", ["agent", "security"])
async def test_the_door_that_one_signed_out_of_says_so(browser: Browser, door: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await browser.ask("POST", "/sign-out", raw=f"door={door}".encode(), headers=form)
    assert answer.status == 303
    page = await browser.page(answer.headers["Location"])
    assert page.status == 200
    assert f'action="/{door}/sign-in"' in page.body
    assert SIGNED_OUT in page.body
    assert SIGNED_OUT not in (await browser.page(f"/{door}/sign-in")).body


async def test_a_stranger_who_finds_nothing_is_led_to_the_start(browser: Browser) -> None:
    page = await browser.page("/no-such-page")
    assert (page.status, ways_on(page.body)) == (404, ["/"])
    assert "no page at this address" in page.body


@pytest.mark.parametrize("home", ["/agent", "/security"])
async def test_below_a_staff_door_the_way_on_is_that_door(browser: Browser, home: str) -> None:
    page = await browser.page(f"{home}/no-such-page")
    assert (page.status, ways_on(page.body)) == (404, [home])


async def test_signed_in_staff_find_the_way_to_their_own_desk_anywhere(browser: Browser) -> None:
    await browser.sign_in("agent")
    assert ways_on((await browser.page("/no-such-page")).body) == ["/agent"]
    await browser.sign_in("officer", door="security")
    assert ways_on((await browser.page("/no-such-page")).body) == ["/agent", "/security"]
    assert ways_on((await browser.page("/security/no-such-page")).body) == ["/security"]
    assert (await browser.page("/agentless")).status == 404
