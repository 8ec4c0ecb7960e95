"""The stage, as a fixture; the tests of one file share a browser, each with contexts of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.actors import PATTERN_TITLE
from tests.browser.chromium import launch
from tests.browser.stage import Stage, set_up


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def capturing_browser() -> AsyncIterator[Browser]:
    """A Chromium whose picker takes the test pattern by itself."""
    async with async_playwright() as playwright:
        browser = await launch(playwright, capture_title=PATTERN_TITLE)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def stage(capturing_browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    async with set_up(capturing_browser, tmp_path) as stage:
        yield stage
