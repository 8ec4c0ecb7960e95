"""Taps: what arrives at the agent's browser before anything opens it, which is what the gate passed on; and whatever
two pages say to the server."""

import base64
import io
from collections.abc import Iterable

import av
from playwright.async_api import Page, Request, Route, WebSocket

WORKER = "**/static/media/frame_worker.js"
FRAMES = 12
# In the place of the agent's worker: every frame as it came, and nothing of it goes to the screen.
TAP = """
const out = new BroadcastChannel('tap');
const base64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''));
self.onrtctransform = ({ transformer }) => transformer.readable.pipeTo(new WritableStream({
  write: (frame) => out.postMessage(base64(frame.data)),
}));
"""
# In the place of the customer's worker: a browser that says it encrypts, and does not.
NOTHING = "self.onrtctransform = ({ transformer }) => transformer.readable.pipeTo(transformer.writable);"
LISTEN = "window.tapped = new Set(); new BroadcastChannel('tap').onmessage = ({ data }) => window.tapped.add(data);"
# Everything that any script derives, in hex: a key that leaves the page must be one of these.
DERIVED = """
window.derived = []; window.exported = [];
const derive = SubtleCrypto.prototype.deriveBits, taken = SubtleCrypto.prototype.exportKey;
SubtleCrypto.prototype.deriveBits = async function (...all) {
  const bits = await derive.apply(this, all);
  window.derived.push(Array.from(new Uint8Array(bits), (byte) => byte.toString(16).padStart(2, '0')).join(''));
  return bits;
};
SubtleCrypto.prototype.exportKey = function (format, key) {
  window.exported.push(key.type);
  return taken.call(this, format, key);
};
"""


async def replace_worker(page: Page, script: str) -> None:
    async def answer(route: Route) -> None:
        original = await route.fetch()
        await route.fulfill(response=original, body=script)

    await page.context.route(WORKER, answer)


async def listen(page: Page) -> None:
    await page.add_init_script(LISTEN)


async def tapped(page: Page) -> list[bytes]:
    """As many frames as are enough to see a picture in, the first a key frame. Those that came twice, as a browser's
    probes of the line do, are here once."""
    await page.wait_for_function(f"() => window.tapped.size >= {FRAMES}")
    return [base64.b64decode(frame) for frame in await page.evaluate("() => [...window.tapped]")]


def middle_of_pictures(frames: Iterable[bytes]) -> list[tuple[int, int, int]]:
    """The middle pixel of whatever a decoder makes of them; what it refuses makes none."""
    decoder = av.CodecContext.create("libvpx", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    seen: list[tuple[int, int, int]] = []
    for frame in frames:
        try:
            pictures = decoder.decode(av.Packet(frame))
        except (av.error.InvalidDataError, av.error.ExternalError, av.error.UnknownError):
            continue
        for picture in pictures:
            plane = picture.reformat(format="rgb24").planes[0]
            at = plane.line_size * (plane.height // 2) + 3 * (plane.width // 2)
            red, green, blue = bytes(plane)[at : at + 3]
            seen.append((red, green, blue))
    return seen


class Said:
    """All that these pages send to a server: bodies and messages."""

    def __init__(self, *pages: Page) -> None:
        self.text = io.StringIO()
        for page in pages:
            page.on("websocket", self._socket)
            page.on("request", self._request)

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framesent", self._write)

    def _request(self, request: Request) -> None:
        if (body := request.post_data_buffer) is not None:
            self._write(body)
        self._write(request.url)

    def _write(self, payload: str | bytes) -> None:
        text = payload if isinstance(payload, str) else payload.decode("latin-1")
        self.text.write(text + "\n")

    def tells(self, secret: bytes) -> bool:
        """In any of the forms that bytes take on the way."""
        said = self.text.getvalue()
        forms = (
            secret.hex(),
            base64.b64encode(secret).decode().rstrip("="),
            base64.urlsafe_b64encode(secret).decode().rstrip("="),
            ",".join(str(byte) for byte in secret),
            secret.decode("latin-1"),
        )
        return any(form in said for form in forms)
