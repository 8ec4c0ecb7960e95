"""The page on which staff prove again who they are: readable in both themes, and it leads on once that is over."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.axe import violations
from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import set_up
from tests.browser.pages_views import NOW
from tests.browser.sign_in_form import signed_in
from tests.protocol.doubt import doubt
from tests.protocol.server_stand import Stand, stand

pytestmark = pytest.mark.asyncio(loop_scope="session")
WAYS = {"passkey": False, "code": True, "provider": None}
NONE = {"passkey": False, "code": False, "provider": None}


@pytest.mark.parametrize("ways", [WAYS, NONE], ids=["code", "none"])
@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "ja", "dark"), (1280, "en", "light")])
async def test_it_can_be_read_and_pressed(
    browser: Browser, scheme: str, width: int, language: str, ways: dict[str, object]
) -> None:
    size = {"width": width, "height": 800}
    async with set_up(browser, viewport=size, color_scheme=scheme, locale=language) as stage:
        stage.script.contexts["prove"] = {"sign_in_doubted": True}
        stage.script.data["prove"] = {"door": "agent", "then": "/agent", "doubted_since_ms": NOW}
        stage.script.answers["GET /staff/me/confirmations"] = ways
        stage.script.answers["GET /staff/me/news"] = {"must_prove": True, "messages": []}
        await stage.page.goto(f"{stage.url}/prove")
        await stage.page.wait_for_selector("#prove button" if ways["code"] else "#prove .notice")
        assert await violations(stage.page) == []
        found = await stage.page.evaluate(MEASURE)
        assert not found["wide"]
        assert [text for text in found["texts"] if text["contrast"] < 4.5] == []
        if ways["code"]:
            await stage.page.click("#prove button")
            await stage.page.wait_for_selector("dialog[open] #step-up-code")
            assert await violations(stage.page) == []


async def at_a_case(page: Page, server: Stand, account: str) -> str:
    """Signed in by the form; the address of the case whose record is open."""
    await signed_in(page, server, "agent", account)
    await page.click("#cases a:has-text('C-2041')")
    await page.wait_for_selector("#about-customer")
    return page.url


async def test_whoever_is_put_in_doubt_at_work_proves_it_and_is_back_where_they_were(
    browser: Browser, tmp_path: Path
) -> None:
    """From the form of the sign-in on: the page leaves by itself, and the desk opens again by one code."""
    async with stand(tmp_path) as server, await browser.new_context(locale="en-GB") as context:
        page, account = await context.new_page(), "agent"
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        case = await at_a_case(page, server, account)
        await doubt(server, account)
        await page.wait_for_url("**/agent/prove**")
        await page.goto(case)
        await page.wait_for_url("**/agent/prove**")
        await page.click("#prove button")
        await page.fill("#step-up-code", "000000")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("dialog[open] [role=alert]:not([hidden])")
        assert await page.locator("#about-customer").count() == 0
        await page.fill("#step-up-code", server.fresh_code(account))
        await page.keyboard.press("Enter")
        await page.wait_for_url(case)
        await page.wait_for_selector("#about-customer")
        assert complaints == []
