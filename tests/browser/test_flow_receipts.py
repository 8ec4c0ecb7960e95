"""From a real share to receipts in hand: saved by the customer's page, checked by the page, by the file, at a shell."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.async_api import Page

from server.cli import tachiai
from server.installation import web_folder
from server.standalone.receipt_checker import receipt_checker
from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
STOP = ".share-bar .button-stop"
SAVE = {
    "consent": "text=Save the receipt of your agreement",
    "withdrawal": "text=Save the receipt that it ended",
}


async def answer(page: Page, receipt: Path) -> str:
    """Chosen as a person does, who may choose the same file again."""
    async with page.expect_file_chooser() as chooser:
        await page.click("#receipt-file")
    await (await chooser.value).set_files(receipt)
    await page.wait_for_selector(".receipt-result h2")
    return await page.inner_text(".receipt-result")


async def saved(page: Page, button: str, place: Path) -> Path:
    async with page.expect_download() as download:
        await page.click(button)
    await (await download.value).save_as(place)
    return place


def leaf_of(receipt: Path) -> str:
    return str(json.loads(receipt.read_text())["leaf"])


async def there_in_another_language(page: Page, consent: Path) -> None:
    """The page is loaded anew for that, and the session is over."""
    await page.click("a[data-language][lang=ja]")
    await page.wait_for_selector("#join-code")
    again = await saved(page, "text=同意の控えを保存", consent.with_suffix(".again"))
    assert leaf_of(again) == leaf_of(consent)
    await page.click("a[data-language][lang=en]")
    await page.wait_for_selector("html[lang=en] #join-code")


async def test_what_was_agreed_and_how_it_ended_can_be_kept_and_checked_everywhere(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.share()
    await stage.customer.press(STOP)
    await stage.agent.ended_with("stopped")
    page = stage.customer.page
    kept = {kind: await saved(page, button, tmp_path / f"{kind}.file") for kind, button in SAVE.items()}
    assert not stage.customer.complaints

    await there_in_another_language(page, kept["consent"])

    key = str(stage.server.ready["log"]["verifier_key"])
    for path in kept.values():
        said = CliRunner().invoke(tachiai, ["audit", "verify-receipt", str(path), "--key", key])
        assert said.exit_code == 0, said.output

    await page.goto(f"{stage.server.url}/receipt")
    assert "This receipt is genuine" in await answer(page, kept["consent"])
    assert "You stopped" in await answer(page, kept["withdrawal"])

    standalone = tmp_path / "check.html"
    standalone.write_bytes(receipt_checker(web_folder()))
    await page.goto(standalone.as_uri())
    await page.fill("#receipt-key", key)
    assert "This receipt is genuine" in await answer(page, kept["consent"])
    changed = kept["consent"].read_bytes().replace(b'"kind":"consent"', b'"kind":"end"')
    assert changed != kept["consent"].read_bytes()
    kept["consent"].write_bytes(changed)
    assert "This receipt does not hold" in await answer(page, kept["consent"])
