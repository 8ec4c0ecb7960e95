"""axe-core over a page, in both themes. It is put in from outside: the pages' own policy would not load it."""

import asyncio
import fcntl
import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

ROOT: Final = Path(__file__).resolve().parents[2]
_RUN: Final = """async (rules) => {
  const found = await axe.run(document, {
    iframes: false, resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) });
  return found.violations.map(({ id, nodes }) =>
    [id, ...nodes.slice(0, 5).map((node) => `${node.target} ${node.failureSummary}`)]);
}"""


async def violations(page: Page) -> list[Any]:
    """What axe-core finds wrong in the light theme, and what it finds wrong with the dark one's contrast."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(await asyncio.to_thread(_script))
    found: list[Any] = await page.evaluate(_RUN, None)
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += await page.evaluate(_RUN, ["color-contrast"])
    return found


@cache
def _script() -> str:
    sys.path.insert(0, str(ROOT / ".ci"))
    tools = importlib.import_module("node_tools")
    (ROOT / "node_modules").mkdir(exist_ok=True)
    with (ROOT / "node_modules" / "axe.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        script: Path = tools.axe_script(ROOT)
    return script.read_text("utf-8")
