"""Officers' case files on their pages: readable in both languages and themes, and each form sends what was typed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.axe import violations
from tests.browser.pages_answers import OVERSIGHT, SESSION
from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import NOW

pytestmark = pytest.mark.asyncio(loop_scope="session")

OFFICER = {"name": "Chie Tanaka", "number": "S-012"}
CLOSING = {"finding": "confirmed", "reason": "They could not say why", "officer": OFFICER, "at_ms": NOW}
FILE: dict[str, Any] = {
    "id": "fil_A",
    "title": "Night shift of 12 May",
    "opened_by": OFFICER,
    "opened_at_ms": NOW,
    "items": 4,
    "closing": None,
}
ITEM = {
    "kind": "entry",
    "named": "7",
    "index": 12,
    "officer": OFFICER,
    "at_ms": NOW,
    "flag": None,
    "text": None,
    "event": "agent:case:viewed",
    "event_at_ms": NOW,
}
CONTENTS = [
    {**ITEM, "kind": "flag", "flag": OVERSIGHT["flags"][0], "event": None, "event_at_ms": None},
    ITEM,
    {**ITEM, "kind": "session", "named": SESSION, "event": None, "event_at_ms": None},
    {
        **ITEM,
        "kind": "note",
        "text": "Asked the team lead.\nNobody knew.",
        "event": None,
        "event_at_ms": None,
    },
    {**ITEM, "kind": "note", "text": None, "event": None, "event_at_ms": None},
]
ANSWERS = {
    "GET /security/files": [FILE, {**FILE, "id": "fil_B", "closing": CLOSING}],
    "GET /security/files/fil_A": {**FILE, "contents": CONTENTS},
    "GET /security/files/fil_B": {**FILE, "items": 0, "closing": CLOSING, "contents": []},
}
PAGES = {
    "security_files": "#files tbody a",
    "security_file/fil_A": "#file .flag",
    "security_file/fil_B": "#file .empty",
}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        stage.script.answers.update(ANSWERS)
        yield stage


async def test_every_state_has_no_fault_for_axe(stage: PagesStage) -> None:
    for page, landmark in PAGES.items():
        await stage.page.goto(f"{stage.url}/{page}")
        await stage.page.wait_for_selector(landmark)
        await unfold(stage)
        assert await violations(stage.page) == [], page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(360, "ja"), (1280, "en")])
async def test_all_of_it_can_be_read_and_pressed(
    browser: Browser, scheme: str, width: int, language: str
) -> None:
    size = {"width": width, "height": 800}
    async with set_up(browser, viewport=size, color_scheme=scheme, locale=language) as stage:
        stage.script.answers.update(ANSWERS)
        for page, landmark in PAGES.items():
            await stage.page.goto(f"{stage.url}/{page}")
            await stage.page.wait_for_selector(landmark)
            await unfold(stage)
            found = await stage.page.evaluate(MEASURE)
            assert not found["wide"], page
            assert [text for text in found["texts"] if text["size"] < 13] == [], page
            assert [text for text in found["texts"] if text["contrast"] < 4.5] == [], page
            assert [one for one in found["targets"] if one["height"] < 44 or one["width"] < 44] == [], page


async def unfold(stage: PagesStage) -> None:
    await stage.page.evaluate(
        "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"
    )


async def test_a_flag_leads_to_the_form_that_opens_a_file_with_it(stage: PagesStage) -> None:
    stage.script.answers["POST /security/files"] = (201, {"id": "fil_A"})
    await stage.page.goto(f"{stage.url}/security_files?flag=41")
    await stage.page.click("#file-open summary")
    assert await stage.page.input_value("#file-flag") == "41"
    await stage.page.click("#file-open button")
    await stage.page.wait_for_selector("#file-open .field-error:not([hidden])")
    await stage.page.fill("#file-title", " Night shift ")
    await stage.page.press("#file-title", "Enter")
    assert await stage.script.takes("/security/files") == {"title": "Night shift", "flag": "41"}


async def test_each_form_sends_what_was_typed_and_says_what_stands_against_it(stage: PagesStage) -> None:
    stage.script.answers["POST /security/files/fil_A/items"] = (409, {"code": "file_has_it", "detail": ""})
    stage.script.answers["POST /security/files/fil_A/notes"] = (201, {"index": 3})
    page = stage.page
    await page.goto(f"{stage.url}/security_file/fil_A")
    await page.wait_for_selector("#file-add")
    await unfold(stage)
    await page.select_option("#file-kind", "session")
    await page.fill("#file-named", SESSION)
    await page.press("#file-named", "Enter")
    sent = {"kind": "session", "named": SESSION}
    assert await stage.script.takes("/security/files/fil_A/items") == sent
    await page.wait_for_selector("#file-add .field-error:has-text('already')")
    await page.fill("#file-note", "they read out 493817")
    await page.click("#file-write-note button")
    await page.wait_for_selector("#file-write-note .field-error:has-text('code')")
    await page.fill("#file-note", "Asked the team lead")
    await page.click("#file-write-note button")
    assert await stage.script.takes("/security/files/fil_A/notes") == {"text": "Asked the team lead"}
    await page.wait_for_selector("#file-write-note:not([open])")


async def test_closing_asks_for_the_finding_and_leaves_only_taking_out(stage: PagesStage) -> None:
    stage.script.answers["POST /security/files/fil_A/close"] = (204, None)
    page = stage.page
    await page.goto(f"{stage.url}/security_file/fil_A")
    await page.wait_for_selector("#file-close")
    await unfold(stage)
    await page.select_option("#file-finding", "dismissed")
    await page.fill("#file-reason", "Agreed work")
    closed = {**FILE, "closing": CLOSING, "contents": CONTENTS}
    stage.script.answers["GET /security/files/fil_A"] = closed
    await page.press("#file-reason", "Enter")
    sent = {"finding": "dismissed", "reason": "Agreed work"}
    assert await stage.script.takes("/security/files/fil_A/close") == sent
    await page.wait_for_selector("#file-close", state="detached")
    assert await page.locator("#file-evidence").count() == 1
