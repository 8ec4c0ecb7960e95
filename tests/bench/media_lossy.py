"""What an agent sees through bad networks, in Chromium (`media.lossy`): a captured tab, the gate, a relay on each leg.

The tab shows a moving picture and the time as sixteen black and white fields, which the agent's page reads from each
frame that it draws: so a delay is from screen to screen, both clocks being one. Each cell is a session of its own:
fifteen seconds to settle, twenty measured. Frames are those drawn; a freeze is what the browser itself calls one. What
the product's two pages would say of the line is judged by their own module, once a second; the commonest word is told.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

import web_client
from session.gate_port import PictureStarted
from tests.bench.media_weather import Weather, through
from tests.bench.table import Row, row
from tests.browser import gate_pages
from tests.browser.gate_pages import SESSION, SHOWN, Rig

SETTLED_S = 15.0
MEASURED_S = 20.0
_CONNECTED_WITHIN_S = 40


@dataclass(frozen=True, slots=True)
class Cell:
    name: str
    customer: Weather
    agent: Weather


CELLS = (
    Cell("clear", Weather(), Weather()),
    Cell("1 % on each leg", Weather(0.01), Weather(0.01)),
    Cell("5 % on the customer's leg", Weather(0.05), Weather()),
    Cell("5 % on the agent's leg", Weather(), Weather(0.05)),
    Cell("5 % on both legs", Weather(0.05), Weather(0.05)),
    Cell("50 +- 5 ms on the customer's leg", Weather(0, 50, 5), Weather()),
    Cell("50 +- 20 ms on the customer's leg, reordered", Weather(0, 50, 20), Weather()),
)

_CLOCK = """<script>
  const fields = Array.from({ length: 16 }, (_, n) => {
    const field = document.body.appendChild(document.createElement('div'));
    field.style = `position:fixed;top:0;left:${n * 6.25}vw;width:6.25vw;height:12vh;background:#000`;
    return field;
  });
  const tell = () => {
    const now = Math.floor(Date.now() / 4) & 0xffff;
    fields.forEach((field, n) => { field.style.background = now >> n & 1 ? '#fff' : '#000'; });
    requestAnimationFrame(tell);
  };
  requestAnimationFrame(tell);
  const paint = document.body.appendChild(document.createElement('canvas'));
  paint.style = 'position:fixed;top:14vh;left:0;width:100vw;height:86vh';
  paint.width = 160; paint.height = 80;
  const context = paint.getContext('2d');
  setInterval(() => {
    for (let n = 0; n < 400; n += 1) {
      context.fillStyle = `hsl(${Math.random() * 360} 60% 50%)`;
      context.fillRect(Math.floor(Math.random() * 160), Math.floor(Math.random() * 80), 1, 1);
    }
  }, 66);
</script>"""

_READ = """() => {
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(320, 180).getContext('2d', { willReadFrequently: true });
  window.drawn = [];
  const read = () => {
    canvas.drawImage(video, 0, 0, 320, 180);
    const line = canvas.getImageData(0, 10, 320, 1).data;
    let told = 0;
    for (let n = 0; n < 16; n += 1) told |= (line[(n * 20 + 10) * 4 + 1] > 127) << n;
    const late = ((Math.floor(Date.now() / 4) & 0xffff) - told & 0xffff) * 4;
    window.drawn.push([performance.now(), late]);
    video.requestVideoFrameCallback(read);
  };
  video.requestVideoFrameCallback(read);
}"""

_STATE = """async () => {
  const found = { frozen: 0, bytes: 0 };
  for (const each of (await pc.getStats()).values())
    if (each.type === 'inbound-rtp') {
      found.frozen = each.totalFreezesDuration ?? 0;
      found.bytes = each.bytesReceived;
    }
  found.now = performance.now();
  return found;
}"""


_JUDGED = """async ([module, read, seconds]) => {
  const at = URL.createObjectURL(new Blob([module], { type: 'text/javascript' }));
  const judging = await import(at);
  const health = new judging.PictureHealth();
  const words = [];
  for (let second = 0; second < seconds; second += 1) {
    const sample = await judging[read](pc);
    if (sample) words.push(health.observe(sample, performance.now()).quality);
    await new Promise((on) => setTimeout(on, 1000));
  }
  return words;
}"""
_JUDGING = (Path(web_client.__file__).parent / "media" / "picture_health.js").read_text("utf-8")


def rows(address: str) -> Iterator[Row]:
    for cell in CELLS:
        yield from asyncio.run(_measured(cell))


async def _measured(cell: Cell) -> list[Row]:
    async with AsyncExitStack() as stack:
        browser: Browser = await stack.enter_async_context(gate_pages.browser())
        pages: Rig = await stack.enter_async_context(gate_pages.rig(browser, SHOWN + _CLOCK))
        await _connected(pages, cell, stack)
        await pages.grant()
        await pages.customer.evaluate("send()")
        await pages.until(lambda: PictureStarted(SESSION, 1) in pages.seen)
        await pages.agent.evaluate(_READ)
        await asyncio.sleep(SETTLED_S)
        before = await pages.agent.evaluate(_STATE)
        said = await asyncio.gather(
            pages.agent.evaluate(_JUDGED, [_JUDGING, "sampleOf", MEASURED_S]),
            pages.customer.evaluate(_JUDGED, [_JUDGING, "sentSampleOf", MEASURED_S]),
        )
        after = await pages.agent.evaluate(_STATE)
        drawn = await pages.agent.evaluate("() => window.drawn")
    return _rows_of(cell, before, after, drawn, [commonest(words) for words in said])


def _rows_of(
    cell: Cell,
    before: dict[str, Any],
    after: dict[str, Any],
    drawn: list[list[float]],
    said: list[str],
) -> list[Row]:
    seconds = (after["now"] - before["now"]) / 1_000
    delays = sorted(late for at, late in drawn if before["now"] <= at <= after["now"])
    where: dict[str, int | float | str] = {"cell": cell.name, "load": round(os.getloadavg()[0], 1)}
    where |= {"agent's page": said[0], "customer's page": said[1]}
    megabits = 8 * (after["bytes"] - before["bytes"]) / seconds / 1e6
    frozen = 100 * (after["frozen"] - before["frozen"]) / seconds
    p95 = delays[min(len(delays) - 1, int(len(delays) * 0.95))] if delays else float("inf")
    return [
        row("media.lossy", where, "frames drawn a second", len(delays) / seconds, {}),
        row("media.lossy_frozen", where, "% of the time frozen", frozen, {}),
        row("media.lossy_delay", where, "ms from screen to screen, p95", p95, {}),
        row("media.lossy_rate", where, "Mbit/s", megabits, {}),
    ]


def commonest(words: list[str | None]) -> str:
    return Counter(word or "nothing" for word in words).most_common(1)[0][0] if words else "nothing"


async def _connected(pages: Rig, cell: Cell, stack: AsyncExitStack) -> None:
    """As `Rig.connect`, with a relay on each leg in place of the gate's own port."""
    opened = await pages.gate.open(SESSION, await pages.customer.evaluate("offer()"))
    port = pages.gate.port
    to_customer = await stack.enter_async_context(through("127.0.0.1", port, cell.customer))
    to_agent = await stack.enter_async_context(through("127.0.0.1", port, cell.agent))
    await pages.customer.evaluate("sdp => accept(sdp)", _led(opened.answer_to_customer, port, to_customer))
    offer = _led(opened.offer_to_agent, port, to_agent)
    await pages.gate.answer(SESSION, await pages.agent.evaluate("sdp => answer(sdp)", offer))
    async with asyncio.timeout(_CONNECTED_WITHIN_S):
        while not {"customer", "agent"} <= pages.connected:  # noqa: ASYNC110 - `Rig.until` gives a bad network too little time
            await asyncio.sleep(0.05)
    await pages.customer.click("button")
    await pages.customer.wait_for_function("() => track !== undefined")


def _led(sdp: str, port: int, relay: int) -> str:
    return sdp.replace(f"127.0.0.1 {port} typ", f"127.0.0.1 {relay} typ").replace(
        f"m=video {port} ", f"m=video {relay} "
    )
