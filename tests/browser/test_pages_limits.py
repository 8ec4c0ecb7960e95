"""What a browser cannot do is said before an invitation is used; nothing is offered that it could not be held to."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import LIKE_FIREFOX, customer_view

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers["POST /socket-tickets"] = {"ticket": "t"}
        yield stage


LIKE_A_PHONE = "delete MediaDevices.prototype.getDisplayMedia"


async def told_before_the_claim(stage: PagesStage, browser_like: str, reason: str) -> None:
    """On both pages where a claim can begin; then the next screen is that of a proof."""
    await stage.page.add_init_script(browser_like)
    await stage.page.goto(f"{stage.url}/start")
    await stage.page.wait_for_selector(f"#join-by-code .notice:has-text('{reason}')")
    await stage.page.goto(f"{stage.url}/join#{TOKEN}")
    limits = await stage.page.inner_text("#screen .notice")
    assert "Chrome or Edge on a computer" in limits
    assert reason in limits
    assert stage.script.posted == []
    stage.script.answers["POST /invitations/claim"] = {"session": "ses_A"}


async def test_a_browser_that_cannot_show_is_told_before_the_claim_and_can_still_prove_who_one_is(
    stage: PagesStage,
) -> None:
    await told_before_the_claim(stage, LIKE_A_PHONE, "phones")
    stage.script.view = customer_view("verifying") | {"methods": ["totp", "passkey"]}
    await stage.page.click("#screen .button-main:has-text('only to prove')")
    await stage.page.wait_for_selector("#code")
    assert await stage.page.locator("#screen .notice-info").count() == 0, (
        "a passkey leads no further than a code"
    )
    await stage.script.show(customer_view("consenting"), 1)
    await stage.page.wait_for_selector("#screen h1:has-text('proved who you are')")
    assert await stage.page.locator("#screen input").count() == 0
    await stage.page.click("#screen .button-main:has-text('Finish')")
    await stage.script.hears("consent.decline")


async def test_a_browser_that_names_no_surface_is_offered_the_whole_screen_alone_and_told_what_that_takes(
    stage: PagesStage,
) -> None:
    await told_before_the_claim(stage, LIKE_FIREFOX, "whole screen")
    stage.script.view = customer_view("verifying") | {"methods": ["totp", "passkey"]}
    await stage.page.click("#screen .button-main:has-text('Continue')")
    await stage.page.wait_for_selector("#screen .notice-info:has-text('use your passkey')")
    by_code = customer_view("consenting")
    by_code["proposal"]["surfaces"] = ["tab", "window"]
    await stage.script.show(by_code, 1)
    await stage.page.wait_for_selector("#screen .notice:has-text('to ask for your passkey')")
    assert await stage.page.locator("#screen input").count() == 0
    by_passkey = customer_view("consenting")
    by_passkey["proposal"] |= {"surfaces": ["tab", "window", "screen"], "nonce": "BAAAAAAAAAAAAAAAAAAAAA"}
    await stage.script.show(by_passkey, 2)
    await stage.page.wait_for_selector("#screen .notice:has-text('does not tell this page what you pick')")
    choices = stage.page.locator("input[name=surface]")
    assert [await one.get_attribute("value") for one in await choices.all()] == ["screen"]
    assert not await choices.is_checked(), "nothing is chosen in advance"
