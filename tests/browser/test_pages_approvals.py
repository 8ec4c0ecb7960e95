"""The page on which two officers approve: asked once more before each act, and the link shown this once."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_answers import ERASURE, ERASURE_RECEIPT, LIFT, RESET
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import NOW

pytestmark = pytest.mark.asyncio(loop_scope="session")
LINK = "https://help.example.com/enrol#AAAAAAAAAAAAAAAAAAAAAA"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers["GET /security/approvals"] = [RESET]
        yield stage


async def test_the_second_approval_shows_the_link_and_keeps_it_in_view(stage: PagesStage) -> None:
    stage.script.answers["POST /security/approvals/rst_A/approve"] = {"url": LINK, "expires_at_ms": NOW}
    await stage.page.goto(f"{stage.url}/security_approvals")
    await stage.page.click("#approvals button.button-main")
    await stage.page.wait_for_selector("dialog[open]")
    assert "Aiko Mori" in await stage.page.inner_text("dialog")
    stage.script.answers["GET /security/approvals"] = []
    await stage.page.click("dialog[open] button[value=yes]")
    await stage.page.wait_for_selector("#approvals .empty")
    assert await stage.page.input_value("#enrolment-link") == LINK
    assert await stage.page.evaluate("document.activeElement.tagName") == "H2"


async def test_nothing_is_sent_when_the_question_is_left(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/security_approvals")
    await stage.page.click("#approvals button.button-plain")
    await stage.page.wait_for_selector("dialog[open]")
    await stage.page.keyboard.press("Escape")
    await stage.page.wait_for_selector("dialog", state="detached")
    assert stage.script.posted == []


@pytest.mark.parametrize("mine", ["own", "twice"])
async def test_who_may_not_approve_has_no_button_for_it(stage: PagesStage, mine: str) -> None:
    stage.script.answers["GET /security/approvals"] = [{**RESET, "mine": mine}]
    await stage.page.goto(f"{stage.url}/security_approvals")
    await stage.page.wait_for_selector("#approvals .flag")
    assert await stage.page.locator("#approvals button").all_inner_texts() == ["Refuse"]


async def test_a_refusal_of_the_server_is_said_in_a_sentence(stage: PagesStage) -> None:
    refused = {"code": "approval_twice", "detail": "", "status": 409}
    stage.script.answers["POST /security/approvals/rst_A/approve"] = (409, refused)
    await stage.page.goto(f"{stage.url}/security_approvals")
    await stage.page.click("#approvals button.button-main")
    await stage.page.click("dialog[open] button[value=yes]")
    await stage.page.wait_for_selector("#approvals-error [role=alert]:not([hidden])")
    assert "approved already" in await stage.page.inner_text("#approvals-error")


async def test_an_erasure_is_approved_after_a_question_and_says_what_comes_next(stage: PagesStage) -> None:
    stage.script.answers["GET /security/approvals"] = []
    stage.script.answers["GET /security/erasures"] = {"waiting": [ERASURE], "done": []}
    stage.script.answers["POST /security/erasures/era_A/approve"] = {"step": "second"}
    await stage.page.goto(f"{stage.url}/security_approvals")
    await stage.page.click("#erasures button.button-main")
    await stage.page.wait_for_selector("dialog[open]")
    assert "destroyed for good" in await stage.page.inner_text("dialog")
    both = [*ERASURE["approved_by"], {"name": "Dai Ito", "number": "S-013", "role": "security"}]
    stage.script.answers["GET /security/erasures"] = {
        "waiting": [{**ERASURE, "approved_by": both, "mine": "not_open"}],
        "done": [],
    }
    await stage.page.click("dialog[open] button[value=yes]")
    await stage.page.wait_for_selector("#erasures p:has-text('Both approvals are recorded')")
    assert await stage.page.locator("#erasures button").all_inner_texts() == ["Refuse"]


async def test_what_hinders_an_erasure_stands_where_the_button_would_be(stage: PagesStage) -> None:
    hindered = {**ERASURE, "hindered_by": "retention"}
    stage.script.answers["GET /security/erasures"] = {"waiting": [hindered], "done": [ERASURE_RECEIPT]}
    await stage.page.goto(f"{stage.url}/security_approvals")
    await stage.page.wait_for_selector("#erasures .notice-info:has-text('retention period')")
    assert await stage.page.locator("#erasures button").all_inner_texts() == ["Refuse"]
    assert await stage.page.locator("#erased tbody tr").count() == 1


async def test_the_second_officer_lifts_a_block_and_the_one_who_asked_can_only_end_the_question(
    stage: PagesStage,
) -> None:
    page, answers = stage.page, stage.script.answers
    answers["GET /security/block-lifts"] = [LIFT, {**LIFT, "id": "lft_B", "mine": "twice"}]
    await page.goto(f"{stage.url}/security_approvals")
    await page.wait_for_selector("#block-lifts .flag")
    assert "It was agreed work" in await page.inner_text("#block-lifts .flag")
    buttons = await page.locator("#block-lifts button").all_inner_texts()
    assert buttons == ["Lift the block", "Refuse", "Refuse"]
    answers["POST /security/block-lifts/lft_A/approve"] = (
        409,
        {"code": "lift_tied", "detail": "", "status": 409},
    )
    await page.click("#block-lifts button.button-main")
    await page.click("dialog[open] button[value=yes]")
    await page.wait_for_selector("#block-lifts [role=alert]:not([hidden])")
    answers["POST /security/block-lifts/lft_A/approve"] = {}
    answers["GET /security/block-lifts"] = []
    await page.click("#block-lifts button.button-main")
    await page.click("dialog[open] button[value=yes]")
    await page.wait_for_selector("#block-lifts .empty")
