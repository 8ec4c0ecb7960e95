"""Customers who ask first, and what agents do about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from session.invitation import ALPHABET, check_character
from tests.protocol.me_people import REFERENCE, on_own_page
from tests.protocol.server_people import Answered, Browser, Socket
from tests.protocol.server_stand import Stand


@dataclass(slots=True)
class Waiter:
    """A customer in line, with their socket open."""

    browser: Browser
    socket: Socket
    session: str

    @property
    def shown(self) -> dict[str, Any]:
        """The last view."""
        views = [message["view"] for message in self.socket.got if message["type"] in {"welcome", "state"}]
        return dict(views[-1])

    async def until_code(self) -> str:
        while not (self.shown["waiting"] or {}).get("code"):
            await self.socket.next("state")
        return str(self.shown["waiting"]["code"])

    async def until_place(self, place: int) -> None:
        while self.shown["waiting"]["place"] != place:
            await self.socket.next("state")


async def ask(browser: Browser, *, topic: str = "payment", words: str = "", language: str = "ja") -> Answered:
    body = {"topic": topic, "words": words, "device_key": browser.device.jwk, "language": language}
    return await browser.ask("POST", "/help-requests", body)


@asynccontextmanager
async def in_line(stand: Stand, reference: str = REFERENCE, **wish: str) -> AsyncIterator[Waiter]:
    async with on_own_page(stand, reference) as browser:
        asked = await ask(browser, **wish)
        assert asked.status == 201, asked.body
        async with browser.socket(purpose="session") as socket:
            yield Waiter(browser, socket, asked.body["session"])


async def accept(agent: Browser, waiter: Waiter) -> Answered:
    return await agent.ask("POST", f"/waiting/{waiter.session}/accept")


async def hear(agent: Browser, waiter: Waiter, heard: str) -> Answered:
    return await agent.ask("POST", f"/sessions/{waiter.session}/meeting", {"heard": heard})


def another(code: str) -> str:
    """A well-formed code that is not this one."""

    data = code.replace("-", "")[:7]
    changed = data[:6] + ALPHABET[(ALPHABET.index(data[6]) + 1) % len(ALPHABET)]
    return changed + check_character(changed)
