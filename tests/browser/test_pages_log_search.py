"""The log's page searched: fields, chips, addresses that can be passed on, how far the search came."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.axe import violations
from tests.browser.pages_answers import ANSWERS, ENTRY, LOG, SEALED, SESSION, STAFF
from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import PagesStage, set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
CUSTOMER = "cus_AAAAAAAAAAAAAAAAAAAAAA"
CASE = "cas_AAAAAAAAAAAAAAAAAAAAAA"
FOUND = LOG | {
    "entries": [ENTRY | {"actor": {"kind": "agent", "id": STAFF[0]["id"]}, "erased": ["subject/0"]}],
    "read_from": 4,
    "matches": {"count": 1_234, "exact": False},
    "index": {"upto": 1_024, "complete": False, "closed": 17},
    "size": 1_500,
    "cases": [{"id": "cas_A", "reference": "C-2041"}],
}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser, timezone_id="Asia/Tokyo") as stage:
        stage.script.answers.update(ANSWERS)
        yield stage


def asked(urls: list[str]) -> list[dict[str, str]]:
    """The filters of each reading that the page asked for."""
    readings = [urlsplit(url) for url in urls if urlsplit(url).path == "/api/v1/security/log"]
    return [{name: values[0] for name, values in parse_qs(one.query).items()} for one in readings]


async def opened(stage: PagesStage, fragment: str = "") -> list[str]:
    urls: list[str] = []
    stage.page.on("request", lambda request: urls.append(request.url))
    await stage.page.goto(f"{stage.url}/security_log{fragment}")
    await stage.page.wait_for_selector("#filter-who optgroup option", state="attached")
    await stage.page.wait_for_selector("#entries tbody tr")
    return urls


async def test_every_field_is_asked_of_the_server_and_becomes_a_chip_and_an_address(
    stage: PagesStage,
) -> None:
    urls = await opened(stage)
    assert asked(urls) == [{"limit": "100"}]
    await stage.page.select_option("#filter-who", label="Aiko Mori (A-104)")
    await stage.page.fill("#filter-customer", CUSTOMER)
    await stage.page.fill("#filter-case", CASE)
    await stage.page.fill("#filter-session", SESSION)
    await stage.page.fill("#filter-event", "customer:code:refused")
    await stage.page.select_option("#filter-outcome", "refused")
    await stage.page.fill("#filter-from", "2025-11-24T09:00:00")
    await stage.page.fill("#filter-to", "2025-11-24T18:30:00")
    await stage.page.click("#log-filters button[type=submit]")
    await stage.page.wait_for_selector(".chips li:nth-child(8)")
    wanted = {
        "actor": STAFF[0]["id"],
        "customer": CUSTOMER,
        "case": CASE,
        "session": SESSION,
        "event": "customer:code:refused",
        "outcome": "refused",
        "from": "1763942400000",  # 09:00 in Tokyo
        "to": "1763976600000",
    }
    await stage.until("document.querySelector('#older').textContent.includes('No earlier entry')")
    assert asked(urls)[-1] == {"limit": "100"} | wanted
    fragment = urlsplit(stage.page.url).fragment
    assert {name: values[0] for name, values in parse_qs(fragment).items()} == wanted
    chips = await stage.page.locator(".chips button").all_inner_texts()
    assert chips[0].split("\n") == ["Who did it: Aiko Mori (A-104)", "✕"]
    assert chips[6].startswith("From: Nov 24, 2025, 09:00:00")
    await stage.page.reload()
    await stage.page.wait_for_selector(".chips li:nth-child(8)")
    await stage.until("document.querySelector('#filter-who').selectedOptions[0].text === 'Aiko Mori (A-104)'")
    assert await stage.page.input_value("#filter-from") == "2025-11-24T09:00"
    assert await stage.page.input_value("#filter-to") == "2025-11-24T18:30"


async def test_a_chip_takes_one_filter_back_and_clear_takes_all(stage: PagesStage) -> None:
    urls = await opened(stage, f"#outcome=refused&customer={CUSTOMER}&kind=customer")
    await stage.page.click(".chips button[data-filter=outcome]")
    await stage.page.wait_for_selector(".chips li:nth-child(3)", state="detached")
    await stage.until("location.hash.length > 0")
    assert asked(urls)[-1] == {"limit": "100", "customer": CUSTOMER, "kind": "customer"}
    await stage.page.go_back()
    await stage.page.wait_for_selector(".chips li:nth-child(3)")
    await stage.page.click("#log-filters button:has-text('Clear all')")
    await stage.page.wait_for_selector(".chips", state="detached")
    assert await stage.page.input_value("#filter-customer") == ""
    assert asked(urls)[-1] == {"limit": "100"}


async def test_a_reference_is_resolved_by_a_request_of_its_own_and_never_stands_in_an_address(
    stage: PagesStage,
) -> None:
    urls = await opened(stage)
    stage.script.answers["POST /security/log/references"] = {"id": CUSTOMER}
    await stage.page.fill("#filter-customer", "K-30518")
    await stage.page.press("#filter-customer", "Enter")
    assert await stage.script.takes("/security/log/references") == {
        "kind": "customer",
        "reference": "K-30518",
    }
    await stage.page.wait_for_selector(".chips button[data-filter=customer]")
    assert await stage.page.input_value("#filter-customer") == CUSTOMER
    assert not [url for url in [*urls, stage.page.url] if "K-30518" in url]


async def test_a_reference_that_is_unknown_and_a_range_that_runs_backwards_are_said_at_the_form(
    stage: PagesStage,
) -> None:
    urls = await opened(stage)
    unknown = {"code": "reference_unknown", "detail": "", "status": 404}
    stage.script.answers["POST /security/log/references"] = (404, unknown)
    await stage.page.fill("#filter-case", "C-0")
    await stage.page.press("#filter-case", "Enter")
    await stage.page.wait_for_selector("#log-filters .field-error:has-text('Nothing is known')")
    await stage.page.fill("#filter-case", "")
    await stage.page.fill("#filter-from", "2025-11-24T10:00:00")
    await stage.page.fill("#filter-to", "2025-11-24T10:00:00")
    await stage.page.press("#filter-to", "Enter")
    await stage.page.wait_for_selector("#log-filters .field-error:has-text('ends before it begins')")
    assert asked(urls) == [{"limit": "100"}]


async def test_an_address_with_a_filter_that_is_not_understood_shows_no_entries(stage: PagesStage) -> None:
    refused = {"code": "does_not_fit", "detail": "", "status": 422}
    stage.script.answers["GET /security/log"] = (422, refused)
    await stage.page.goto(f"{stage.url}/security_log#outcome=good&who=me")
    await stage.page.wait_for_selector("#entries .notice-danger")
    assert await stage.page.locator(".chips button").count() == 2
    stage.script.answers["GET /security/log"] = LOG
    await stage.page.click("#log-filters button:has-text('Clear all')")
    await stage.page.wait_for_selector("#entries tbody tr")


async def test_how_many_match_how_far_was_looked_and_what_the_index_knows_is_said(stage: PagesStage) -> None:
    stage.script.answers["GET /security/log"] = FOUND
    await opened(stage, f"#customer={CUSTOMER}")
    assert await stage.page.inner_text("#found") == "Entries that match: at most 1,234"
    assert "back to No. 4" in await stage.page.inner_text("#older")
    await stage.page.click("#index-state summary")
    told = await stage.page.inner_text("#index-state")
    assert "Nothing is left out" in told
    assert "No. 1,024 of 1,500" in told
    assert "no key here opens: 17" in told
    row = await stage.page.inner_text("#entries tbody tr")
    assert "Aiko Mori (A-104)" in row
    assert "Case C-2041" in row
    assert "cas_A" not in row, "on hover only"
    assert "What it said about a person was erased." in row
    stage.script.answers["GET /security/log"] = FOUND | {"entries": [], "matches": None}
    await stage.page.click("#refresh")
    await stage.page.wait_for_selector("#entries .empty:has-text('No entry matches so far')")
    assert await stage.page.is_hidden("#found")


async def test_what_is_erased_and_what_only_an_auditor_opens_are_told_apart(stage: PagesStage) -> None:
    closed = SEALED | {"index": 5, "erased": [], "sealed": ["org", "subject/0"]}
    part = ENTRY | {"erased": [], "sealed": ["subject/0"]}
    stage.script.answers["GET /security/log"] = LOG | {"entries": [SEALED, closed, part]}
    await opened(stage)
    rows = [await row.inner_text() for row in await stage.page.locator("#entries tbody tr").all()]
    assert "only an auditor's key opens it" in rows[0]
    assert "No key opens this entry any more." in rows[1]
    assert "only an auditor's key opens this entry" in rows[2]


async def test_an_entry_leads_to_those_that_have_something_in_common_with_it(stage: PagesStage) -> None:
    entry = ENTRY | {"case": CASE, "customer": CUSTOMER, "actor": {"kind": "agent", "id": STAFF[0]["id"]}}
    stage.script.answers["GET /security/log"] = LOG | {"entries": [entry]}
    await opened(stage)
    await stage.page.click("#entries summary")
    links = await stage.page.eval_on_selector_all(
        ".same-links a", "(all) => all.map((one) => one.getAttribute('href'))"
    )
    assert links == [
        f"/security/log#actor={STAFF[0]['id']}",
        f"/security/log#case={CASE}",
        f"/security/log#customer={CUSTOMER}",
        "/security/log#event=customer%3Acode%3Arefused",
    ]


async def test_a_search_can_be_done_with_the_keyboard_alone_and_its_result_is_said(stage: PagesStage) -> None:
    await opened(stage)
    stage.script.answers["GET /security/log"] = FOUND
    await stage.page.focus("#filter-outcome")
    await stage.page.keyboard.type("refused")
    for _ in range(20):
        await stage.page.keyboard.press("Tab")
        if await stage.page.evaluate("document.activeElement.type") == "submit":
            break
    await stage.page.keyboard.press("Enter")
    await stage.page.wait_for_selector(".chips")
    await stage.until(
        "document.querySelector('#live-region').textContent === 'Entries that match: at most 1,234'"
    )
    for _ in range(3):
        await stage.page.keyboard.press("Tab")
        if await stage.page.evaluate("document.activeElement.dataset.filter"):
            break
    await stage.page.keyboard.press("Enter")
    await stage.page.wait_for_selector(".chips", state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(360, "ja"), (360, "en"), (1280, "ja")])
async def test_the_search_can_be_read_and_pressed_and_has_no_fault(
    browser: Browser, scheme: str, width: int, language: str
) -> None:
    size = {"width": width, "height": 800}
    async with set_up(browser, viewport=size, color_scheme=scheme, locale=language) as stage:
        stage.script.answers.update(ANSWERS | {"GET /security/log": FOUND})
        await opened(
            stage, f"#customer={CUSTOMER}&outcome=refused&from=1763942400000&event=customer:code:refused"
        )
        fold = stage.page.locator(".filter-fold")
        chosen = "document.querySelector('#filter-outcome').selectedOptions[0].text"
        assert (await stage.page.evaluate(chosen)).isascii() == (language == "en")
        assert (await fold.get_attribute("open") is None) == (width == 360), "folded away where room is short"
        if width == 360:
            await stage.page.click(".filter-fold > summary")
        for summary in ("#index-state summary", "#entries summary"):
            await stage.page.click(summary)
        found: dict[str, Any] = await stage.page.evaluate(MEASURE)
        assert not found["wide"]
        assert [text for text in found["texts"] if text["size"] < 13] == []
        assert [text for text in found["texts"] if text["contrast"] < 4.5] == []
        assert [one for one in found["targets"] if one["height"] < 44 or one["width"] < 44] == []
        assert await violations(stage.page) == []


async def test_what_the_filters_say_is_what_is_taken_out_and_saved(stage: PagesStage) -> None:
    stage.script.answers["POST /security/log/exports"] = {"ending": "tachiai-export/v1"}
    await opened(stage, f"#outcome=refused&customer={CUSTOMER}")
    await stage.page.fill("#filter", "a word that picks nothing")
    async with stage.page.expect_download() as saving:
        await stage.page.click("#taking-out button:has-text('all entries that match')")
    saved = await saving.value
    assert saved.suggested_filename.endswith(".jsonl")
    assert b"tachiai-export/v1" in (await saved.path()).read_bytes()
    assert stage.script.posted[-1] == (
        "/security/log/exports",
        {"filters": {"outcome": "refused", "customer": CUSTOMER}},
    )
    await stage.page.click("#log-filters button:has-text('Clear all')")
    await stage.page.wait_for_selector("#taking-out button:has-text('the whole log')")
    busy = {"code": "exports_busy", "detail": "", "status": 409}
    stage.script.answers["POST /security/log/exports"] = (409, busy)
    await stage.page.click("#taking-out button")
    await stage.page.wait_for_selector("#taken-out .notice-danger:has-text('Other exports are under way')")
    assert stage.script.posted[-1] == ("/security/log/exports", {"filters": {}})


async def test_evidence_is_offered_for_one_session_and_asks_what_it_is_for(stage: PagesStage) -> None:
    stage.script.answers["POST /security/log/evidence"] = {"stands": "for a zip"}
    await opened(stage, f"#session={SESSION}")
    await stage.page.click("#evidence button[type=submit]")
    await stage.page.wait_for_selector("#evidence .field-error:has-text('Say what it is for')")
    await stage.page.fill("#evidence-reason", "complaint 17")
    async with stage.page.expect_download() as saving:
        await stage.page.press("#evidence-reason", "Enter")
    assert (await saving.value).suggested_filename.endswith(".zip")
    asked_for = ("/security/log/evidence", {"session": SESSION, "reason": "complaint 17"})
    assert stage.script.posted[-1] == asked_for
    assert await violations(stage.page) == []
    await stage.page.click("#log-filters button:has-text('Clear all')")
    await stage.page.wait_for_selector("#evidence", state="detached")
