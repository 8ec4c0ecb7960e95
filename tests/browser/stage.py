"""One stage for each browser test: a demo server and the people in front of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser

from tests.browser.actors import Agent, Customer, Officer, pattern_tab, person
from tests.browser.demo_server import DemoServer, demo_server


@dataclass(slots=True)
class Stage:
    folder: Path
    server: DemoServer
    browser: Browser
    agent: Agent
    customer: Customer
    _officer: Officer | None = None

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
        """Signed in once: a code works once."""
        if self._officer is None:
            self._officer = await person(Officer, self.server, self.browser)
            await self._officer.arrive()
        return self._officer


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
