"""What people do to make sure of each other, on both pages; and somebody between a page and the server."""

import json
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, WebSocketRoute

from tests.browser.actors import Agent, Customer

Message = dict[str, Any]
# What passes through: a message, and what goes on in its place (None: nothing).
Change = Callable[[Message], Message | None]
START = "#screen .button-main, .introduction .button-main"


async def between(page: Page, *, to_server: Change | None = None, to_page: Change | None = None) -> None:
    """Everything that this page and the server say to each other goes by here."""

    def changed(change: Change | None, text: str) -> str | None:
        message = json.loads(text)
        passed = message if change is None else change(message)
        return None if passed is None else json.dumps(passed)

    def handle(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def up(text: str | bytes) -> None:
            if (passed := changed(to_server, str(text))) is not None:
                server.send(passed)

        def down(text: str | bytes) -> None:
            if (passed := changed(to_page, str(text))) is not None:
                socket.send(passed)

        socket.on_message(up)
        server.on_message(down)

    await page.route_web_socket("**/api/v1/socket", handle)


async def accept(customer: Customer, link: str) -> None:
    """As far as the words."""
    await customer.page.goto(link)
    await customer.main_action()
    await customer.page.wait_for_selector(".badge")
    await customer.main_action()
    await customer.page.wait_for_selector("#screen .notice-danger")


async def start(agent: Agent, customer: Customer) -> None:
    """Both press Start; what comes of it is the caller's."""
    await customer.main_action()
    await agent.page.click(".introduction .button-main")


async def spoken(page: Page) -> list[str]:
    await page.wait_for_selector(".spoken-word")
    return [word.strip() for word in await page.locator(".spoken-word").all_inner_texts()]


async def type_words(page: Page, words: list[str]) -> None:
    await page.wait_for_selector("#word-0")
    for place, word in enumerate(words):
        await page.fill(f"#word-{place}", word)
    await page.click(".word-form button[type=submit]")


async def introduced(agent: Agent, customer: Customer, link: str) -> None:
    """From the link to the field for a code, words heard and typed on both sides."""
    await accept(customer, link)
    await start(agent, customer)
    await type_words(customer.page, await spoken(agent.page))
    await type_words(agent.page, await spoken(customer.page))
    await customer.page.wait_for_selector("#code")
