"""The page on which staff prove again who they are: readable in both themes, and it leads on once that is over."""

import pytest
from playwright.async_api import Browser

from tests.browser.axe import violations
from tests.browser.pages_measure import MEASURE
from tests.browser.pages_stage import set_up

pytestmark = pytest.mark.asyncio(loop_scope="session")
WAYS = {"passkey": False, "code": True, "provider": None}
NONE = {"passkey": False, "code": False, "provider": None}


@pytest.mark.parametrize("ways", [WAYS, NONE], ids=["code", "none"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(360, "ja"), (1280, "en")])
async def test_it_can_be_read_and_pressed(
    browser: Browser, scheme: str, width: int, language: str, ways: dict[str, object]
) -> None:
    size = {"width": width, "height": 800}
    async with set_up(browser, viewport=size, color_scheme=scheme, locale=language) as stage:
        stage.script.contexts["prove"] = {"sign_in_doubted": True}
        stage.script.answers["GET /staff/me/confirmations"] = ways
        stage.script.answers["GET /staff/me/news"] = {"must_prove": True}
        await stage.page.goto(f"{stage.url}/prove")
        await stage.page.wait_for_selector("#prove button" if ways["code"] else "#prove .notice")
        assert await violations(stage.page) == []
        found = await stage.page.evaluate(MEASURE)
        assert not found["wide"]
        assert [text for text in found["texts"] if text["contrast"] < 4.5] == []
        if ways["code"]:
            await stage.page.click("#prove button")
            await stage.page.wait_for_selector("dialog[open] #step-up-code")
            assert await violations(stage.page) == []
