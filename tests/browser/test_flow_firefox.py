"""The whole flow with Firefox ESR beside Chromium: an agent there sees what a customer shows here, and nobody between.

Firefox never sends media from a loopback address, so the gate has one of an interface that the test makes.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.actors import DARK, EYE, NEAR, PATTERN, Customer, code_of, pattern_tab
from tests.browser.firefox import FirefoxPage, firefox
from tests.browser.introducing import accept, type_words
from tests.browser.stage import Stage, set_up
from tests.protocol.turn_stand import ground

pytestmark = pytest.mark.asyncio(loop_scope="session")
SEES = (
    "(() => { const last = window.tachiaiEye?.at(-1); "
    "return last && last.seen.every((value, place) => Math.abs(value - given[0][place]) <= given[1]); })()"
)


@pytest_asyncio.fixture(loop_scope="session")
async def voices(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    with ground() as around:
        settings = {"TACHIAI_INTRODUCTION__WORDS": "voice", "TACHIAI_GATE__HOST": around.gate[0]}
        async with set_up(browser, tmp_path, **settings) as stage:
            yield stage


async def sign_in(page: FirefoxPage, stage: Stage) -> None:
    account = stage.server.ready["agent"]
    await page.open(f"{stage.server.url}/agent/sign-in")
    await page.fill("input[name=username]", account["username"])
    await page.fill("input[name=password]", account["password"])
    await page.fill("input[name=code]", code_of(account["totp_secret"]))
    await page.click("form button[type=submit]", "Sign in")
    await page.appears("button", "")
    await page.until(f"location.href === {stage.server.url + '/agent'!r}")


async def invite(page: FirefoxPage, stage: Stage) -> str:
    await page.until(
        "[...document.querySelectorAll('tr, li')].some((one) => one.textContent.includes(given[0]) && "
        "one.querySelector('button'))",
        stage.reference,
    )
    await page.run(
        "[...document.querySelectorAll('tr, li')].find((one) => one.textContent.includes(given[0]) && "
        "one.querySelector('button')).querySelector('button').click();",
        stage.reference,
    )
    return str(await page.until("document.querySelector('#invite-link')?.value"))


async def watch(page: FirefoxPage) -> None:
    await page.appears("#picture")
    await page.run(f"({EYE})();")


async def compare(page: FirefoxPage, customer: Customer, link: str) -> None:
    await accept(customer, link)
    await customer.main_action()
    await page.click(".introduction .button-main")
    said = await page.until(
        "(() => { const all = [...document.querySelectorAll('.spoken-word')]; "
        "return all.length === 2 && all.map((one) => one.textContent.trim()); })()"
    )
    await type_words(customer.page, said)
    await customer.page.wait_for_selector(".spoken-word")
    own = (await customer.page.inner_text(".spoken-word")).strip()
    await page.fill("#word-0", own)
    await page.click(".word-form button[type=submit]")
    await customer.page.wait_for_selector("#code")


async def test_an_agent_with_firefox_sees_the_customers_tab_after_words_until_a_pause_and_after_a_reload(
    voices: Stage, tmp_path: Path
) -> None:
    customer = voices.customer
    async with firefox(tmp_path) as agent:
        await sign_in(agent, voices)
        link = await invite(agent, voices)
        await pattern_tab(customer.context)
        await compare(agent, customer, link)
        await customer.type_code()
        await customer.page.wait_for_selector("#consent-wording")
        await customer.consent()
        await customer.share()
        await watch(agent)
        await agent.until(SEES, PATTERN, NEAR)
        await agent.appears(".encryption-line[data-state=good]", "words were compared")
        await customer.press(".share-bar-actions .button-bar")
        await agent.until("Math.max(...window.tachiaiEye.at(-1).seen) <= given[0]", DARK)
        await customer.page.click("#screen .button-main:has-text('Show again')")
        await agent.until(SEES, PATTERN, NEAR)
        await agent.reload()
        await watch(agent)
        await agent.until(SEES, PATTERN, NEAR)
        await agent.appears(".encryption-line[data-state=good]", "words were compared")
        await customer.press(".share-bar-actions .button-stop")
        await agent.appears(".ended-card")
        assert agent.complaints == customer.complaints == []
