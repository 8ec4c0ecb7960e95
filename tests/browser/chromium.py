"""Starting Chromium for tests: headless, real tab capture without the picker, connections over loopback.

async with async_playwright() as playwright:
    browser = await launch(playwright, capture_title="Customer's bank")
"""

import os
import shutil
from collections.abc import Sequence

from playwright.async_api import Browser, Playwright

_CANDIDATES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """The system's Chromium; a snap is passed over, since it cannot be driven from here."""
    for name in _CANDIDATES:
        found = shutil.which(name)
        if found and "/snap/" not in os.path.realpath(found):
            return found
    raise FileNotFoundError(
        "Chromium is not installed: `apt-get install chromium`, or `./run test`, which does it."
    )


async def launch(
    playwright: Playwright,
    *,
    capture_title: str | None = None,
    headless: bool = True,
    program: str | None = None,
    more: Sequence[str] = (),
) -> Browser:
    """`capture_title`: getDisplayMedia answers with the tab whose title contains it, after a click as always.
    `program`: what starts Chromium with the arguments that it is given; `more`: arguments of one test's own."""
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--allow-loopback-in-peer-connection",
        "--disable-background-timer-throttling",
        "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows",
        "--autoplay-policy=no-user-gesture-required",
        *more,
    ]
    if headless:
        arguments.append("--headless=new")
    if capture_title is not None:
        arguments.append(f"--auto-select-tab-capture-source-by-title={capture_title}")
    return await playwright.chromium.launch(
        executable_path=program or executable(),
        headless=headless,
        ignore_default_args=["--headless"] if headless else None,
        args=arguments,
    )
