"""A server, and the agents who sign in at it, where a test needs no more than that of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


@pytest.fixture
async def agent(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as browser:
        await browser.sign_in("agent")
        yield browser


@pytest.fixture
async def other(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as browser:
        await browser.sign_in("agent2")
        yield browser
