"""Proving more, proving nothing, confirming one exact change: the pages of the customer and of two agents."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from support.action import Action, ActionKind
from support.identity import CaseId, CustomerId, StaffId
from tests.browser.axe import violations
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import NOW, agent_view, customer_view

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "AAAAAAAAAAAAAAAAAAAAAA"
SUMMARY = "New payout account: 0000-555-0199000"
PROOF = {"method": "totp", "level": "V1", "at_ms": NOW - 60_000, "until_ms": NOW + 540_000}


def exact(view: dict[str, Any]) -> Action:
    return Action(
        id="act_AAAAAAAAAAAAAAAAAAAAAA",
        kind=ActionKind.CHANGE_PAYOUT_ADDRESS,
        summary=SUMMARY,
        session=view["session"],
        case=CaseId(""),
        customer=CustomerId(""),
        proposed_by=StaffId(""),
        proposed_at_ms=NOW,
        expires_at_ms=NOW + 600_000,
    )


def proving(**more: Any) -> dict[str, Any]:
    return {**customer_view("verifying"), **more}


def asked_for(level: str, action: str = "") -> dict[str, Any]:
    return {"level": level, "action": action, "at_ms": NOW}


def action_answer(view: dict[str, Any]) -> dict[str, Any]:
    action = exact(view)
    return {
        "id": action.id,
        "kind": action.kind,
        "summary": SUMMARY,
        "expires_at_ms": NOW + 600_000,
        "hold_ms": 24 * 3_600_000,
    }


def waiting(**more: Any) -> dict[str, Any]:
    return {
        "id": "act_AAAAAAAAAAAAAAAAAAAAAA",
        "kind": "change_payout_address",
        "summary": SUMMARY,
        "state": "proposed",
        "case_reference": "C-2041",
        "proposed_by": "Aiko Mori (A-104)",
        "own": False,
        "confirmed": True,
        "proposed_at_ms": NOW,
        "expires_at_ms": NOW + 600_000,
        "due_at_ms": None,
        **more,
    }


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        yield stage


async def enter(stage: PagesStage, view: dict[str, Any], landmark: str) -> None:
    stage.script.view = view
    stage.script.answers["GET /customer/session"] = view
    stage.script.answers["POST /socket-tickets"] = {"ticket": TOKEN}
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector(landmark)


async def test_who_has_nothing_to_prove_with_reads_what_is_possible_and_may_come_back(
    stage: PagesStage,
) -> None:
    await enter(stage, proving(methods=["totp", "recovery_code", "passkey"]), "#code")
    assert await violations(stage.page) == []
    await stage.page.click("text=I cannot do this now")
    await stage.page.wait_for_selector("h1:has-text('You can go on talking')")
    await stage.script.hears("verification.decline")
    assert await stage.page.locator("#screen input").count() == 0
    assert await violations(stage.page) == []
    await stage.page.click("text=I can prove it after all")
    await stage.page.wait_for_selector("#code")


async def test_no_field_appears_before_the_agents_view_is_surely_off(stage: PagesStage) -> None:
    closing = proving(asked=asked_for("V1"), fields_from_ms=NOW + 1_500, verification=PROOF)
    await enter(stage, closing, "h1:has-text('One moment')")
    assert await stage.page.locator("#screen input").count() == 0
    await stage.page.wait_for_selector("#code")  # by itself, once it may
    await stage.page.click("text=Not now, go on as before")
    await stage.script.hears("verification.decline")


async def test_a_question_for_a_passkey_has_no_field_for_a_code(stage: PagesStage) -> None:
    await enter(
        stage, proving(asked=asked_for("V2"), methods=["passkey"], verification=PROOF), "#use-passkey"
    )
    assert await stage.page.locator("#screen input").count() == 0
    assert await violations(stage.page) == []


async def test_after_a_verification_alone_nothing_is_asked_any_more(stage: PagesStage) -> None:
    await enter(
        stage, proving(purpose="verify", methods=[], verification=PROOF), "h1:has-text('proved who you are')"
    )
    assert await stage.page.locator("#screen input").count() == 0
    assert await violations(stage.page) == []


async def test_an_exact_change_is_shown_word_for_word_and_only_if_it_is_what_was_asked(
    stage: PagesStage,
) -> None:
    view = proving(methods=["passkey"], verification=PROOF)
    view["asked"] = asked_for("V3", exact(view).hash)
    stage.script.answers["GET /customer/session/action"] = action_answer(view)
    await enter(stage, view, "#use-passkey")
    assert await stage.page.inner_text("#action-summary") == SUMMARY
    assert await violations(stage.page) == []
    other = urlsafe_b64encode(hashlib.sha256(b"another").digest()).rstrip(b"=").decode()
    await enter(
        stage, {**view, "asked": asked_for("V3", other)}, "#screen .notice:has-text('could not be checked')"
    )
    assert await stage.page.locator("#use-passkey").count() == 0


async def test_an_agent_asks_for_more_and_sees_how_long_it_counts(stage: PagesStage) -> None:
    stage.script.view = {**agent_view("sharing"), "purpose": "share"}
    stage.script.answers["POST /socket-tickets"] = {"ticket": TOKEN}
    stage.script.answers["GET /sessions/ses_A/actions"] = []
    await stage.page.goto(f"{stage.url}/agent_session/ses_A")
    await stage.page.wait_for_selector("#side .countdown")
    await stage.page.click("text=Ask for a passkey (V2)")
    assert (await stage.script.hears("verification.ask"))["level"] == "V2"
    await stage.page.click("summary:has-text('Change something')")
    assert await violations(stage.page) == []
    stage.script.answers["POST /sessions/ses_A/actions"] = (201, waiting())
    await stage.page.fill("#action-summary", SUMMARY)
    await stage.page.click("text=Ask the customer")
    proposed = await stage.script.takes("/sessions/ses_A/actions")
    assert proposed == {"kind": "change_email", "summary": SUMMARY}


async def test_a_second_agent_approves_what_the_customer_confirmed(stage: PagesStage) -> None:
    held = waiting(id="act_B", state="approved", confirmed=False, due_at_ms=NOW + 86_400_000)
    stage.script.answers["GET /agent/actions"] = [waiting(), waiting(id="act_C", own=True), held]
    await stage.page.goto(f"{stage.url}/agent_actions")
    await stage.page.wait_for_selector(".flag")
    assert await stage.page.locator("button:has-text('Approve')").count() == 1
    assert await violations(stage.page) == []
    stage.script.answers[f"POST /agent/actions/{waiting()['id']}/approve"] = held
    await stage.page.click("button:has-text('Approve')")
    await stage.page.click("dialog button:has-text('Approve')")
    await stage.script.takes(f"/agent/actions/{waiting()['id']}/approve")


async def test_a_customer_stops_a_change_by_the_link_in_their_mail(stage: PagesStage) -> None:
    shown = {"kind": "change_payout_address", "summary": SUMMARY, "state": "approved", "due_at_ms": NOW}
    stage.script.answers["POST /actions/shown"] = shown
    stage.script.answers["POST /actions/cancelled"] = {**shown, "state": "cancelled"}
    await stage.page.goto(f"{stage.url}/action#{TOKEN}")
    await stage.page.wait_for_selector("text=Stop this change")
    assert "#" not in stage.page.url
    assert await violations(stage.page) == []
    await stage.page.click("text=Stop this change")
    await stage.page.click("dialog button:has-text('Stop this change')")
    await stage.page.wait_for_selector(".notice-good:has-text('It was stopped')")
    assert await stage.script.takes("/actions/cancelled") == {"token": TOKEN}
