"""One Chromium for all browser tests of a worker: starting it costs more than most of them. Each test has contexts of
its own in it, or the pages' shared one, emptied."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.actors import PATTERN_TITLE
from tests.browser.chromium import launch
from tests.browser.pages_stage import housed
from tests.browser.stage import Stage, set_up


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Its picker, where a page asks for one, takes the test pattern by itself."""
    async with async_playwright() as playwright:
        browser = await launch(playwright, capture_title=PATTERN_TITLE)
        async with housed(browser):
            yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    async with set_up(browser, tmp_path) as stage:
        yield stage
