"""The organisation's own sign-in on real pages, at the tests' provider: signing in by it, and linking oneself to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.axe import violations
from tests.protocol.oidc_provider import Claims
from tests.protocol.server_stand import Stand
from tests.protocol.test_oidc_sign_in import Place, placed, strong
from verification.login import FRESH_FOR_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")
PROVIDER = "Example SSO"


@pytest_asyncio.fixture(loop_scope="session")
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with placed(tmp_path, second_factor_amr=["mfa"], label=PROVIDER) as place:
        yield place


async def sign_in_by_form(page: Page, server: Stand, username: str) -> None:
    await page.goto(f"{server.url}/agent/sign-in")
    await page.fill("input[name=username]", username)
    await page.fill("input[name=password]", server.accounts[username].password or "")
    await page.fill("input[name=code]", server.fresh_code(username))
    await page.click("form button[type=submit]:has-text('Sign in')")
    await page.wait_for_url(f"{server.url}/agent")


async def test_an_agent_signs_in_there_and_a_code_of_ours_follows_where_it_states_no_second_factor(
    browser: Browser, place: Place
) -> None:
    async with await browser.new_context(locale="en-GB", viewport={"width": 360, "height": 800}) as context:
        page, server = await context.new_page(), place.server
        place.provider.faults.claims = dict
        await page.goto(f"{server.url}/agent/sign-in")
        await page.click(f"a:has-text('Sign in with {PROVIDER}')")
        await page.wait_for_selector("input[name=code]")
        assert await violations(page) == []
        await page.fill("input[name=code]", server.fresh_code("agent"))
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{server.url}/agent")
        await page.goto(f"{server.url}/agent/account")
        await page.wait_for_selector("button:has-text('Remove the link')")
        assert await violations(page) == []


async def test_an_agent_links_themselves_and_is_asked_once_more_where_the_way_there_took_long(
    browser: Browser, place: Place
) -> None:
    server, place.provider.subject = place.server, "of-agent2"

    def late(claims: Claims) -> Claims:
        server.clock.shift_ms += FRESH_FOR_MS
        return strong({**claims, "exp": claims["exp"] + FRESH_FOR_MS})

    place.provider.faults.claims = late
    async with await browser.new_context(locale="en-GB", viewport={"width": 360, "height": 800}) as context:
        page = await context.new_page()
        await sign_in_by_form(page, server, "agent2")
        await page.goto(f"{server.url}/agent/account")
        await page.click("button:has-text('Link it')")
        await page.wait_for_selector("#step-up-code")
        assert await violations(page) == []
        await page.fill("#step-up-code", server.fresh_code("agent2"))
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{server.url}/agent/account")
        await page.wait_for_selector("button:has-text('Remove the link')")
