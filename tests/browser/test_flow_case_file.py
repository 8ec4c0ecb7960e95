"""An investigation on the officers' pages, from a flag to a bundle that anybody can check: nothing is typed twice."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from audit.evidence.command import verify_evidence_command
from audit.report import ExitCode
from tests.browser.axe import violations
from tests.browser.sign_in_form import signed_in
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id
from tests.protocol.test_flag_trials import look_ups

pytestmark = pytest.mark.asyncio(loop_scope="session")
TITLE = "Five references that run on"
WHY = "Nobody had asked them for these customers"


async def into_a_new_file(page: Page) -> None:
    await page.click("#flags .flag button:has-text('Into a case file')")
    await page.click("dialog[open] button[type=submit]")
    await page.wait_for_selector("dialog[open] .field-error:not([hidden])")  # it has no name yet
    await page.fill("#into-title", TITLE)
    assert await violations(page) == []
    await page.click("dialog[open] button[type=submit]")
    await page.wait_for_selector("dialog", state="detached")


async def its_entries_too(page: Page) -> None:
    """From the log, to which the flag leads: two of what the agent did."""
    await page.click("#flags .flag a:has-text('did up to then')")
    await page.wait_for_selector("#entries tbody tr:nth-child(5)")
    for row in (1, 2):
        entry = f"#entries tbody tr:nth-child({row})"
        await page.click(f"{entry} summary")
        await page.click(f"{entry} button:has-text('This entry')")
        await page.select_option("#into-file", label=TITLE)
        await page.click("dialog[open] button[type=submit]")
        await page.wait_for_selector("dialog", state="detached")


async def investigated(page: Page, server: Stand) -> None:
    """A note, and a finding."""
    await page.goto(f"{server.url}/security/files")
    await page.click(f"#files a:has-text('{TITLE}')")
    await page.wait_for_selector("#file .flag-sentence")
    assert await page.locator("#file code:text-is('agent:case:opened')").count() == 2
    await page.click("#file-write-note summary")
    await page.fill("#file-note", "Asked the team lead: nobody knew.")
    await page.click("#file-write-note button[type=submit]")
    await page.wait_for_selector("#file :text('Asked the team lead')")
    await page.click("#file-close summary")
    await page.select_option("#file-finding", "confirmed")
    await page.fill("#file-reason", WHY)
    await page.click("#file-close button[type=submit]")
    await page.wait_for_selector(f"#file :text('{WHY}')")


async def taken_out(page: Page, bundle: Path) -> Path:
    await page.click("#file-evidence summary")
    await page.fill("#file-evidence-reason", "For the works council")
    async with page.expect_download() as coming:
        await page.click("#file-evidence button[type=submit]")
    await (await coming.value).save_as(bundle)
    return bundle


async def test_a_flag_becomes_a_case_file_and_leaves_as_a_bundle_that_holds(
    browser: Browser, tmp_path: Path
) -> None:
    async with stand(tmp_path) as server, await browser.new_context(locale="en-GB") as context:
        agent = await staff_id(server, "agent")
        for event in look_ups(agent, 5, server.clock.now_ms() - 10_000):
            await server.log.append(event)
        page = await context.new_page()
        await signed_in(page, server, "security", "officer")
        await page.wait_for_selector("#flags .flag")
        await into_a_new_file(page)
        await its_entries_too(page)

        await investigated(page, server)
        bundle = await taken_out(page, tmp_path / "bundle.zip")
        told: list[str] = []
        assert verify_evidence_command(bundle, server.log.verifier_key, None, told.append) == ExitCode.GOOD

        await page.goto(f"{server.url}/security")
        await page.wait_for_selector(f"#flags .flag:has-text('{WHY}')")
        assert await page.inner_text("#standing tbody tr:has-text('searching') td:nth-child(3)") == "1"
