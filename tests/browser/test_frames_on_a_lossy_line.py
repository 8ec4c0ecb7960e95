"""Encrypted frames over a line that loses packets: what is resent comes late, and is opened all the same."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

import web_client
from tests.browser import gate_pages
from tests.browser.gate_pages import SESSION, Rig
from tests.browser.lossy_line import lossy_line

pytestmark = pytest.mark.asyncio(loop_scope="module")
FRAMES = 100
LOSE_EVERY = 10
# The pages' own worker, for two bare pages that have the same key from the start.
TRANSFORM = """
window.between = async (side) => {
  const worker = new Worker('/static/media/frame_worker.js', { type: 'module' });
  const raw = new Uint8Array(32).fill(7);
  worker.postMessage({ key: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']) });
  worker.onmessage = ({ data }) => { window.counts = data; };
  return new RTCRtpScriptTransform(worker, { side });
};
"""
SEAL = """async () => {
  const transform = await between('seal');
  const made = RTCPeerConnection.prototype.addTransceiver;
  RTCPeerConnection.prototype.addTransceiver = function (...all) {
    const transceiver = made.apply(this, all);
    transceiver.sender.transform = transform;
    return transceiver;
  };
}"""
OPEN = """async () => {
  const transform = await between('open');
  const taken = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    this.addEventListener('track', ({ receiver }) => { receiver.transform = transform; });
    return taken.call(this, description);
  };
}"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with gate_pages.browser() as launched:
        yield launched


async def module(route: Route) -> None:
    name = route.request.url.rpartition("/static/")[2]
    await route.fulfill(path=Path(web_client.__path__[0]) / name, content_type="text/javascript")


async def number(page: Page, script: str, name: str) -> int:
    return int((await page.evaluate(script))[name])


async def test_a_picture_is_as_whole_as_without_encryption_where_packets_are_lost_and_resent(
    browser: Browser,
) -> None:
    async with gate_pages.rig(browser) as rig:
        for page in (rig.customer, rig.agent):
            await page.route("**/static/**", module)
            await page.evaluate(f"() => {{ {TRANSFORM} }}")
        await rig.customer.evaluate(SEAL)
        await rig.agent.evaluate(OPEN)
        opened = await rig.gate.open(SESSION, await rig.customer.evaluate("offer()"))
        await rig.customer.evaluate("sdp => accept(sdp)", opened.answer_to_customer)
        async with lossy_line(opened.offer_to_agent) as (line, by_way_of_it):
            answer = await rig.agent.evaluate("sdp => answer(sdp)", by_way_of_it)
            await rig.gate.answer(SESSION, answer)
            await rig.until(lambda: {"customer", "agent"} <= rig.connected)
            await rig.customer.click("button")
            await rig.customer.wait_for_function("() => track !== undefined")
            await rig.share()
            line.lose_every = LOSE_EVERY
            counts = await after_frames(rig)
        assert line.lost >= 5
        assert counts["passed"] >= 0.9 * FRAMES, counts
        assert counts["decoded"] >= 0.9 * FRAMES, counts
        assert counts["refused"] == 0


async def after_frames(rig: Rig) -> dict[str, Any]:
    """What became of the next so many frames that the customer's browser sent."""
    before = await number(rig.agent, "frames()", "decoded")
    await rig.agent.wait_for_function("() => window.counts")
    passed = await number(rig.agent, "() => window.counts", "passed")
    sent = await number(rig.customer, "outbound()", "sent")
    async with asyncio.timeout(30):
        while await number(rig.customer, "outbound()", "sent") < sent + FRAMES:  # noqa: ASYNC110  (no event)
            await asyncio.sleep(0.1)
    counts: dict[str, Any] = await rig.agent.evaluate("() => window.counts")
    return {
        **counts,
        "passed": counts["passed"] - passed,
        "decoded": await number(rig.agent, "frames()", "decoded") - before,
    }
