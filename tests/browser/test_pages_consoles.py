"""The consoles of agents and security officers, and the demo's doors, against a scripted other end."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.pages_answers import ANSWERS, CASE, ENTRY, INVITATION, LOG, OVERSIGHT, SESSION, TYPED
from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import NOW, agent_view

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = {
    "agent_home": "#cases tbody tr",
    "agent_case/cas_A": ".facts-wide",
    "agent_provisional": "#provisional .flag",
    "security_home": "#sessions tbody tr",
    "security_log": "#entries tbody tr",
    "security_approvals": "#approvals .flag",
    "security_checklist": ".finding",
    "security_reports": "#reports td a",
    "demo": ".live-code",
    "agent_sign_in": "#code",
}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers.update(ANSWERS)
        yield stage


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(360, "ja"), (1280, "en")])
async def test_every_console_can_be_read_and_pressed(
    browser: Browser, scheme: str, width: int, language: str
) -> None:
    size = {"width": width, "height": 800}
    async with set_up(browser, viewport=size, color_scheme=scheme, locale=language) as stage:
        stage.script.answers.update(ANSWERS)
        stage.script.view = OVERSIGHT
        for page, landmark in PAGES.items():
            await stage.page.goto(f"{stage.url}/{page}")
            await stage.page.wait_for_selector(landmark)
            found = await stage.page.evaluate(MEASURE)
            assert not found["wide"], page
            assert [text for text in found["texts"] if text["size"] < 13] == [], page
            assert [text for text in found["texts"] if text["contrast"] < 4.5] == [], page
            assert [one for one in found["targets"] if one["height"] < 44 or one["width"] < 44] == [], page


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_on_a_laptop_the_log_has_all_its_columns_in_view(browser: Browser, language: str) -> None:
    async with set_up(browser, viewport={"width": 1200, "height": 800}, locale=language) as stage:
        stage.script.answers.update(ANSWERS)
        longest = {name: f"{name}_plqU1vPTfPjm6-B3Fq9aZw" for name in ("case", "session", "customer")}
        claimed = ENTRY | longest | {"name": "customer:invitation:claimed"}
        claimed["actor"] = {"kind": "customer", "id": longest["customer"]}
        stage.script.answers["GET /security/log"] = LOG | {"entries": [claimed]}
        await stage.page.goto(f"{stage.url}/security_log")
        await stage.page.wait_for_selector("#entries tbody summary")
        frame = stage.page.locator("#entries .table-frame")
        assert await frame.evaluate("(frame) => frame.scrollWidth - frame.clientWidth") <= 0
        heights = "() => [...document.querySelectorAll('#entries summary')].map((each) => each.offsetHeight)"
        assert max(await stage.page.evaluate(heights)) < 50


async def test_each_look_at_a_field_is_asked_for_by_itself(stage: PagesStage) -> None:
    stage.script.answers["POST /cases/cas_A/unmaskings"] = {"field": "email", "value": "haruto@example.com"}
    await stage.page.goto(f"{stage.url}/agent_case/cas_A")
    await stage.page.wait_for_selector(".facts-wide .masked")
    assert "haruto@example.com" not in await stage.page.inner_text("main")
    await stage.page.click(".facts-wide .button-small")
    assert await stage.script.takes("/cases/cas_A/unmaskings") == {"field": "email"}
    await stage.page.wait_for_selector(".facts-wide dd:has-text('haruto@example.com')")


async def test_a_case_that_is_not_live_offers_no_session(stage: PagesStage) -> None:
    await stage.page.goto(f"{stage.url}/agent_home")
    rows = stage.page.locator("#cases tbody tr")
    await rows.first.wait_for()
    assert [await rows.nth(index).locator("button").count() for index in range(2)] == [1, 0]


async def test_a_case_opened_by_a_reference_is_listed_with_what_was_typed_and_leads_to_no_record(
    stage: PagesStage,
) -> None:
    opened = {name: TYPED[name] for name in ("id", "reference", "named", "until_ms")}
    stage.script.answers["POST /provisional-cases"] = (201, opened)
    await stage.page.goto(f"{stage.url}/agent_home")
    await stage.page.wait_for_selector("#cases tbody tr")
    stage.script.answers["GET /cases"] = [TYPED, CASE]
    await stage.page.fill("#own-case-customer", " K-30877 ")
    await stage.page.fill("#own-case-reason", "Asked at the counter")
    await stage.page.press("#own-case-reason", "Enter")
    asked = {"customer": "K-30877", "reason": "Asked at the counter"}
    assert await stage.script.takes("/provisional-cases") == asked
    row = stage.page.locator("#cases tbody tr", has_text="P-7K2M9QX")
    await row.wait_for()
    assert "K-30877" in await row.inner_text()
    assert [await row.locator(name).count() for name in ("a", "button")] == [0, 1]
    assert await stage.page.input_value("#own-case-reason") == ""


async def test_a_supervisor_approves_what_an_agent_opened_and_has_no_button_for_an_own_one(
    stage: PagesStage,
) -> None:
    stage.script.answers["POST /provisional-cases/cas_P/approve"] = (204, None)
    await stage.page.goto(f"{stage.url}/agent_provisional")
    flags = stage.page.locator("#provisional .flag")
    await flags.first.wait_for()
    assert [await flags.nth(index).locator("button").count() for index in range(2)] == [2, 1]
    await flags.first.locator(".button-main").click()
    stage.script.answers["GET /provisional-cases"] = []
    await stage.page.click("dialog[open] button[value=yes]")
    await stage.page.wait_for_selector("#provisional .empty")
    assert [path for path in stage.script.posted if "provisional" in str(path)] != []


async def test_an_invitation_is_shown_to_the_tab_that_made_it_and_forgotten_once_used(
    stage: PagesStage,
) -> None:
    stage.script.answers["POST /sessions"] = (201, {"session": "ses_A", "invitation": INVITATION})
    stage.script.view = agent_view("invited")
    await stage.page.goto(f"{stage.url}/agent_home")
    await stage.page.click("#cases tbody button")
    asked = {"case": "cas_A", "contact": "voice", "purpose": "share"}
    assert await stage.script.takes("/sessions") == asked
    await stage.page.wait_for_url("**/agent/sessions/ses_A")
    await stage.page.goto(f"{stage.url}/agent_session/ses_A")
    assert (await stage.page.inner_text(".spoken-code")).split() == INVITATION["code"].split("-")  # type: ignore[attr-defined]
    assert await stage.page.input_value("#invite-link") == INVITATION["link"]
    assert await stage.page.locator("svg.qr path").count() == 1
    await stage.script.show(agent_view("introducing"), 1)
    await stage.page.wait_for_selector("#board .introduction")
    assert await stage.page.is_hidden("#stage")  # no picture can come before a verification
    await stage.script.show(agent_view("verifying"), 2)
    await stage.page.wait_for_selector("#stage", state="visible")
    assert await stage.page.locator(".spoken-code").count() == 0
    assert await stage.page.evaluate("sessionStorage.length") == 0


async def test_the_picture_fills_the_display_by_keyboard_with_the_time_left_and_comes_back_at_the_end(
    stage: PagesStage,
) -> None:
    stage.script.view = agent_view("sharing")
    await stage.page.goto(f"{stage.url}/agent_session/ses_A")
    await stage.page.wait_for_selector(".session-bar .countdown")
    assert await stage.page.inner_text(".session-bar .fact >> nth=0") == "Time left\n5:00"
    await stage.page.focus("button:has-text('Full screen')")
    await stage.page.keyboard.press("Enter")
    await stage.until("document.fullscreenElement?.contains(document.querySelector('#stage'))")
    await stage.page.wait_for_selector("button:has-text('Leave full screen')")
    assert await stage.page.is_visible(".session-bar .countdown")
    await stage.script.show(agent_view("paused"), 1)
    await stage.page.wait_for_selector(".session-bar .pill:has-text('Paused')")
    assert (await stage.page.title()).startswith("C-2041: Paused")
    assert await stage.page.evaluate("document.activeElement.textContent") == "Leave full screen"
    await stage.page.click("button:has-text('End session')")
    await stage.page.click("dialog[open] button:has-text('Cancel')")
    await stage.page.wait_for_selector("dialog", state="detached")
    await stage.script.show(agent_view("ended"), 2)
    await stage.page.wait_for_selector(".ended-card")
    await stage.until("document.fullscreenElement === null")
    assert await stage.page.locator(".session-bar button:visible").count() == 0


async def test_a_window_that_lost_its_session_offers_no_button_that_would_not_reach_it(
    stage: PagesStage,
) -> None:
    stage.script.view = agent_view("sharing")
    await stage.page.goto(f"{stage.url}/agent_session/ses_A")
    await stage.page.wait_for_selector(".session-bar button:has-text('End session')")
    await stage.script.say({"type": "bye", "reason": "taken_over"})
    await stage.page.wait_for_selector("#board .notice:has-text('another window')")
    assert await stage.page.locator(".session-bar button:visible").count() == 0
    assert await stage.page.is_visible("#curtain")
    stage.script.answers["POST /socket-tickets"] = (404, {"code": "not_found", "detail": "", "status": 404})
    await stage.page.goto(f"{stage.url}/agent_session/ses_B")
    await stage.page.wait_for_selector("#board .notice a")
    assert await stage.page.is_hidden(".session-bar")


async def test_an_officer_confirms_before_a_session_is_ended(stage: PagesStage) -> None:
    stage.script.view = OVERSIGHT
    stage.script.answers["POST /security/sessions/ses_A/end"] = {}
    await stage.page.goto(f"{stage.url}/security_home")
    await stage.page.click("#sessions tbody button")
    await stage.page.wait_for_selector("dialog[open]")
    await stage.page.keyboard.press("Escape")
    await stage.page.wait_for_selector("dialog", state="detached")
    assert [path for path, _ in stage.script.posted if path != "/socket-tickets"] == []
    await stage.page.click("#sessions tbody button")
    await stage.page.click("dialog[open] button.button-danger")
    await stage.script.takes("/security/sessions/ses_A/end")


async def test_a_flag_gives_its_reason_in_one_sentence(stage: PagesStage) -> None:
    stage.script.view = OVERSIGHT
    await stage.page.goto(f"{stage.url}/security_home")
    assert "{" not in await stage.page.inner_text(".flag-sentence")
    flag = await stage.page.inner_text(".flag")
    assert "Aiko Mori (A-104, Help)" in flag
    assert "C-2041" in flag
    assert "ses_" not in flag
    assert "cus_" not in flag


async def test_a_flag_leads_to_the_entries_of_its_session_and_from_there_to_all(stage: PagesStage) -> None:
    stage.script.view = OVERSIGHT
    await stage.page.goto(f"{stage.url}/security_home")
    address = await stage.page.get_attribute(".flag a", "href") or ""
    assert address == f"/security/log#session={SESSION}"
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url))
    await stage.page.goto(f"{stage.url}/security_log#{SESSION}")
    await stage.page.wait_for_selector("#older:has-text('No earlier entry')")
    assert [url for url in asked if url.endswith(f"/security/log?limit=100&session={SESSION}")]
    await stage.page.click("#only button")
    await stage.page.wait_for_selector("#only .chips", state="detached")
    await stage.page.wait_for_selector("#entries tbody tr")
    assert [url for url in asked if url.endswith("/security/log?limit=100")]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("code", "kind"), [(0, "good"), (10, "danger"), (11, "danger"), (13, "danger")])
async def test_what_the_verifier_found_is_said_in_the_readers_language(
    browser: Browser, language: str, code: int, kind: str
) -> None:
    async with set_up(browser, locale=language) as stage:
        found = {"exit_code": code, "sentence": "Its own words.", "size": 8, "checkpoint_at_ms": NOW}
        stage.script.answers.update({**ANSWERS, "GET /security/log/integrity": found})
        await stage.page.goto(f"{stage.url}/security_log")
        await stage.page.wait_for_selector(f"#integrity .notice-{kind}")
        assert await stage.page.is_hidden("#integrity [lang=en]")
        await stage.page.click("#integrity summary")
        assert await stage.page.inner_text("#integrity [lang=en]") == "Its own words."
        said = await stage.page.inner_text("#integrity strong")
        assert said.isascii() == (language == "en")


async def test_the_log_is_filtered_in_the_page_and_an_entry_without_its_key_keeps_its_place(
    stage: PagesStage,
) -> None:
    await stage.page.goto(f"{stage.url}/security_log")
    rows = stage.page.locator("#entries tbody tr")
    await rows.first.wait_for()
    assert await rows.count() == 2
    assert "closes No. 6" in await rows.nth(0).inner_text()
    assert "No key opens this entry" in await rows.nth(1).inner_text()
    assert (await stage.page.get_attribute("#entries time", "title") or "").endswith("Z")
    await stage.page.fill("#filter", "CODE:REFUSED")
    await stage.until("document.querySelectorAll('#entries tbody tr').length === 1")
    await stage.page.fill("#filter", "nothing like this")
    await stage.page.wait_for_selector("#entries .empty")


async def test_the_checklist_says_what_is_weak_and_what_to_type_and_folds_away_what_is_well(
    stage: PagesStage,
) -> None:
    await stage.page.goto(f"{stage.url}/security_checklist")
    await stage.page.wait_for_selector(".finding-weak")
    assert await stage.page.inner_text(".finding-weak code") == "tachiai backup FOLDER"
    assert await stage.page.inner_text("#live-region") == "To be mended: 1"
    assert await stage.page.is_hidden("[data-finding=log]")
    await stage.page.click("#findings summary")
    await stage.page.wait_for_selector("[data-finding=log]", state="visible")
    stage.script.answers["GET /security/checklist"] = (
        503,
        {"code": "log_unavailable", "detail": "", "status": 503},
    )
    await stage.page.click("#again")
    await stage.page.wait_for_selector("#findings .notice-danger")
