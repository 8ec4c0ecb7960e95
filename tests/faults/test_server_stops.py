"""A server that stops, and one that starts after another was cut off."""

import contextlib
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from audit.log import LogRefused
from session.identity import SessionId
from session.model import EndCause
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import stand


async def test_a_stopping_server_darkens_and_tells_both_pages(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as people:
        async with stand(tmp_path) as server:
            share = await people.enter_async_context(in_sharing(server))
        assert not server.gate.forwarding(SessionId(share.session))
        for socket in (share.agent_socket, share.customer_socket):
            assert (await socket.view("ended"))["end"]["cause"] == "server_restarted"
            assert (await socket.next("bye"))["reason"] == "draining"
            await socket.closed()


async def test_after_a_stop_the_same_people_and_data_work(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        first = await agent.open_session()
    async with stand(tmp_path, shift_ms=server.clock.shift_ms) as server, Browser(server) as agent:
        ended = await server.foundation.stores.sessions.load(SessionId(first["session"]))
        assert ended is not None
        assert ended.end_cause is EndCause.SERVER_RESTARTED
        assert (await agent.sign_in("agent")).status == 201
        await agent.open_session()
        ends = [event for event in await server.events() if event.name is EventName.SYSTEM_SESSION_ENDED]
        assert [event.session for event in ends] == [first["session"]]
        assert ends[0].outcome is Outcome.DONE


async def test_a_log_that_is_older_than_the_database_stops_the_start(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        opened = await agent.open_session()
        sessions, size = server.foundation.stores.sessions, server.log.size
        held = await sessions.load(SessionId(opened["session"]))
        assert held is not None
        await sessions.save(held, log_index=size + 1_000)
    with pytest.raises(LogRefused, match=f"entry {size + 1_000} of the audit log.*were lost"):
        async with stand(tmp_path, shift_ms=server.clock.shift_ms):
            pass
