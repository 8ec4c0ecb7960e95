"""Parties that come while the other one goes, or while the database does not answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from session.identity import SessionId
from session.model import Party
from tests.protocol.server_people import in_ready
from tests.protocol.server_stand import Stand, page_id, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def test_a_party_that_comes_while_the_other_goes_counts_as_present(server: Stand) -> None:
    services = server.composed.services
    async with in_ready(server) as share:
        session = SessionId(share.session)
        await share.agent_socket.connection.close()
        await share.customer_socket.view("interrupted")
        ticket = await share.agent.ticket(session=session)
        async with share.agent.dial() as again, asyncio.timeout(10):
            async with server.foundation.database.writing():  # whoever comes waits for this to be over
                await again.send({"type": "hello", "ticket": ticket, "page": page_id()})
                while services.seats.of(session, Party.AGENT) is None:  # noqa: ASYNC110  # nothing tells of it
                    await asyncio.sleep(0)
                await share.customer_socket.connection.close()
                while Party.CUSTOMER in (await services.conductor.load(session)).present:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            await again.next("welcome")
            assert Party.AGENT in (await services.conductor.load(session)).present


async def test_a_party_that_cannot_be_written_down_is_told_to_try_again(server: Stand) -> None:
    async with in_ready(server) as share:
        await share.agent_socket.connection.close()
        await share.customer_socket.view("interrupted")
        ticket = await share.agent.ticket(session=share.session)
        async with server.foundation.database.writing() as connection:
            await connection.execute(text("ALTER TABLE sessions RENAME TO sessions_gone"))
        async with share.agent.dial() as again:
            await again.send({"type": "hello", "ticket": ticket, "page": page_id()})
            assert (await again.next("problem"))["code"] == "store_unavailable"
            assert await again.closed() == 1013
