"""The page that checks a receipt, the same as one file without a server, and what a customer is offered to keep."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, ViewportSize

from server.installation import web_folder
from server.standalone.receipt_checker import receipt_checker
from tests.browser.axe import violations
from tests.browser.pages_answers import ANSWERS
from tests.browser.pages_stage import PagesStage, set_up
from tests.browser.pages_views import NOW, customer_view
from tests.unit.receipt_examples import VECTORS

pytestmark = pytest.mark.asyncio(loop_scope="session")
FOUND: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))
GOOD = {one["name"]: one["receipt"] for one in FOUND["good"]}
FORGED = {one["name"]: one["receipt"] for one in FOUND["refused"]}
NARROW = ViewportSize(width=360, height=800)
ROWS = [
    {"index": 6, "kind": "consent", "at_ms": NOW},
    {"index": 9, "kind": "withdrawal", "at_ms": NOW + 60_000},
]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser, viewport=NARROW) as stage:
        stage.script.answers.update(ANSWERS)
        yield stage


async def open_page(stage: PagesStage, key: str | None = FOUND["key"]) -> Page:
    """As the server sends it: with its log's key among the page's data."""

    async def with_key(route: Route) -> None:
        response = await route.fetch()
        text = (await response.text()).replace('id="data">{}', f'id="data">{json.dumps({"key": key})}')
        await route.fulfill(response=response, body=text)

    await stage.page.route("**/receipt", with_key)
    await stage.page.goto(f"{stage.url}/receipt")
    await stage.page.wait_for_selector("#receipt-file")
    return stage.page


async def choose(page: Page, text: str, name: str = "mine.tachiai-receipt") -> str:
    """The heading of the answer."""
    await page.set_input_files(
        "#receipt-file", {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    )
    await page.wait_for_selector(".receipt-result h2")
    return await page.inner_text(".receipt-result h2")


@pytest.mark.parametrize("name", ["a consent", "a withdrawal", "an end without an agreement"])
async def test_a_genuine_receipt_is_told_in_words_and_without_a_fault(stage: PagesStage, name: str) -> None:
    page = await open_page(stage)
    assert await choose(page, GOOD[name]) == "This receipt is genuine"
    assert await page.evaluate("document.activeElement.matches('.receipt-result h2')")
    assert await page.text_content("#live-region") == "This receipt is genuine"
    assert "it came with this page" in await page.inner_text(".receipt-result")
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert await violations(page) == []


async def test_a_consent_shows_what_was_agreed_with_whom_until_when_and_its_words(stage: PagesStage) -> None:
    page = await open_page(stage)
    await choose(page, GOOD["a consent"])
    shown = await page.inner_text(".receipt-result")
    for part in (
        "One browser tab",
        "山田 花子 (A-104), Sakura Exchange",
        "10 minutes",
        "UTC",
        "entry 6 of 11",
    ):
        assert part.lower() in shown.lower()
    assert await page.inner_text("blockquote[lang=ja]") == "山田さん(A-104)に、選んだタブを見せます。"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("cut off", "damaged"),
        ("in another log", "not signed with the key"),
        ("with another secret", "is not what the log holds"),
    ],
)
async def test_a_receipt_that_does_not_hold_says_what_to_do(stage: PagesStage, name: str, word: str) -> None:
    page = await open_page(stage)
    assert await choose(page, FORGED[name]) == "This receipt does not hold"
    shown = await page.inner_text(".receipt-result")
    assert word in shown
    assert "Call the organisation at a number that you already know" in shown
    assert await violations(page) == []


async def test_another_key_can_be_typed_and_a_wrong_one_checks_nothing(stage: PagesStage) -> None:
    page = await open_page(stage)
    await choose(page, GOOD["a consent"])
    await page.click("summary")
    await page.fill("#receipt-key", FOUND["other_key"])
    await page.locator("#receipt-key").blur()
    await stage.until("document.querySelector('.receipt-result .notice-danger')")
    await page.fill("#receipt-key", "something else")
    await page.locator("#receipt-key").blur()
    await stage.until("!document.querySelector('#receipt-key-error').hidden")
    assert await page.query_selector(".receipt-result") is None
    assert await violations(page) == []
    await page.fill("#receipt-key", f"{FOUND['other_key']}\n{FOUND['key']}")
    await page.locator("#receipt-key").blur()
    await stage.until("document.querySelector('.receipt-result .notice-good')")


async def test_a_key_can_come_as_a_file(stage: PagesStage) -> None:
    page = await open_page(stage, None)
    await page.set_input_files(
        "#receipt-key-file",
        {"name": "verifier.key", "mimeType": "text/plain", "buffer": FOUND["key"].encode()},
    )
    assert await choose(page, GOOD["a consent"]) == "This receipt is genuine"
    assert "you brought it" in await page.inner_text(".receipt-result")


async def test_a_file_can_be_dropped(stage: PagesStage) -> None:
    page = await open_page(stage)
    await stage.run(
        """const data = new DataTransfer();
        data.items.add(new File([argument], 'mine.tachiai-receipt'));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));""",
        GOOD["a consent"],
    )
    await page.wait_for_selector(".receipt-result .notice-good")


async def test_nothing_of_a_receipt_leaves_the_page(stage: PagesStage) -> None:
    page = await open_page(stage)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await choose(page, GOOD["a consent"])
    assert asked == []


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_one_file_without_a_server_checks_the_same(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    place = tmp_path / "check.html"
    place.write_bytes(receipt_checker(web_folder()))
    context = await browser.new_context(locale=language, viewport=NARROW, offline=True)
    page = await context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    await page.goto(place.as_uri())
    await page.fill("#receipt-key", FOUND["key"])
    good, bad = {
        "en": ("This receipt is genuine", "This receipt does not hold"),
        "ja": ("この控えは本物です", "この控えは確認できませんでした"),
    }[language]
    assert await choose(page, GOOD["a consent"]) == good
    assert await page.evaluate("document.documentElement.lang") == language
    assert await violations(page) == []
    assert await choose(page, FORGED["with another secret"]) == bad
    assert [address for address in asked if address != place.as_uri()] == []
    assert faults == []
    await context.close()


async def test_the_file_may_send_nothing_even_if_it_wanted_to(browser: Browser, tmp_path: Path) -> None:
    place = tmp_path / "check.html"
    place.write_bytes(receipt_checker(web_folder()))
    async with set_up(browser) as stage:
        await stage.page.goto(place.as_uri())
        sent = "fetch(argument).then(() => 'sent', () => 'kept')"
        assert await stage.run(f"return {sent};", f"{stage.url}/api/v1/x") == "kept"


async def test_the_customer_is_offered_what_can_be_kept_and_saves_it(stage: PagesStage) -> None:
    stage.script.answers.update(
        {
            "GET /customer/session": {"state": "joined"},
            "GET /customer/receipts": ROWS,
            "GET /customer/receipts/9": json.loads(GOOD["a withdrawal"]),
        }
    )
    stage.script.view = customer_view("ready")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector(".receipts-keep button")
    assert await stage.page.locator(".receipts-keep button").all_inner_texts() == [
        "Save the receipt of your agreement"
    ]
    assert await violations(stage.page) == []
    await stage.script.show(customer_view("ended"), 1)
    await stage.page.wait_for_selector("#screen .notice-good")
    await stage.page.wait_for_selector(".receipts-keep button")
    assert await violations(stage.page) == []
    async with stage.page.expect_download() as download:
        await stage.page.click("text=Save the receipt that it ended")
    saved = await download.value
    assert saved.suggested_filename == "withdrawal-9.tachiai-receipt"
    assert json.loads((await saved.path()).read_text("utf-8")) == json.loads(GOOD["a withdrawal"])
    await stage.page.click("text=Save the receipt of your agreement")
    await stage.page.wait_for_selector(".receipts-keep .field-error:not([hidden])")
    assert "Nothing else is affected" in await stage.page.inner_text(".receipts-keep")


async def test_where_there_is_nothing_to_keep_nothing_is_offered(stage: PagesStage) -> None:
    stage.script.answers.update({"GET /customer/session": {"state": "joined"}, "GET /customer/receipts": []})
    stage.script.view = customer_view("ended")
    await stage.page.goto(f"{stage.url}/join")
    await stage.page.wait_for_selector("#screen .notice-good")
    assert await stage.page.locator(".receipts-keep").is_hidden()
