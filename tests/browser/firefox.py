"""Firefox ESR for tests, driven by WebDriver BiDi (W3C) over a WebSocket: one window, and what people do there.

async with firefox(folder) as page:  # without a screen; or on one, and with an authenticator:
async with screen(BLUE) as shown, firefox_on(shown, folder) as page:
    await page.open("http://localhost:8080/agent")
"""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.browser.marionette import marionette
from tests.browser.screen import HEIGHT, WIDTH, Screen

WITHIN_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.05
_LISTENING: Final = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
_PREFERENCES: Final[dict[str, bool | int]] = {
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.link_local": True,
    "media.peerconnection.ice.default_address_only": False,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
# The picker is not asked, and the real screen is captured; passkeys are of the authenticator that Marionette adds.
_PREFERENCES_ON_SCREEN: Final[dict[str, bool | int]] = {
    "marionette.port": 0,
    "media.navigator.permission.disabled": True,
    "security.webauth.webauthn_enable_softtoken": True,
    "security.webauth.webauthn_enable_usbtoken": False,
}

_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "MOZ_CRASHREPORTER_DISABLE": "1", "GDK_BACKEND": "x11"}


class FirefoxFailed(Exception):
    """What Firefox answered instead."""


class FirefoxPage:
    def __init__(self, socket: "aiohttp.ClientWebSocketResponse[Any]") -> None:
        self._socket = socket
        self._asked = 0
        self._context = ""
        self.complaints: list[
            str
        ] = []  # errors of the pages' scripts, and what they wrote as an error or a warning

    async def begin(self, *, has_session: bool = False) -> None:
        if not has_session:
            await self._ask("session.new", {"capabilities": {}})
        tree = await self._ask("browsingContext.getTree", {})
        self._context = tree["contexts"][0]["context"]
        await self._ask("session.subscribe", {"events": ["log.entryAdded"]})

    async def open(self, url: str) -> None:
        await self._ask(
            "browsingContext.navigate", {"context": self._context, "url": url, "wait": "complete"}
        )

    async def reload(self) -> None:
        await self._ask("browsingContext.reload", {"context": self._context, "wait": "complete"})

    async def run(self, body: str, *arguments: Any) -> Any:
        """The value of `body`, the body of an async function with `arguments`, as if the person had just clicked."""
        made = f"(async (...given) => {{ {body} }})(...{json.dumps(arguments)})"
        call = f"async () => JSON.stringify(await {made}) ?? 'null'"
        answer = await self._ask(
            "script.callFunction",
            {
                "functionDeclaration": call,
                "target": {"context": self._context},
                "awaitPromise": True,
                "userActivation": True,
            },
        )
        if answer["type"] != "success":
            raise FirefoxFailed(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    async def until(self, condition: str, *arguments: Any) -> Any:
        """The first value of the expression that is something. Raises TimeoutError with the page's text."""
        try:
            async with asyncio.timeout(WITHIN_S):
                while not (found := await self.run(f"return {condition};", *arguments)):  # noqa: ASYNC110  # a page is polled
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError as error:
            shown = await self.run("return document.body.innerText.slice(0, 2000);")
            raise TimeoutError(f"never came: {condition}; the page says: {shown}") from error
        return found

    async def appears(self, selector: str, words: str = "") -> None:
        await self.until(
            "[...document.querySelectorAll(given[0])].some((one) => one.getClientRects().length > 0 "
            "&& one.textContent.includes(given[1]))",
            selector,
            words,
        )

    async def click(self, selector: str, words: str = "") -> None:
        await self.appears(selector, words)
        await self.run(
            "[...document.querySelectorAll(given[0])].find((one) => one.textContent.includes(given[1])).click();",
            selector,
            words,
        )

    async def press(self, selector: str, words: str = "") -> None:
        """As `click`, by a pointer that moves there: what a browser gives only to a real click needs this."""
        await self.appears(selector, words)
        x, y = await self.run(
            "const one = [...document.querySelectorAll(given[0])].find((one) => one.textContent.includes(given[1]));"
            "one.scrollIntoView({ block: 'center', behavior: 'instant' }); const box = one.getBoundingClientRect();"
            "return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];",
            selector,
            words,
        )
        moves = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "pointer", "actions": moves}
        await self._ask("input.performActions", {"context": self._context, "actions": [pointer]})

    async def fill(self, selector: str, text: str) -> None:
        await self.appears(selector)
        await self.run(
            "const field = document.querySelector(given[0]); field.value = given[1];"
            "field.dispatchEvent(new Event('input', { bubbles: true }));",
            selector,
            text,
        )

    def _heard(self, event: dict[str, Any]) -> None:
        entry = event.get("params", {})
        if event.get("method") == "log.entryAdded" and entry["level"] in {"error", "warn"}:
            self.complaints.append(entry["text"])

    async def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._asked += 1
        await self._socket.send_json({"id": self._asked, "method": method, "params": parameters})
        async with asyncio.timeout(WITHIN_S):
            while (answer := await self._socket.receive_json()).get("id") != self._asked:
                self._heard(answer)
        if answer["type"] != "success":
            raise FirefoxFailed(f"{method}: {answer.get('message')}")
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[FirefoxPage]:
    """Headless, with a profile of its own in `folder`, stopped by its pid."""
    profile = _profile(folder, _PREFERENCES)
    async with _started(profile, "-headless") as address, _driven(f"{address}/session") as page:
        await page.begin()
        yield page


@asynccontextmanager
async def firefox_on(shown: Screen, folder: Path) -> AsyncIterator[FirefoxPage]:
    """In the left of the screen, which it can capture, and with an authenticator; the rest as `firefox`."""
    profile = _profile(folder, _PREFERENCES | _PREFERENCES_ON_SCREEN)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_started(profile, "--marionette", display=shown.name))
        driver = await stack.enter_async_context(marionette(profile))
        address = await driver.begin()
        await driver.has_an_authenticator()
        await driver.is_at(width=WIDTH // 2 - 20, height=HEIGHT)
        page = await stack.enter_async_context(_driven(address))
        await page.begin(has_session=True)
        yield page


def _profile(folder: Path, preferences: dict[str, bool | int]) -> Path:
    profile = folder / "firefox"
    profile.mkdir()
    lines = (f'user_pref("{name}", {json.dumps(value)});\n' for name, value in preferences.items())
    (profile / "user.js").write_text("".join(lines), "utf-8")
    return profile


@asynccontextmanager
async def _started(profile: Path, *options: str, display: str = "") -> AsyncIterator[str]:
    """The address where it listens."""
    program = shutil.which("firefox-esr")
    if program is None:
        raise FileNotFoundError(
            "Firefox is not installed: `apt-get install firefox-esr`, or `./run test`, which does it."
        )
    process = await asyncio.create_subprocess_exec(
        program,
        *(*options, "-no-remote", "-profile", str(profile), "--remote-debugging-port", "0", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=_ENVIRONMENT | {"HOME": str(profile.parent), "DISPLAY": display},
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(WITHIN_S):
            while (found := _LISTENING.search((await process.stderr.readline()).decode())) is None:
                continue
        async with asyncio.TaskGroup() as group:
            drained = group.create_task(_drain(process.stderr))
            yield found[1]
            drained.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def _driven(address: str) -> AsyncIterator[FirefoxPage]:
    async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
        yield FirefoxPage(socket)


async def _drain(stream: asyncio.StreamReader) -> None:
    """What nobody reads would stop Firefox once the pipe is full."""
    while await stream.readline():
        continue
