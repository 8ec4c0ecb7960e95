"""What people see, in Chromium, through the whole product: encrypted from page to page, under leases and with the log.

media.first_frame     from the track's attachment, which the lease allows, to the first picture at the agent, over a new
                      connection and after a pause; against the same browser sending straight to itself
media.glass_to_glass  from a change in the customer's tab to its picture on the agent's screen, against the same browser
                      straight to itself: the capture misses some changes, and then waits for the tab's next
media.black           from the customer's click on Pause to a dark screen: by the page's own cover, and by the gate's
                      black picture alone, which is what counts where the page or its line is slow
media.frames          pictures a second at the agent, in three seconds long after the first
media.start           of a tab full of change, in the third second after the track's attachment over a new connection:
                      pictures a second and Mbit/s at the agent, medians and the least of several starts

The times are those of one machine's wall clock, read in both pages.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright

from tests.bench.table import Row, row, show
from tests.browser.actors import PATTERN_TITLE, SMALL, pattern_tab
from tests.browser.chromium import launch
from tests.browser.gate_pages import AGENT, CUSTOMER
from tests.browser.stage import Stage, set_up

P2P: Final = "peer to peer"
ROUNDS: Final = 20
STARTS: Final = 10
BUSY_STARTS: Final = 5
_FLIPS: Final = ("rgb(0, 120, 255)", "rgb(255, 0, 160)")
_PAUSE_MS: Final = 700
_STEP_MS: Final = 100  # the tab moves once in it: changes fall everywhere between two steps
WAIT_MS: Final = 15_000

ATTACHED: Final = """
const replace = RTCRtpSender.prototype.replaceTrack;
RTCRtpSender.prototype.replaceTrack = function (track) {
  if (track) window.attachedAt = Date.now();
  return replace.call(this, track);
};
"""
# Every picture that comes: when, how wide (the gate's curtain is 16), and the red of its middle.
FRAMES: Final = """(selector) => {
  const video = document.querySelector(selector);
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  window.framesSeen = []; window.coveredAt = [];
  const see = (_, { width }) => {
    canvas.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
    window.framesSeen.push({ at: Date.now(), width, red: canvas.getImageData(0, 0, 1, 1).data[0] });
    video.requestVideoFrameCallback(see);
  };
  video.requestVideoFrameCallback(see);
  const curtain = document.querySelector('#curtain');
  if (curtain) new MutationObserver(() => { if (!curtain.hidden) window.coveredAt.push(Date.now()); })
    .observe(curtain, { attributes: true });
}"""
PICTURE_SINCE: Final = "(since) => window.framesSeen.find(({ at, width }) => at >= since && width > 16)?.at"
BLACK_SINCE: Final = "(since) => window.framesSeen.find(({ at, width }) => at >= since && width === 16)?.at"
COVER_SINCE: Final = "(since) => window.coveredAt.find((at) => at >= since)"
RED_SINCE: Final = """([since, red]) => window.framesSeen.find((seen) =>
  seen.at >= since && seen.width > 16 && (red ? seen.red > 127 : seen.red < 128))?.at"""
PAINTED: Final = """(colour) => { document.body.style.background = colour;
  return new Promise((done) => requestAnimationFrame(() => done(Date.now()))); }"""

GATHERED: Final = """async () => {
  while (pc.iceGatheringState !== 'complete') await new Promise((on) => setTimeout(on, 20));
  return pc.localDescription.sdp;
}"""
# Until no picture has come for a while.
STILL: Final = """async () => {
  let count;
  do {
    count = window.framesSeen.length;
    await new Promise((on) => setTimeout(on, 300));
  } while (count < window.framesSeen.length);
}"""
CONNECTION: Final = """
const Made = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Made {
  constructor(...all) { super(...all); window.newestConnection = this; }
};
"""
# Four hundred fields of a moving picture change at each step: the encoder needs the rate.
BUSY: Final = """() => {
  const paint = document.body.appendChild(document.createElement('canvas'));
  paint.style = 'position:fixed;inset:0;width:100vw;height:100vh;image-rendering:pixelated';
  paint.width = 160; paint.height = 90;
  const context = paint.getContext('2d');
  setInterval(() => {
    for (let n = 0; n < 400; n += 1) {
      context.fillStyle = `hsl(${Math.random() * 360} 60% 50%)`;
      context.fillRect(Math.floor(Math.random() * 160), Math.floor(Math.random() * 90), 1, 1);
    }
  }, 66);
}"""
THIRD_SECOND: Final = """async (attached) => {
  const counted = async () => {
    let bytes = 0;
    (await window.newestConnection.getStats()).forEach((one) => {
      if (one.type === 'inbound-rtp') bytes = one.bytesReceived;
    });
    return { bytes, at: Date.now() };
  };
  const until = (at) => new Promise((on) => setTimeout(on, at - Date.now()));
  await until(attached + 2000);
  const before = await counted();
  await until(attached + 3000);
  const after = await counted();
  const took = after.at - before.at;
  const seen = window.framesSeen.filter(({ at, width }) => width > 16 && at > before.at && at <= after.at);
  return { frames: 1000 * seen.length / took, megabits: 8 * (after.bytes - before.bytes) / took / 1000 };
}"""
PLAIN_ADDRESSES: Final = "--disable-features=WebRtcHideLocalIpsWithMdns"


def main(*, json: bool) -> int:
    show(asyncio.run(measured()), as_json=json)
    return 0


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds to the first picture."""

    starts: list[float]
    resumed: list[float]
    changes: list[float]  # to the picture of a change


async def measured() -> list[Row]:
    async with async_playwright() as playwright:
        browser = await launch(playwright, capture_title=PATTERN_TITLE, more=[PLAIN_ADDRESSES])
        straight = await straight_first_frames(browser)
        with tempfile.TemporaryDirectory() as folder:
            async with set_up(browser, Path(folder)) as stage:
                rows = await through_the_product(stage, straight)
        await browser.close()
    return rows


async def through_the_product(stage: Stage, straight: Took) -> list[Row]:
    agent, customer = stage.agent.page, stage.customer.page
    await customer.add_init_script(ATTACHED)
    await agent.add_init_script(CONNECTION)
    shown = await arranged(stage)
    await agent.evaluate(FRAMES, "#picture")
    firsts, covers, blacks = [], [], []
    for _ in range(ROUNDS):
        pressed = await stage.customer.press(".share-bar-actions .button-bar")
        covers.append(await first(agent, COVER_SINCE, pressed) - pressed)
        blacks.append(await first(agent, BLACK_SINCE, pressed) - pressed)
        resumed = await stage.customer.press("#screen .button-main:has-text('Show again')")
        seen = await first(agent, PICTURE_SINCE, resumed)
        firsts.append(seen - float(await customer.evaluate("() => window.attachedAt")))
    rate = await frame_rate(agent)
    changes = [await flipped(agent, shown, turn) for turn in range(ROUNDS)]
    ours = Took([(await started_anew(stage))[1] for _ in range(STARTS)], firsts, changes)
    return [
        *await busy_starts(stage, shown),
        row("media.first_frame", {"at": "start, p50"}, "ms", p50(ours.starts), {P2P: p50(straight.starts)}),
        row("media.first_frame", {"at": "start, max"}, "ms", max(ours.starts), {P2P: max(straight.starts)}),
        row(
            "media.first_frame", {"at": "resumed, p50"}, "ms", p50(ours.resumed), {P2P: p50(straight.resumed)}
        ),
        row(
            "media.first_frame", {"at": "resumed, max"}, "ms", max(ours.resumed), {P2P: max(straight.resumed)}
        ),
        row("media.glass_to_glass", {"at": "p50"}, "ms", p50(ours.changes), {P2P: p50(straight.changes)}),
        row("media.glass_to_glass", {"at": "p95"}, "ms", p95(ours.changes), {P2P: p95(straight.changes)}),
        row("media.black", {"at": "p95", "by": "page"}, "ms", p95(covers), {}),
        row("media.black", {"at": "p95", "by": "gate"}, "ms", p95(blacks), {}),
        row("media.frames", {"at": "3 s"}, "frames/s", rate, {}),
    ]


async def busy_starts(stage: Stage, shown: Page) -> list[Row]:
    await shown.evaluate(BUSY)
    frames, megabits = list[float](), list[float]()
    for _ in range(BUSY_STARTS):
        attached, _ = await started_anew(stage)
        told = await stage.agent.page.evaluate(THIRD_SECOND, attached)
        frames.append(told["frames"])
        megabits.append(told["megabits"])
    load = round(os.getloadavg()[0], 1)
    return [
        row("media.start", {"at": at, "load": load}, unit, figure, {})
        for unit, figures in (("frames/s", frames), ("Mbit/s", megabits))
        for at, figure in (("p50", p50(figures)), ("least", min(figures)))
    ]


async def started_anew(stage: Stage) -> tuple[float, float]:
    """The customer's page is loaded anew: another connection with other keys, after another consent. When the track was
    attached, and how many milliseconds later the first picture was there."""
    customer = stage.customer
    await customer.page.reload()
    await customer.page.wait_for_selector("#consent-wording")
    await customer.consent(seconds=300)
    await customer.share()
    handle = await customer.page.wait_for_function("() => window.attachedAt", timeout=WAIT_MS)
    attached = float(await handle.json_value())
    return attached, await first(stage.agent.page, PICTURE_SINCE, attached) - attached


async def arranged(stage: Stage) -> Page:
    """A share is on. Returns the tab that is shown."""
    await stage.agent.arrive()
    link, _code = await stage.agent.open_session(stage.reference)
    shown = await pattern_tab(stage.customer.context)
    await stage.customer.reach_sharing(link, seconds=600)
    await stage.agent.watch()
    await stage.agent.sees_pattern()
    return shown


async def straight_first_frames(browser: Browser) -> Took:
    """The same tab from page to page, without gate, server and encryption of frames."""
    context = await browser.new_context(viewport=SMALL)
    shown = await pattern_tab(context)
    starts, resumed, changes = [], [], list[float]()
    for start in range(STARTS):
        customer, agent = await bare(context, CUSTOMER), await bare(context, AGENT)
        await connected(customer, agent)
        starts.append(await straight(customer, agent))
        for _ in range(ROUNDS if start == 0 else 0):
            await customer.evaluate("hold()")
            await agent.evaluate(STILL)
            resumed.append(await straight(customer, agent))
        if start == 0:
            changes = [await flipped(agent, shown, turn) for turn in range(ROUNDS)]
        for page in (customer, agent):
            await page.close()
    await context.close()
    return Took(starts, resumed, changes)


async def connected(customer: Page, agent: Page) -> None:
    await customer.evaluate("offer()")
    await agent.evaluate("sdp => answer(sdp)", await customer.evaluate(GATHERED))
    answer = await agent.evaluate(GATHERED)
    await customer.evaluate("sdp => accept(sdp)", answer)
    await customer.click("button")
    await customer.wait_for_function("() => track !== undefined && pc.connectionState === 'connected'")
    await agent.evaluate(FRAMES, "video")


async def straight(customer: Page, agent: Page) -> float:
    attached = float(await customer.evaluate("() => { const at = Date.now(); send(); return at; }"))
    return await first(agent, PICTURE_SINCE, attached) - attached


async def bare(context: Any, text: str) -> Page:
    page: Page = await context.new_page()
    await page.route("http://localhost/*", lambda route: route.fulfill(body=text, content_type="text/html"))
    await page.goto("http://localhost/page")
    return page


async def first(page: Page, script: str, argument: Any) -> float:
    handle = await page.wait_for_function(script, arg=argument, polling=20, timeout=WAIT_MS)
    return float(await handle.json_value())


async def frame_rate(agent: Page) -> float:
    before = await agent.evaluate("() => window.framesSeen.length")
    took = await agent.evaluate(
        "() => new Promise((done) => { const began = performance.now(); "
        "setTimeout(() => done((performance.now() - began) / 1000), 3000); })"
    )
    return float((await agent.evaluate("() => window.framesSeen.length") - before) / took)


async def flipped(agent: Page, shown: Page, turn: int) -> float:
    painted = float(await shown.evaluate(PAINTED, _FLIPS[turn % 2]))
    seen = await first(agent, RED_SINCE, [painted, turn % 2 == 1])
    await agent.wait_for_timeout(_PAUSE_MS + turn * 37 % _STEP_MS)
    return seen - painted


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]
