"""Two bare pages around the gate, and a rig that drives them: what BROWSER.md asks of the pages, and nothing more."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

from session.gate_port import (
    GateEvent,
    GateLost,
    GateUnavailable,
    LegConnected,
    LegLost,
    PictureStarted,
    Stamp,
)
from session.identity import SessionId
from session.media.settings import GateSettings
from session.media.supervisor import GateProcess
from tests.browser.chromium import launch

TITLE = "What the customer shows"
COLOUR = (200, 40, 90)
SESSION = SessionId("ses_0123456789abcdefghijkl")

SHOWN = f"""<!doctype html><title>{TITLE}</title><body style="margin:0;background:rgb{COLOUR}">
<script>
  const box = document.body.appendChild(document.createElement('div'));
  box.style = 'position:absolute;width:40px;height:40px;background:#fff;top:0';
  const move = now => {{ box.style.left = (now / 10 % 600) + 'px'; requestAnimationFrame(move); }};
  requestAnimationFrame(move);
</script>"""

CUSTOMER = """<!doctype html><title>Customer</title><button>Share</button><script>
  let pc, transceiver, track;
  async function offer() {
    pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    transceiver = pc.addTransceiver('video', { direction: 'sendonly' });
    transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs
      .filter(codec => ['video/VP8', 'video/rtx'].includes(codec.mimeType)));
    await pc.setLocalDescription(await pc.createOffer());
    return pc.localDescription.sdp;
  }
  function withStartBitrate(sdp) {
    const type = sdp.match(/a=rtpmap:(\\d+) VP8\\/90000/)[1];
    const line = `a=fmtp:${type} x-google-min-bitrate=300;x-google-start-bitrate=2500;x-google-max-bitrate=6000`;
    return sdp.replace(`a=rtpmap:${type} VP8/90000\\r\\n`, found => found + line + '\\r\\n');
  }
  const accept = sdp => pc.setRemoteDescription({ type: 'answer', sdp: withStartBitrate(sdp) });
  document.querySelector('button').onclick = async () => {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 } });
    track = stream.getVideoTracks()[0];
    track.contentHint = 'detail';
  };
  const send = () => transceiver.sender.replaceTrack(track);
  const hold = () => transceiver.sender.replaceTrack(null);
  async function outbound() {
    const all = [...(await pc.getStats()).values()];
    const pair = all.find(each => each.type === 'candidate-pair' && each.nominated);
    const stream = all.find(each => each.type === 'outbound-rtp');
    const transport = all.find(each => each.type === 'transport');
    return { available: pair?.availableOutgoingBitrate, srtp: transport?.srtpCipher, plis: stream?.pliCount,
             nacks: stream?.nackCount, sent: stream?.framesSent };
  }
</script>"""

AGENT = """<!doctype html><title>Agent</title>
<video muted autoplay playsinline style="width:320px;height:180px"></video>
<script>
  let pc;
  const video = document.querySelector('video');
  async function answer(sdp) {
    pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    pc.ontrack = event => { video.srcObject = new MediaStream([event.track]); };
    await pc.setRemoteDescription({ type: 'offer', sdp });
    await pc.setLocalDescription(await pc.createAnswer());
    return pc.localDescription.sdp;
  }
  const canvas = new OffscreenCanvas(8, 8).getContext('2d', { willReadFrequently: true });
  function pixel() {                       // of the middle of the picture, away from the moving box
    if (!video.videoWidth) return null;
    canvas.drawImage(video, 0, 0, 8, 8);
    return [...canvas.getImageData(4, 6, 1, 1).data].slice(0, 3);
  }
  const near = (one, other) => one && one.every((value, index) => Math.abs(value - other[index]) < 30);
  function until(colour, limit) {          // milliseconds until the picture has the colour; null if it does not
    const began = performance.now();
    return new Promise(resolve => {
      const look = () => {
        if (near(pixel(), colour)) resolve(performance.now() - began);
        else if (performance.now() - began > limit) resolve(null);
        else setTimeout(look, 10);
      };
      look();
    });
  }
  async function frames() {
    for (const each of (await pc.getStats()).values())
      if (each.type === 'inbound-rtp') return { decoded: each.framesDecoded ?? 0, width: each.frameWidth,
        dropped: each.framesDropped, lost: each.packetsLost, bytes: each.bytesReceived, freezes: each.freezeCount };
    return { decoded: 0 };
  }
</script>"""

PAGES = {"/customer": CUSTOMER, "/agent": AGENT, "/shown": ""}


@dataclass
class Rig:
    """One session between two real pages. `granting` False withholds renewals, as a lost authority does."""

    gate: GateProcess
    customer: Page
    agent: Page
    epoch: int = 1
    granting: bool = False
    connected: set[str] = field(default_factory=set)
    seen: list[GateEvent] = field(default_factory=list)
    lost_s: float | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def connect(self) -> None:
        """Both legs up, the track captured, nothing granted."""
        await self.reconnect()
        await self.customer.click("button")
        await self.customer.wait_for_function("() => track !== undefined")

    async def reconnect(self) -> None:
        opened = await self.gate.open(SESSION, await self.customer.evaluate("offer()"))
        await self.customer.evaluate("sdp => accept(sdp)", opened.answer_to_customer)
        await self.gate.answer(
            SESSION, await self.agent.evaluate("sdp => answer(sdp)", opened.offer_to_agent)
        )
        await self.until(lambda: {"customer", "agent"} <= self.connected)

    async def come_back(self) -> None:
        """After a lost gate: new objects on both pages, the same track. Refused until the new process is up."""
        self.connected.clear()
        self.epoch += 1
        async with asyncio.timeout(10):
            while True:
                try:
                    await self.reconnect()
                except GateUnavailable:
                    await asyncio.sleep(0.05)  # the port has no event for "started"
                else:
                    return

    async def grant(self) -> None:
        self.granting = True
        self.gate.renew(SESSION, self.epoch, self.last_stamp())

    async def share(self) -> None:
        """A grant, then the track, then the picture at the agent."""
        await self.grant()
        await self.customer.evaluate("send()")
        assert await self.becomes(COLOUR, 10_000) is not None

    def revoke(self) -> None:
        self.granting = False
        self.gate.revoke(SESSION, self.epoch)
        self.epoch += 1

    async def becomes(self, colour: tuple[int, int, int], limit_ms: int) -> float | None:
        took: float | None = await self.agent.evaluate("([c, l]) => until(c, l)", [list(colour), limit_ms])
        return took

    def last_stamp(self) -> int:
        return [event.stamp for event in self.seen if isinstance(event, Stamp)][-1]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(15), self.changed:
            await self.changed.wait_for(condition)

    async def follow(self) -> None:
        """Read the gate's events and answer stamps, as the grant authority does."""
        async for event in self.gate.events():
            self.seen.append(event)
            match event:
                case Stamp(session, stamp):
                    if self.granting:
                        self.gate.renew(session, self.epoch, stamp)
                case LegConnected(_, leg):
                    self.connected.add(leg)
                case LegLost(_, leg):
                    self.connected.discard(leg)
                case GateLost():
                    self.lost_s = time.monotonic()
                case PictureStarted():
                    pass
            async with self.changed:
                self.changed.notify_all()


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright, await launch(playwright, capture_title=TITLE) as launched:
        yield launched


@asynccontextmanager
async def rig(browser: Browser, shown: str = SHOWN) -> AsyncIterator[Rig]:
    """Contexts and a gate of its own in a browser that may be shared, one rig after the other: the captured tab,
    `shown`, is found by its title."""
    gate = GateProcess(GateSettings())
    async with AsyncExitStack() as stack:
        await gate.start()
        stack.push_async_callback(gate.stop)
        contexts = [await stack.enter_async_context(await browser.new_context()) for _ in PAGES]
        bodies = [PAGES[path] or shown for path in PAGES]
        pages = await asyncio.gather(*map(opened, contexts, PAGES, bodies))
        made = Rig(gate, pages[0], pages[1])
        async with asyncio.TaskGroup() as group:
            following = group.create_task(made.follow())
            try:
                yield made
            finally:
                following.cancel()


async def opened(context: BrowserContext, path: str, body: str) -> Page:
    async def serve(route: Route) -> None:
        asked = "/" + route.request.url.rpartition("/")[2]
        await route.fulfill(body=body if asked == path else "", content_type="text/html")

    page = await context.new_page()
    await page.route("**/*", serve)
    await page.goto(f"http://localhost{path}")
    return page
