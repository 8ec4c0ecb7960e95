"""Every three minutes the customer's page says what is shown and to whom, and asks for nothing."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.axe import violations
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import customer_view

pytestmark = pytest.mark.asyncio(loop_scope="session")
LATER = """const real = performance.now.bind(performance);
  window.later = 0;
  performance.now = () => real() + window.later;"""
HEARD = """() => {
  const region = document.getElementById("live-region");
  window.said = [];
  new MutationObserver(() => window.said.push(region.textContent)).observe(region, { childList: true, subtree: true });
}"""
REMINDED = "#reminder:not([hidden])"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers["POST /socket-tickets"] = {"ticket": "t"}
        stage.script.answers["GET /customer/session"] = {"state": "joined"}
        stage.script.view = customer_view("sharing")
        await stage.page.add_init_script(LATER)
        await stage.page.goto(f"{stage.url}/join")
        await stage.page.wait_for_selector(".share-bar-live")
        await stage.page.evaluate(HEARD)
        yield stage


async def minutes_pass(stage: PagesStage, minutes: float) -> None:
    await stage.page.evaluate(f"() => {{ window.later += {minutes * 60_000}; }}")


async def test_after_three_minutes_it_says_what_and_to_whom_and_again_three_later(stage: PagesStage) -> None:
    page = stage.page
    await minutes_pass(stage, 2.8)
    at = await page.evaluate("performance.now()")
    await stage.until(f"performance.now() > {at} + 1200")  # it has looked
    assert await page.is_hidden("#reminder")
    focused = await page.evaluate("document.activeElement.outerHTML")
    await minutes_pass(stage, 0.2)
    await page.wait_for_selector(REMINDED)
    told = await page.inner_text("#reminder")
    agent = stage.script.view["agent"]
    assert agent["name"] in told
    assert agent["number"] in told
    assert "3 min" in told
    assert await page.evaluate("window.said.some((one) => one.includes('3 min'))")
    assert await page.evaluate("document.activeElement.outerHTML") == focused
    assert await violations(page) == []
    await page.click("#reminder .button-plain")
    await page.wait_for_selector("#reminder", state="hidden")
    await minutes_pass(stage, 3)
    await page.wait_for_selector(f"{REMINDED}:has-text('6 min')")


async def test_it_goes_with_the_picture_and_stops_it_in_one_press(stage: PagesStage) -> None:
    page = stage.page
    await minutes_pass(stage, 3)
    await page.wait_for_selector(REMINDED)
    await page.click("#reminder .button-danger")
    assert (await stage.script.hears("share.stop"))["by"] == "page"
    await stage.script.show(customer_view("paused"), 1)
    await page.wait_for_selector("#reminder", state="hidden")
    await minutes_pass(stage, 30)
    await page.wait_for_selector(".share-bar-paused")
    at = await page.evaluate("performance.now()")
    await stage.until(f"performance.now() > {at} + 1200")
    assert await page.is_hidden("#reminder")
