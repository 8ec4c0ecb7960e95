"""A scripted other end for the pages: the real templates, files and headers; the wire spoken from a test's script."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiohttp import WSMsgType, web
from playwright.async_api import Browser, BrowserContext, Page

from server.http import catalogues, headers, rendering, static
from server.http.cookies import Cookies
from server.http.problem_pages import problem_page
from server.problems import not_found
from tests.browser.pages_views import BADGE_KEYS

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "web_client"
WITHIN_S = 12
ORGANISATION = "Hinode Exchange"


@dataclass(slots=True)
class Script:
    """What the other end says, and what it heard. `answers` maps "METHOD path" to a JSON answer or (status, answer),
    `contexts` a template to what the server renders in it, `data` to what it gives to the page's script."""

    view: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    contexts: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, dict[str, Any]] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    posted: list[tuple[str, Any]] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def hellos(self) -> int:
        return sum(message["type"] == "hello" for message in self.heard)

    def hear(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        self.news.set()

    async def hears(self, kind: str) -> dict[str, Any]:
        """The first message of this type, waited for."""
        heard: dict[str, Any] = await self._await(lambda: [one for one in self.heard if one["type"] == kind])
        return heard

    async def takes(self, path: str) -> Any:
        """The first body posted there, waited for."""
        return await self._await(lambda: [body for posted_to, body in self.posted if posted_to == path])

    async def _await(self, found: Callable[[], list[Any]]) -> Any:
        async with asyncio.timeout(WITHIN_S):
            while not found():
                self.news.clear()
                await self.news.wait()
        return found()[0]

    async def say(self, message: dict[str, Any]) -> None:
        await self.sockets[-1].send_json(message)

    async def show(self, view: dict[str, Any], seq: int) -> None:
        self.view = view
        await self.say({"type": "state", "seq": seq, "view": view})


# The number of the view that the server told last. Ours listens first: the page has seen it once another turn begins.
TOLD_LAST: Final = """
const Made = window.WebSocket;
window.WebSocket = class extends Made {
  constructor(...all) {
    super(...all);
    this.addEventListener('message', ({ data }) => { window.toldLast = JSON.parse(data).seq ?? window.toldLast; });
  }
};
"""


@dataclass(slots=True)
class PagesStage:
    url: str
    script: Script
    page: Page
    context: BrowserContext
    errors: list[str]

    async def run(self, body: str, argument: Any = None) -> Any:
        """Evaluate `body` as an async function with `argument` in scope; it may import the pages' modules."""
        return await self.page.evaluate(f"async (argument) => {{ {body} }}", argument)

    async def shown(self, view: dict[str, Any], seq: int) -> None:
        """The server tells this view, and the page has drawn it: it does so before the message's turn ends."""
        await self.script.show(view, seq)
        await self.until(f"window.toldLast === {seq}")

    async def until(self, condition: str) -> None:
        """Wait for a JavaScript expression. Polled from here: the pages' policy lets no string become script."""
        async with asyncio.timeout(WITHIN_S):
            while not await self.page.evaluate(f"() => Boolean({condition})"):  # noqa: ASYNC110  (in another process)
                await asyncio.sleep(0.02)


def _pages() -> rendering.Pages:
    return rendering.Pages(
        environment=rendering.new_environment(CLIENT / "templates"),
        catalogues=catalogues.read_folder(CLIENT / "locales"),
        static=static.read_folder(CLIENT),
        cookies=Cookies(secure=False),
        organisation=ORGANISATION,
        demo=False,
    )


async def _socket(current: Callable[[], Script], request: web.Request) -> web.WebSocketResponse:
    script = current()
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    script.sockets.append(socket)
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            continue
        heard = json.loads(message.data)
        script.hear(heard)
        if heard["type"] == "hello":
            await socket.send_json({"type": "welcome", "view": script.view})
    return socket


async def _api(current: Callable[[], Script], request: web.Request) -> web.Response:
    script = current()
    path = request.path.removeprefix("/api/v1")
    if request.method == "POST":
        script.posted.append((path, await request.json()))
        script.news.set()
    answer = script.answers.get(
        f"{request.method} {path}", (404, {"code": "not_found", "detail": "", "status": 404})
    )
    status, body = answer if isinstance(answer, tuple) else (200, answer)
    return web.json_response(body, status=status)


def application(script: Callable[[], Script]) -> web.Application:
    """`script` gives the one of the test that runs."""
    pages = _pages()

    @web.middleware
    async def with_headers(request: web.Request, handler: Any) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            headers.put(response.headers, secure=False)
        return response

    async def page(request: web.Request) -> web.Response:
        name = request.match_info["template"]
        if name == "problem":
            return pages.respond(request, problem_page(request, not_found(), pages.cookies))
        module = f"pages/{name}.js"
        known = module if module in pages.static.files else None
        pictures = name in {"join", "agent_session"}
        context, data = script().contexts.get(name), script().data.get(name)
        shown = rendering.Page(name, known, data, context, capture=name == "join", frames=pictures)
        return pages.respond(request, shown)

    async def file(request: web.Request) -> web.Response:
        return pages.static.respond(request.match_info["name"], None)

    app = web.Application(middlewares=[with_headers])

    async def badge_keys(_request: web.Request) -> web.Response:
        return web.json_response(BADGE_KEYS)

    app.router.add_get("/.well-known/tachiai-badge-keys", badge_keys)
    app.router.add_get("/static/{name:.+}", file)
    app.router.add_get("/api/v1/socket", partial(_socket, script))
    app.router.add_route("*", "/api/v1/{rest:.+}", partial(_api, script))
    app.router.add_get("/{template}", page)
    app.router.add_get("/{template}/{object}", page)
    return app


@dataclass(slots=True)
class _House:
    """The other end and the context that one browser's tests share, one test after the other."""

    url: str
    script: Script
    context: BrowserContext
    taken: bool = False


_houses: dict[Browser, _House] = {}


@asynccontextmanager
async def housed(browser: Browser) -> AsyncIterator[None]:
    """Inside, stages of this browser share what is slow to make: the files that its cache has, compiled."""
    async with _open(browser, {}) as house:
        _houses[browser] = house
        try:
            yield
        finally:
            del _houses[browser]


@asynccontextmanager
async def set_up(browser: Browser, **context_options: Any) -> AsyncIterator[PagesStage]:
    """A scripted other end and a page of its own; an error in the page's script fails the test."""
    house = _houses.get(browser)
    if house is None or house.taken or context_options:
        async with _open(browser, context_options) as house, _page(house) as stage:
            yield stage
        return
    house.taken, house.script = True, Script()
    try:
        async with _page(house) as stage:
            await _forget(house, stage.page)
            yield stage
    finally:
        house.taken = False


@asynccontextmanager
async def _open(browser: Browser, context_options: dict[str, Any]) -> AsyncIterator[_House]:
    houses: list[_House] = []
    runner = web.AppRunner(application(lambda: houses[0].script))
    await runner.setup()
    try:
        await web.TCPSite(runner, "localhost", 0).start()
        async with await browser.new_context(**{"locale": "en-GB", **context_options}) as context:
            houses.append(_House(f"http://localhost:{runner.addresses[0][1]}", Script(), context))
            yield houses[0]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _page(house: _House) -> AsyncIterator[PagesStage]:
    page = await house.context.new_page()
    await page.add_init_script(TOLD_LAST)
    stage = PagesStage(house.url, house.script, page, house.context, [])
    page.on("pageerror", lambda error: stage.errors.append(str(error)))
    try:
        yield stage
        assert stage.errors == []
    finally:
        for left in house.context.pages:
            await left.close()


async def _forget(house: _House, page: Page) -> None:
    """What an earlier test left in the browser, but for the cached files."""
    await house.context.set_offline(False)
    await house.context.clear_cookies()
    await house.context.clear_permissions()
    session = await house.context.new_cdp_session(page)
    await session.send("Storage.clearDataForOrigin", {"origin": house.url, "storageTypes": "all"})
    await session.detach()
