"""Staff's own account and the officers' staff page in a real browser: passkeys, sign-ins, inviting, changing, proof."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser import stage as real
from tests.browser.axe import violations
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.virtual_authenticator import authenticator

pytestmark = pytest.mark.asyncio(loop_scope="session")
MEMBER = {
    "id": "sta_A",
    "username": "agent",
    "name": "Aiko Mori",
    "number": "A-104",
    "team": "Customer help",
    "role": "agent",
    "state": "active",
    "blocked_until_ms": None,
    "must_prove_since_ms": None,
    "logins": 1,
    "linked": True,
    "you": False,
}
STEP_UP = (403, {"code": "step_up_required", "detail": "", "status": 403})
WRONG = (422, {"code": "confirmation_refused", "detail": "", "status": 422})


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser, viewport={"width": 360, "height": 800}) as stage:
        stage.script.answers["GET /security/staff"] = [MEMBER]
        yield stage


async def test_an_act_that_asks_for_a_proof_goes_on_after_the_code_and_not_before(stage: PagesStage) -> None:
    answers, page = stage.script.answers, stage.page
    answers["POST /security/staff/sta_A/block"] = STEP_UP
    answers["POST /staff/me/confirmations"] = WRONG
    await page.goto(f"{stage.url}/security_staff")
    await page.click("#staff button:has-text('Block')")
    await page.click("dialog[open] button[value=yes]")
    await page.fill("#step-up-code", "111 111")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await page.wait_for_selector("dialog[open] [role=alert]:not([hidden])")
    assert await stage.script.takes("/staff/me/confirmations") == {"code": "111111"}
    answers["POST /staff/me/confirmations"] = {}
    answers["POST /security/staff/sta_A/block"] = {}
    answers["GET /security/staff"] = [{**MEMBER, "state": "disabled", "logins": 0}]
    await page.fill("#step-up-code", "222222")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("dialog", state="detached")
    await page.wait_for_selector("#staff .pill-bad")
    blocks = [body for path, body in stage.script.posted if path.endswith("/block")]
    assert blocks == [{"minutes": None}, {"minutes": None}]
    assert await violations(page) == []


async def test_a_block_is_lifted_only_with_a_reason(stage: PagesStage) -> None:
    page = stage.page
    await page.goto(f"{stage.url}/security_staff")
    await page.evaluate(
        """async () => {
          const { reasonToLift } = await import("/static/views/security/lift_block.js");
          window.lifted = reasonToLift("Aiko Mori");
        }"""
    )
    await page.fill("#lift-reason", "  ")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("dialog[open] [role=alert]:not([hidden])")
    assert await violations(page) == []
    await page.fill("#lift-reason", " It was agreed work ")
    await page.keyboard.press("Enter")
    assert await page.evaluate("window.lifted") == "It was agreed work"
    assert await page.locator("dialog").count() == 0


async def test_leaving_the_dialog_does_nothing_and_says_so(stage: PagesStage) -> None:
    stage.script.answers["POST /security/staff/sta_A/reset"] = STEP_UP
    await stage.page.goto(f"{stage.url}/security_staff")
    await stage.page.click("#staff button:has-text('Ask for a new start')")
    await stage.page.click("dialog[open] button[value=yes]")
    await stage.page.wait_for_selector("#step-up-code")
    await stage.page.keyboard.press("Escape")
    await stage.page.wait_for_selector("#staff-error [role=alert]:not([hidden])")
    assert not [path for path, _ in stage.script.posted if path.endswith("confirmations")]


async def test_a_proof_in_another_tab_lets_the_act_go_on_and_only_what_one_has_is_offered(
    stage: PagesStage,
) -> None:
    answers, page = stage.script.answers, stage.page
    answers["POST /security/staff/sta_A/block"] = STEP_UP
    answers["GET /staff/me/confirmations"] = {"passkey": False, "code": False, "provider": "Example SSO"}
    await page.goto(f"{stage.url}/security_staff")
    await page.click("#staff button:has-text('Block')")
    await page.click("dialog[open] button[value=yes]")
    await page.wait_for_selector("dialog[open] a[target=_blank][href='/agent/confirm']")
    assert await page.locator("#step-up-code").count() == 0
    assert await violations(page) == []
    answers["POST /security/staff/sta_A/block"] = {}
    tab = await stage.context.new_page()
    await tab.goto(f"{stage.url}/start")
    await tab.evaluate("() => new BroadcastChannel('tachiai-proofs').postMessage('proved')")
    await page.wait_for_selector("dialog", state="detached")
    assert await stage.script.takes("/security/staff/sta_A/block") == {"minutes": None}
    answers["POST /security/staff/sta_A/unlink"] = {"ended": 1}
    await page.click("#staff button:has-text('Unlink')")
    await page.click("dialog[open] button[value=yes]")
    await stage.script.takes("/security/staff/sta_A/unlink")  # what takes away asks for no proof


async def invites_and_changes(page: Page, url: str) -> None:
    await page.goto(f"{url}/security/staff")
    for name, value in (
        ("username", "dora"),
        ("name", "Dora Lind"),
        ("number", "A-120"),
        ("team", "Help"),
    ):
        await page.fill(f"#invite-{name}", value)
    await page.click("#invite button[type=submit]")
    await page.wait_for_selector("#enrolment-link")
    assert (await page.input_value("#enrolment-link")).startswith(f"{url}/enrol#")
    await page.wait_for_selector("#staff td:has-text('dora')")
    await page.locator("#staff tr", has_text="dora").locator("button", has_text="Role and team").click()
    await page.fill("#change-team", "Night help")
    await page.select_option("#change-role", "supervisor")
    assert await violations(page) == []
    await page.click("dialog[open] button[type=submit]")
    await page.wait_for_selector("#staff td:has-text('Night help')")
    assert await violations(page) == []


@pytest.mark.timeout(120)
async def test_an_officer_adds_a_passkey_signs_in_by_it_ends_the_other_sign_in_and_invites(
    browser: Browser, tmp_path: Path
) -> None:
    async with real.set_up(browser, tmp_path) as place:
        officer = await place.officer()
        page, url = officer.page, place.server.url
        await authenticator(page)
        await page.goto(f"{url}/security/account")
        await page.wait_for_selector("#logins .pill-good")
        await page.click("#passkey-add button[type=submit]")
        await page.wait_for_selector("#passkeys tbody tr")
        assert await violations(page) == []
        await page.goto(f"{url}/security/sign-in")
        assert await violations(page) == []
        await page.click("#passkey button")
        await page.wait_for_url(f"{url}/security")
        await page.goto(f"{url}/security/account")
        await page.wait_for_selector("#logins td:has-text('Passkey')")
        assert await page.locator("#logins tbody tr").count() == 1  # the former one of this browser has ended
        await invites_and_changes(page, url)
        assert officer.complaints == []
