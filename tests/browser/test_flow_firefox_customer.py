"""The whole flow with a customer in Firefox ESR, who shows a real screen to an agent in Chromium. Firefox does not tell
a page what it captures, so only the whole screen can be agreed to, and that asks for a passkey."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.actors import Agent, now_ms
from tests.browser.firefox import FirefoxPage, firefox_on
from tests.browser.introducing import spoken, type_words
from tests.browser.screen import Colour, Screen, screen
from tests.browser.stage import Stage, set_up
from tests.protocol.turn_stand import ground

pytestmark = pytest.mark.asyncio(loop_scope="session")
BLUE: Colour = (20, 60, 220)
ORANGE: Colour = (240, 130, 20)


@pytest_asyncio.fixture(loop_scope="session")
async def voices(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    with ground() as around:
        settings = {"TACHIAI_INTRODUCTION__WORDS": "voice", "TACHIAI_GATE__HOST": around.gate[0]}
        async with set_up(browser, tmp_path, **settings) as stage:
            yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[Screen]:
    async with screen(BLUE) as shown:
        yield shown


async def enrol(page: FirefoxPage, stage: Stage) -> None:
    """A passkey by the link that the demo's own page gives."""
    async with aiohttp.ClientSession(headers={"Origin": stage.server.url}) as site:
        asked = {"customer": stage.server.ready["customer"]["reference"]}
        async with site.post(f"{stage.server.url}/api/v1/demo/enrolments", json=asked) as answer:
            assert answer.status in (200, 201), await answer.text()
            link = (await answer.json())["url"]
    await page.open(link)
    await page.press("#screen .button-main")
    await page.fill("#passkey-label", "this computer")
    await page.press("button", "Add a passkey")
    await page.until("!document.querySelector('#passkey-label')")


async def compare(customer: FirefoxPage, agent: Agent, link: str) -> None:
    await customer.open(link)
    await customer.appears("#screen .notice", "only after proving who you are by a passkey")
    await customer.press("#screen .button-main")
    await customer.appears(".badge")
    await customer.press("#screen .button-main")
    await customer.appears("#screen .notice-danger")
    await customer.press("#screen .button-main")
    await agent.page.click(".introduction .button-main")
    for place, word in enumerate(await spoken(agent.page)):
        await customer.fill(f"#word-{place}", word)
    await customer.press(".word-form button[type=submit]")
    said = await customer.until("document.querySelector('.spoken-word')?.textContent.trim()")
    await type_words(agent.page, [said])


async def agree_and_show(customer: FirefoxPage) -> None:
    await customer.appears("#consent-wording")
    offered = await customer.run(
        "return [...document.querySelectorAll('input[name=surface]')].map((one) => one.value);"
    )
    assert offered == ["screen"]
    await customer.appears(".notice", "does not tell this page what you pick")
    await customer.press("label[for=surface-screen]")
    await customer.press("label[for=duration-300000]")
    await customer.press("#screen .button-main")
    await customer.appears("#screen h1", "Choose what to show")
    await customer.press("#screen .button-main")
    await customer.appears(".share-bar-live")


async def dark_within(agent: Agent, customer: FirefoxPage, button: str) -> float:
    """Milliseconds from before the pointer moved to the button."""
    since = now_ms()
    await customer.press(button)
    return await agent.dark_after(since)


async def is_on_record(stage: Stage) -> None:
    """An agreement before the reload and one after it, each at the level that the whole screen needs."""
    told = [(one["name"], one["facts"]) for one in await stage.record() if one["outcome"] == "intent"]
    agreed = [facts for name, facts in told if name == "customer:consent:granted"]
    assert [(facts["level_needed"], facts["scopes"]) for facts in agreed] == [("V2", "screen")] * 2
    keys = [facts for name, facts in told if name == "system:keys:agreed"]
    assert [(facts["encryption"], facts["compared"]) for facts in keys] == [("end_to_end", True)] * 2
    assert [facts["surface"] for name, facts in told if name == "customer:share:started"] == ["unknown"] * 2


async def reach_sharing(customer: FirefoxPage, stage: Stage) -> None:
    await enrol(customer, stage)
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    await compare(customer, stage.agent, link)
    await customer.appears(".notice", "use your passkey")
    await customer.press("#use-passkey")
    await agree_and_show(customer)
    await stage.agent.watch()


@pytest.mark.timeout(240)
async def test_a_customer_with_firefox_shows_the_whole_screen_after_a_passkey_until_a_pause_and_a_stop(
    voices: Stage, desk: Screen, tmp_path: Path
) -> None:
    agent = voices.agent
    async with firefox_on(desk, tmp_path) as customer:
        await reach_sharing(customer, voices)
        await agent.sees(BLUE)
        await desk.paint(ORANGE)
        await agent.sees(ORANGE)
        await agent.page.wait_for_selector(
            ".encryption-line[data-state=good]:has-text('words were compared')"
        )
        await customer.appears(".encryption-line[data-state=good]", "whose words you compared")
        assert await dark_within(agent, customer, ".share-bar-actions .button-bar") < 1_000
        await customer.press("#screen .button-main", "Show again")
        await agent.sees(ORANGE)
        await customer.reload()
        await agent.sees_dark()
        await agree_and_show(customer)
        await desk.paint(BLUE)
        await agent.sees(BLUE)
        await customer.appears(".encryption-line[data-state=good]", "whose words you compared")
        assert await dark_within(agent, customer, ".share-bar-actions .button-stop") < 1_000
        await agent.page.wait_for_selector(".ended-card")
        assert agent.complaints == customer.complaints == []
    await is_on_record(voices)
