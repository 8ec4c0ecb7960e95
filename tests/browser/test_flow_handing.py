"""An agent hands a customer over in the middle of a share, and a colleague begins where every agent begins."""

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser

from tests.browser.actors import Agent, Person, pattern_tab, person
from tests.browser.actors import Customer as AtHome
from tests.browser.introducing import introduced, spoken, start, type_words
from tests.browser.stage import Stage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
SHOTS = os.environ.get("TACHIAI_SHOTS")  # noqa: TID251
DARK_WITHIN_MS = 1_000


async def shot(name: str, width: int, scheme: Literal["light", "dark"], *people: Person) -> None:
    if SHOTS:
        for number, one in enumerate(people):
            await one.page.set_viewport_size({"width": width, "height": 800})
            await one.page.emulate_media(color_scheme=scheme)
            await one.page.screenshot(path=f"{SHOTS}/{name}-{number}.png", full_page=True)


async def handed_over(agent: Agent) -> float:
    """To the colleague who is here; from the click on, nothing may be seen."""
    await agent.page.click("#session-actions button:has-text('Hand over')")
    named = await agent.page.locator("#hand-to option:has-text('A-117')").get_attribute("value")
    await agent.page.select_option("#hand-to", named)
    await shot("hand-1-whom", 1280, "light", agent)
    return await agent.press("dialog .button-main")


async def taken_on(second: Agent, customer: AtHome) -> None:
    """The colleague accepts, hears the customer's ticket and types it."""
    await second.page.wait_for_selector("#line tr:has-text('For you, from Aiko Mori')")
    await shot("hand-3-line", 1280, "light", second)
    await second.page.click("#line button[data-session]")
    await second.page.wait_for_selector("#ticket")
    await customer.page.wait_for_selector(".ticket .spoken-code")
    await shot("hand-4-ticket", 360, "light", customer)
    await second.page.fill("#ticket", await customer.page.inner_text(".ticket .spoken-code"))
    await second.page.press("#ticket", "Enter")


async def test_a_customer_is_handed_over_in_the_middle_of_a_share(browser: Browser, tmp_path: Path) -> None:
    async with set_up(browser, tmp_path, TACHIAI_INTRODUCTION__WORDS="voice") as stage:
        agent, customer, second = stage.agent, stage.customer, await person(Agent, stage.server, browser)
        await second.sign_in("agent", stage.server.ready["agent2"])
        await shown_to(stage)
        begun = await handed_over(agent)
        await customer.page.wait_for_selector("#screen h1:has-text('Ben Carter will take over')")
        await agent.page.wait_for_selector(".ended-card:has-text('handed the customer over')")
        assert await agent.page.is_hidden("#stage")
        assert await agent.dark_after(begun) < DARK_WITHIN_MS
        await shot("hand-2-left", 360, "dark", agent, customer)
        await taken_on(second, customer)
        await introduced_again(second, customer)
        await customer.type_fresh_code()
        await customer.page.wait_for_selector("#consent-wording:has-text('Ben Carter')")
        await customer.consent()
        await customer.share()
        await second.watch()
        await second.sees_pattern()
        assert not [*agent.complaints, *customer.complaints, *second.complaints]


async def shown_to(stage: Stage) -> None:
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await pattern_tab(stage.customer.context)
    await introduced(stage.agent, stage.customer, link)
    await stage.customer.type_code()
    await stage.customer.page.wait_for_selector("#consent-wording")
    await stage.customer.consent(extras=["chat"])
    await stage.customer.share()
    await stage.agent.watch()
    await stage.agent.sees_pattern()


async def introduced_again(agent: Agent, customer: AtHome) -> None:
    """Another badge and other words, from the first run on."""
    await customer.page.wait_for_selector(".badge:has-text('A-117')")
    await customer.main_action()
    await customer.page.wait_for_selector("#screen .notice-danger")
    await start(agent, customer)
    await type_words(customer.page, await spoken(agent.page))
    await type_words(agent.page, await spoken(customer.page))
    await customer.page.wait_for_selector("#code")
