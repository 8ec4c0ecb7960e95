"""An officer writes to an agent at work, and sees that they read it: both pages, real, with everything between."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser.axe import violations
from tests.browser.pages_measure import MEASURE
from tests.browser.sign_in_form import signed_in
from tests.protocol.server_stand import stand

pytestmark = pytest.mark.asyncio(loop_scope="session")
WRITE = "#staff tr:has-text('Aiko Mori') button:has-text('Write to them')"
TEXT = "Please call the security desk about C-2041 before you go on."


async def send(page: Page, text: str) -> None:
    """As somebody who presses twice."""
    await page.fill("dialog[open] #message-text", text)
    await page.eval_on_selector(
        "dialog[open] form", "form => { form.requestSubmit(); form.requestSubmit(); }"
    )


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
async def test_an_agent_at_work_reads_what_an_officer_writes(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    async with (
        stand(tmp_path) as server,
        await browser.new_context(locale="en-GB", viewport=size, color_scheme=scheme) as at_desk,  # type: ignore[arg-type]
        await browser.new_context(locale="en-GB", viewport=size, color_scheme=scheme) as at_oversight,  # type: ignore[arg-type]
    ):
        agent, officer = await at_desk.new_page(), await at_oversight.new_page()
        await signed_in(agent, server, "agent", "agent")
        await signed_in(officer, server, "security", "officer")
        await officer.goto(f"{server.url}/security/staff")
        await officer.click(WRITE)
        await send(officer, "Type 481 920 for me")
        await officer.wait_for_selector("dialog[open] .field-error:not([hidden])")
        assert await violations(officer) == []
        await send(officer, TEXT)
        await officer.wait_for_selector("dialog", state="detached")

        await agent.wait_for_selector(f".officer-message:has-text('{TEXT}')")
        assert await agent.locator(".officer-message").count() == 1
        assert await violations(agent) == []
        found = await agent.evaluate(MEASURE)
        assert not found["wide"]
        await agent.click(".officer-message button")
        await agent.wait_for_selector(".officer-message", state="detached")

        await officer.click(WRITE)
        await officer.wait_for_selector(f"dialog[open] li:has-text('{TEXT}') .pill-good")
        assert await violations(officer) == []
