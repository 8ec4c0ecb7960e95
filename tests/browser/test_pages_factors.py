"""The pages about lost factors: what two people vouch for, the customer's no, recovery codes, and having no app."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.axe import violations
from tests.browser.pages_answers import ANSWERS
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import NOW, customer_view

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
DAY = 86_400_000
PERSON = {"name": "Chie Tanaka", "number": "S-012", "role": "security"}
REQUEST: dict[str, Any] = {
    "id": "frq_A",
    "kind": "lost",
    "phase": "asked",
    "subject": {"name": "H••• S•••", "number": "K-30518", "role": "customer"},
    "absorbed": None,
    "asked_by": "sta_A",
    "asked_at_ms": NOW,
    "due_at_ms": None,
    "ends_at_ms": NOW + DAY,
    "vouchers": [{"staff": PERSON, "how": "in_person", "at_ms": NOW}],
    "mine": None,
    "carry": "not_open",
}
RIPE = {
    **REQUEST,
    "id": "frq_B",
    "phase": "ripe",
    "due_at_ms": NOW,
    "vouchers": [*REQUEST["vouchers"], {"staff": PERSON, "how": "known_number", "at_ms": NOW}],
    "mine": "not_open",
    "carry": None,
}
CODES = [f"{slot}K7Q-X2M9-DRT4-WC8P" for slot in range(10)]
ENROLMENT = {"stage": "recovery", "kind": "customer", "name": None, "username": None, "door": None}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers.update(ANSWERS)
        stage.script.answers["GET /factor-requests"] = [REQUEST, RIPE]
        yield stage


async def test_somebody_vouches_with_the_way_and_the_place_of_the_proof(stage: PagesStage) -> None:
    stage.script.answers["POST /factor-requests/frq_A/vouch"] = {"id": "frq_A", "due_at_ms": NOW + 3 * DAY}
    await stage.page.goto(f"{stage.url}/agent_factor_requests")
    await stage.page.click("#factor-list summary")
    await stage.page.select_option("#factor-list select", "known_number")
    await stage.page.fill("#factor-list input", "call 4471")
    assert await violations(stage.page) == []
    await stage.page.click("#factor-list form button")
    assert await stage.script.takes("/factor-requests/frq_A/vouch") == {
        "how": "known_number",
        "filed": "call 4471",
    }


async def test_the_one_who_asks_says_at_once_how_they_made_sure(stage: PagesStage) -> None:
    stage.script.answers["POST /factor-requests"] = (201, {"id": "frq_C", "due_at_ms": None})
    await stage.page.goto(f"{stage.url}/agent_factor_requests")
    await stage.page.select_option("#factor-kind", "removal")
    await stage.page.fill("#factor-customer", " K-30518 ")
    await stage.page.fill("#factor-ask input[maxlength='100']", "folder 7")
    await stage.page.click("#factor-ask button")
    assert await stage.script.takes("/factor-requests") == {
        "kind": "removal",
        "customer": "K-30518",
        "absorbed": "",
        "how": "in_person",
        "filed": "folder 7",
    }


async def test_two_records_are_merged_by_asking_with_both_and_carried_out_after_a_plain_question(
    stage: PagesStage,
) -> None:
    stage.script.answers["POST /factor-requests"] = (201, {"id": "frq_C", "due_at_ms": None})
    await stage.page.goto(f"{stage.url}/agent_factor_requests")
    assert not await stage.page.is_visible("#factor-absorbed")
    await stage.page.select_option("#factor-kind", "merge")
    await stage.page.fill("#factor-customer", "K-30518")
    await stage.page.fill("#factor-absorbed", " K-90001 ")
    await stage.page.fill("#factor-ask input[maxlength='100']", "folder 7")
    assert await violations(stage.page) == []
    absorbed = {"name": "H••• S•••", "number": "K-90001", "role": "customer"}
    stage.script.answers["GET /factor-requests"] = [{**RIPE, "kind": "merge", "absorbed": absorbed}]
    await stage.page.click("#factor-ask button")
    asked = await stage.script.takes("/factor-requests")
    assert (asked["kind"], asked["customer"], asked["absorbed"]) == ("merge", "K-30518", "K-90001")
    await stage.page.wait_for_selector("#factor-list dd:has-text('K-90001')")
    stage.script.answers["POST /factor-requests/frq_B/carry-out"] = {"url": None, "expires_at_ms": None}
    await stage.page.click("#factor-list button:has-text('Carry out')")
    question = await stage.page.inner_text("dialog[open]")
    assert "K-90001 is put into K-30518" in question
    assert "cannot be undone" in question
    stage.script.answers["GET /factor-requests"] = []
    await stage.page.click("dialog[open] button[value=yes]")
    await stage.page.wait_for_selector("#factor-list .empty")


async def test_what_is_ripe_gives_its_link_once_and_after_a_question(stage: PagesStage) -> None:
    link = f"https://help.example.com/enrol#{TOKEN}"
    stage.script.answers["POST /factor-requests/frq_B/carry-out"] = {"url": link, "expires_at_ms": NOW}
    await stage.page.goto(f"{stage.url}/agent_factor_requests")
    await stage.page.click("#factor-list button:has-text('Carry out')")
    await stage.page.click("dialog[open] button[value=yes]")
    await stage.page.wait_for_selector("#factor-link")
    assert await stage.page.input_value("#factor-link") == link


async def test_nothing_is_stopped_before_the_click_and_the_token_is_out_of_sight(stage: PagesStage) -> None:
    stage.script.answers["POST /cancellations"] = {"outcome": "stopped"}
    await stage.page.goto(f"{stage.url}/cancel#{TOKEN}")
    await stage.page.wait_for_selector("#screen .button-main:has-text('It was not me')")
    assert TOKEN not in await stage.page.evaluate("location.href")
    assert stage.script.posted == []
    assert await violations(stage.page) == []
    await stage.page.click("#screen .button-main")
    await stage.page.wait_for_selector("#screen h1:has-text('It is stopped')")
    assert await stage.script.takes("/cancellations") == {"token": TOKEN}
    assert await violations(stage.page) == []


async def test_a_cancel_link_that_is_over_says_what_to_do_instead(stage: PagesStage) -> None:
    stage.script.answers["POST /cancellations"] = {"outcome": "over"}
    for address in ("cancel", f"cancel#{TOKEN}"):
        await stage.page.goto("about:blank")
        await stage.page.goto(f"{stage.url}/{address}")
        if "#" in address:
            await stage.page.click("#screen .button-main")
        await stage.page.wait_for_selector("#screen h1:has-text('stops nothing')")


async def test_recovery_codes_are_shown_after_a_click_and_leave_the_page_for_good(stage: PagesStage) -> None:
    stage.script.answers["GET /enrolment"] = {**ENROLMENT, "expires_at_ms": NOW}
    stage.script.answers["POST /enrolment/recovery-codes"] = {"recovery_codes": CODES}
    await stage.page.goto(f"{stage.url}/enrol")
    await stage.page.wait_for_selector("#screen h1:has-text('recovery codes')")
    assert await violations(stage.page) == []
    await stage.page.click("#screen .button-main")
    await stage.page.wait_for_selector("#recovery-codes")
    assert await stage.page.locator("#recovery-codes li").all_inner_texts() == CODES
    assert await violations(stage.page) == []
    await stage.page.click("text=I have kept them")
    await stage.page.wait_for_selector("#screen h1:has-text('Done')")
    assert CODES[0] not in await stage.page.content()


async def test_a_recovery_code_is_folded_and_sent_as_one(stage: PagesStage) -> None:
    answer = {"outcome": "refused", "attempts_left": 4, "level": None, "recovery_codes_left": None}
    stage.script.answers["POST /customer/session/verification"] = answer
    stage.script.answers["GET /customer/session"] = {"state": "joined"}
    stage.script.view = customer_view("joined")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector(".badge")
    await stage.script.show({**customer_view("verifying"), "methods": ["totp", "recovery_code"]}, 1)
    await stage.page.click("summary:has-text('not have my app')")
    await stage.page.fill("#recovery-code", "4k7q-x2m9 drt4–wc8p")
    assert await violations(stage.page) == []
    await stage.page.click("text=Confirm by this code")
    await stage.page.wait_for_selector("#recovery-code-error:has-text('not accepted')")
    assert await stage.script.takes("/customer/session/verification") == {
        "code": "4K7QX2M9DRT4WC8P",
        "method": "recovery_code",
    }


async def test_whoever_has_no_app_finds_a_page_without_fault(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/without_app")
    await stage.page.wait_for_selector("h1")
    assert await violations(stage.page) == []
