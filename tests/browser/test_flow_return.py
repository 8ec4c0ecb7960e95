"""When pages or ways are lost in the middle: who sees again by itself, who is asked again, and what is said."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.actors import pattern_tab
from tests.browser.stage import Stage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def load_anew(stage: Stage) -> None:
    await stage.agent.page.reload()
    await stage.agent.watch()


async def test_an_agents_page_loaded_anew_sees_the_tab_again_in_every_state_of_a_share(stage: Stage) -> None:
    agent, customer = stage.agent, stage.customer
    await stage.share()
    await load_anew(stage)
    await agent.sees_pattern()
    await customer.press(".share-bar-actions .button-bar")
    await agent.sees_dark()
    await load_anew(stage)
    await customer.page.click("#screen .button-main:has-text('Show again')")
    await agent.sees_pattern()
    assert not customer.complaints


async def test_a_customers_page_loaded_anew_shows_nothing_until_it_was_asked_again(stage: Stage) -> None:
    await stage.share()
    await stage.customer.page.reload()
    await stage.customer.page.wait_for_selector("#consent-wording")
    await stage.agent.sees_dark()
    await stage.customer.consent()
    await load_anew(stage)  # before anything is shown
    await stage.customer.share()
    await stage.agent.sees_pattern()


async def test_a_customer_who_changes_the_language_stays_in_the_session(stage: Stage) -> None:
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await stage.customer.open_link(link)
    await stage.customer.page.click("a[data-language][lang=ja]")
    await stage.customer.page.wait_for_selector("html[lang=ja] .badge")
    await stage.customer.accept_badge()


async def test_a_picture_without_a_way_is_said_on_both_pages(browser: Browser, tmp_path: Path) -> None:
    """The gate is told to name an address of nobody: as in a network that lets no UDP pass."""
    async with set_up(browser, tmp_path, TACHIAI_GATE__ADVERTISED="203.0.113.1") as stage:
        await stage.agent.arrive()
        link, _code = await stage.agent.open_session(stage.reference)
        await pattern_tab(stage.customer.context)
        await stage.customer.reach_sharing(link)
        await stage.customer.page.wait_for_selector("#media-state:has-text('nobody sees it')")
        await stage.agent.page.wait_for_selector("#media-state:has-text('Your own network')")
        await stage.customer.press(".share-bar .button-stop")
        await stage.customer.page.wait_for_selector("#media-state", state="hidden")
        await stage.agent.page.wait_for_selector("#media-state", state="hidden")
