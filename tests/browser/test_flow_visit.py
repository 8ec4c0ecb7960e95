"""Somebody who has not signed in waits, is met by an agent, signs in, and goes on with the same agent."""

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.browser.actors import Person
from tests.browser.stage import set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
SHOTS = os.environ.get("TACHIAI_SHOTS")  # noqa: TID251
ASKED_BEFORE_SIGN_IN = "401 (Unauthorized)"  # the browser tells of the question whether somebody is signed in
TICKET_FIELD = "#visits form input"


async def shot(name: str, width: int, scheme: Literal["light", "dark"], one: Person) -> None:
    if SHOTS:
        await one.page.set_viewport_size({"width": width, "height": 800})
        await one.page.emulate_media(color_scheme=scheme)
        await one.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


async def met(agent: Person, customer: Person) -> None:
    """From the front door to the ticket that the agent typed."""
    await customer.page.goto(f"{customer.server.url}/help")
    await customer.page.check("input[name=topic][value=sign_in]")
    await shot("visit-1-ask", 360, "light", customer)
    await customer.page.click("form button[type=submit]")
    await customer.page.wait_for_selector(".place-number")
    await shot("visit-2-line", 360, "dark", customer)
    await agent.page.click("#visits button:has-text('Accept')")
    await customer.page.wait_for_selector("h1:has-text('Aiko Mori is with you')")
    await shot("visit-3-ticket", 360, "light", customer)
    await agent.page.fill(TICKET_FIELD, "K7QX-2M9D")
    await shot("visit-4-agent", 1280, "light", agent)
    await agent.page.fill(TICKET_FIELD, await customer.page.inner_text(".ticket .spoken-code"))
    await agent.page.press(TICKET_FIELD, "Enter")
    await customer.page.wait_for_selector("h1:has-text('Now show who you are')")
    await shot("visit-5-met", 360, "light", customer)


async def signed_in_elsewhere(customer: Person, reference: str) -> None:
    """By the organisation's site, in another tab of the same browser."""
    url = customer.server.url
    answer = await customer.context.request.post(
        f"{url}/api/v1/demo/handoffs", data={"customer": reference}, headers={"Origin": url}
    )
    tab = await customer.context.new_page()
    await tab.goto((await answer.json())["url"])
    await tab.click("#screen .button-main")
    await tab.wait_for_selector(".talking .notice")
    await tab.close()


async def test_a_visitor_is_met_signs_in_and_goes_on_with_the_same_agent(
    browser: Browser, tmp_path: Path
) -> None:
    async with set_up(browser, tmp_path, TACHIAI_INTRODUCTION__WORDS="voice") as stage:
        agent, customer = stage.agent, stage.customer
        await agent.arrive()
        await met(agent, customer)
        await signed_in_elsewhere(customer, "K-30518")
        await customer.page.click("button:has-text('Go on with Aiko Mori')")
        await customer.page.wait_for_url(f"{stage.server.url}/join")
        await agent.page.wait_for_selector("#line button[data-session]")
        await shot("visit-6-line", 1280, "dark", agent)
        await agent.page.click("#line button[data-session]")
        await customer.page.wait_for_selector(".badge:has-text('A-104')")
        await shot("visit-7-badge", 360, "light", customer)
        assert await agent.page.locator("#ticket").count() == 0, "no second ticket"
        complaints = [*agent.complaints, *customer.complaints]
        assert all(ASKED_BEFORE_SIGN_IN in complaint for complaint in complaints), complaints
