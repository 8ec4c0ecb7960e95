"""Words, passkeys and a second agent on real pages: an exact change, and a verification that another system wants."""

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, Page, ViewportSize

from audit.event import EventName, Outcome
from server.introduction_settings import IntroductionSettings
from tests.browser.actors import SMALL, Agent, Customer
from tests.browser.axe import violations
from tests.browser.introducing import accept, spoken, start, type_words
from tests.browser.test_passkey_pages import enrol
from tests.browser.virtual_authenticator import authenticator
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand
from tests.protocol.test_http_verifications import ASKED, asking

pytestmark = pytest.mark.asyncio(loop_scope="session")
SHOTS = os.environ.get("TACHIAI_SHOTS")  # noqa: TID251
NARROW = ViewportSize(width=360, height=800)
SUMMARY = "New address: haruto.new@example.com"
WITH_WORDS = msgspec.structs.replace(USUAL_SETTINGS, introduction=IntroductionSettings(words="voice"))


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the people in front of a stand know."""

    stand: Stand

    @property
    def url(self) -> str:
        return self.stand.url

    @property
    def ready(self) -> dict[str, Any]:
        return {name: self._known(name) for name in ("agent", "agent2")}

    def _known(self, name: str) -> dict[str, str]:
        one = self.stand.accounts[name]
        secret = base64.b32encode(one.secret).decode()
        return {"username": name, "password": one.password or "", "totp_secret": secret}


async def fits(page: Page, name: str) -> None:
    """By axe-core in both themes, and as wide as the page is."""
    assert await violations(page) == [], name
    width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], name
    if SHOTS:
        for theme in ("light", "dark"):
            await page.emulate_media(color_scheme=theme)
            await page.screenshot(path=f"{SHOTS}/{name}-{theme}.png", full_page=True)


async def words_compared(agent: Agent, customer: Customer, link: str) -> None:
    await accept(customer, link)
    await fits(customer.page, "words-1-customer-start")
    await fits(agent.page, "words-1-agent-start")
    await start(agent, customer)
    said = await spoken(agent.page)
    await fits(agent.page, "words-2-agent-says")
    await type_words(customer.page, said[::-1])
    await customer.page.wait_for_selector("#words-error:visible")
    await fits(customer.page, "words-3-customer-wrong")
    await type_words(customer.page, said)
    own = await spoken(customer.page)
    await fits(customer.page, "words-4-customer-says")
    await fits(agent.page, "words-4-agent-types")
    await type_words(agent.page, own)


async def one_exact_change(agent: Agent, second: Agent, customer: Customer) -> None:
    await agent.page.click("summary:has-text('Change something')")
    await agent.page.fill("#action-summary", SUMMARY)
    await agent.page.click("text=Ask the customer")
    await customer.page.wait_for_selector("#action-summary")
    assert await customer.page.inner_text("#action-summary") == SUMMARY
    assert await customer.page.locator("#screen input").count() == 0, "no code is enough for this"
    await fits(customer.page, "action-1-customer")
    await customer.page.click("#use-passkey")
    await customer.page.wait_for_selector("#action-summary", state="detached")
    await second.sign_in("agent", second.server.ready["agent2"])
    await second.page.goto(f"{second.server.url}/agent/actions")
    await second.page.wait_for_selector(f".flag:has-text('{SUMMARY}')")
    await fits(second.page, "action-2-second-agent")
    await second.page.click("button:has-text('Approve')")
    await second.page.click("dialog button:has-text('Approve')")
    await second.page.wait_for_selector("button:has-text('Approve')", state="detached")


async def test_words_then_a_passkey_then_one_exact_change_with_another_agents_yes(
    browser: Browser, tmp_path: Path
) -> None:
    async with (
        stand(tmp_path, settings=WITH_WORDS) as server,
        await browser.new_context(locale="en-GB", viewport=SMALL) as at_desk,
        await browser.new_context(locale="en-GB", viewport=SMALL) as at_other_desk,
        await browser.new_context(locale="en-GB", viewport=NARROW) as at_home,
    ):
        known = Accounts(server)
        agent = Agent(known, at_desk, await at_desk.new_page())
        second = Agent(known, at_other_desk, await at_other_desk.new_page())
        customer = Customer(known, at_home, await at_home.new_page())
        await authenticator(customer.page)
        await enrol(server, customer.page)
        await agent.arrive()
        link, _code = await agent.open_session("C-2041")
        await words_compared(agent, customer, link)
        await customer.page.wait_for_selector("#use-passkey")
        await fits(customer.page, "verify-1-customer")
        await customer.page.click("#use-passkey")
        await customer.page.wait_for_selector("#consent-wording")
        await agent.page.wait_for_selector("#side:has-text('V2')")
        await one_exact_change(agent, second, customer)
        assert await server.recorded(EventName.CUSTOMER_ACTION_CONFIRMED)
        approved = await server.recorded(EventName.AGENT_ACTION_APPROVED)
        assert approved[-1].outcome is Outcome.DONE
        assert agent.complaints == second.complaints == customer.complaints == []


async def test_another_system_gets_a_v2_by_the_customers_passkey_on_the_real_page(
    browser: Browser, tmp_path: Path
) -> None:
    async with (
        stand(tmp_path) as server,
        asking(server) as system,
        await browser.new_context(locale="en-GB", viewport=NARROW) as at_home,
    ):
        customer = Customer(Accounts(server), at_home, await at_home.new_page())
        await authenticator(customer.page)
        await enrol(server, customer.page)
        asked = await system.post("/verifications", {**ASKED, "level": "V2"})
        await customer.open_link(asked.body["link"])
        assert "payments" in await customer.page.inner_text("#screen")
        await fits(customer.page, "asked-0-customer")
        await customer.main_action()
        await customer.page.wait_for_selector("#use-passkey")
        await customer.page.wait_for_selector("#code", state="detached")  # the question comes after the badge
        assert "once more" not in await customer.page.inner_text("#screen"), "nothing was proved before"
        await fits(customer.page, "asked-1-customer")
        await customer.page.click("#use-passkey")
        await customer.page.wait_for_selector("h1:has-text('Finished'), h1:has-text('proved who you are')")
        await fits(customer.page, "asked-2-customer")
        seen = await system.state(asked.body["id"], "verified")
        assert (seen["level"], seen["method"]) == ("V2", "passkey")
        assert customer.complaints == []
