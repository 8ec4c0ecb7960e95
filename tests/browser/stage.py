"""One stage for each browser test: a demo server and the people in front of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext

from tests.browser.actors import SMALL, Agent, Customer, Officer, pattern_tab, person, signed_in
from tests.browser.demo_server import DemoServer, demo_server


@dataclass(slots=True)
class Stage:
    folder: Path
    server: DemoServer
    browser: Browser
    agent: Agent
    customer: Customer
    _officer: Officer | None = None
    _officers: BrowserContext | None = None

    @property
    def reference(self) -> str:
        return str(self.server.ready["customer"]["case_reference"])

    async def share(self, *, seconds: int = 300, extras: Sequence[str] = ()) -> None:
        """Everything up to a picture on the agent's screen."""
        await self.agent.arrive()
        link, _code = await self.agent.open_session(self.reference)
        await pattern_tab(self.customer.context)
        await self.customer.reach_sharing(link, seconds=seconds, extras=extras)
        await self.agent.watch()
        await self.agent.sees_pattern()

    async def officer(self) -> Officer:
        """At the oversight page. Signed in once: a code works once."""
        if self._officer is None:
            context = await self._office()
            self._officer = Officer(self.server, context, await context.new_page())
            await self._officer.page.goto(f"{self.server.url}/security")
        return self._officer

    async def record(self) -> list[dict[str, Any]]:
        """The newest entries of the log as an officer reads them, the oldest first."""
        answer = await (await self._office()).request.get(f"{self.server.url}/api/v1/security/log?limit=200")
        assert answer.status == 200
        return sorted((await answer.json())["entries"], key=lambda entry: entry["index"])

    async def _office(self) -> BrowserContext:
        if self._officers is None:
            self._officers = await self.browser.new_context(locale="en-GB", viewport=SMALL)
            await signed_in(self.server, self._officers, "security", self.server.ready["officer"])
        return self._officers


@asynccontextmanager
async def set_up(browser: Browser, folder: Path, **settings: str) -> AsyncIterator[Stage]:
    """`settings` are environment variables of the server."""
    others = set(browser.contexts)
    async with demo_server(folder, **settings) as server:
        agent = await person(Agent, server, browser)
        customer = await person(Customer, server, browser)
        try:
            yield Stage(folder, server, browser, agent, customer)
        finally:
            for context in set(browser.contexts) - others:
                await context.close()
