"""Firefox ESR for tests, driven by WebDriver BiDi (W3C) over a WebSocket: one window, and what people do there.

async with firefox(folder) as page:
    await page.open("http://localhost:8080/agent")
"""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

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


class FirefoxFailed(Exception):
    """What Firefox answered instead."""


class FirefoxPage:
    def __init__(self, socket: "aiohttp.ClientWebSocketResponse[Any]") -> None:
        self._socket = socket
        self._asked = 0
        self._context = ""

    async def begin(self) -> None:
        await self._ask("session.new", {"capabilities": {}})
        tree = await self._ask("browsingContext.getTree", {})
        self._context = tree["contexts"][0]["context"]

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

    async def fill(self, selector: str, text: str) -> None:
        await self.appears(selector)
        await self.run(
            "const field = document.querySelector(given[0]); field.value = given[1];"
            "field.dispatchEvent(new Event('input', { bubbles: true }));",
            selector,
            text,
        )

    async def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._asked += 1
        await self._socket.send_json({"id": self._asked, "method": method, "params": parameters})
        async with asyncio.timeout(WITHIN_S):
            while (answer := await self._socket.receive_json()).get("id") != self._asked:
                continue
        if answer["type"] != "success":
            raise FirefoxFailed(f"{method}: {answer.get('message')}")
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[FirefoxPage]:
    """Headless, with a profile of its own in `folder`, stopped by its pid."""
    program = shutil.which("firefox-esr")
    if program is None:
        raise FileNotFoundError(
            "Firefox is not installed: `apt-get install firefox-esr`, or `./run test`, which does it."
        )
    profile = folder / "firefox"
    profile.mkdir()
    lines = (f'user_pref("{name}", {json.dumps(value)});\n' for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines), "utf-8")
    process = await asyncio.create_subprocess_exec(
        program,
        *("-headless", "-no-remote", "-profile", str(profile), "--remote-debugging-port", "0", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "MOZ_CRASHREPORTER_DISABLE": "1"},
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(WITHIN_S):
            while (found := _LISTENING.search((await process.stderr.readline()).decode())) is None:
                continue
        async with (
            asyncio.TaskGroup() as group,
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{found[1]}/session", max_msg_size=0) as socket,
        ):
            drained = group.create_task(_drain(process.stderr))
            page = FirefoxPage(socket)
            await page.begin()
            yield page
            drained.cancel()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _drain(stream: asyncio.StreamReader) -> None:
    """What nobody reads would stop Firefox once the pipe is full."""
    while await stream.readline():
        continue
