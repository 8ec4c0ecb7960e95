"""Customers on their own page, and the organisation's site that sends them there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from server.administration.acts import CreateKey
from tests.protocol.administration_ways import Way
from tests.protocol.described import check_described
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand

REFERENCE = "K-30518"
OTHER = "K-30877"


@dataclass(slots=True)
class OwnSite:
    """The organisation's site: it has an API key, and its customers are signed in there."""

    stand: Stand
    session: aiohttp.ClientSession
    token: str

    async def post(self, path: str, body: Any) -> Answered:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.post(f"{self.stand.url}/api/v1{path}", json=body, headers=headers) as answer:
            check_described("POST", f"/api/v1{path}", answer.status)
            return Answered(answer.status, await answer.json(), answer.headers)

    async def token_for(self, reference: str = REFERENCE) -> str:
        answer = await self.post("/handoffs", {"customer": reference})
        assert answer.status == 201, answer.body
        address, mark, token = answer.body["url"].partition("#t=")
        assert (address, mark) == (f"{self.stand.url}/me", "#t=")
        return str(token)


@asynccontextmanager
async def own_site(stand: Stand, scopes: tuple[str, ...] = ("handoffs:write",)) -> AsyncIterator[OwnSite]:
    made = await Way(stand.foundation.log_folder.parent, stand).do(
        CreateKey(name="site", scopes=list(scopes), days=1)
    )
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield OwnSite(stand, session, made.token)


async def enter(browser: Browser, token: str) -> Answered:
    return await browser.ask("POST", "/me/logins", {"token": token})


@asynccontextmanager
async def on_own_page(stand: Stand, reference: str = REFERENCE) -> AsyncIterator[Browser]:
    """Signed in by a hand-off."""
    async with own_site(stand) as site, Browser(stand) as browser:
        answer = await enter(browser, await site.token_for(reference))
        assert answer.status == 201, answer.body
        yield browser
