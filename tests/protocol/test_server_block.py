"""A blocked agent stops at once: the picture, the sessions, the sign-ins, the sockets."""

import asyncio
from pathlib import Path

from audit.event import EventName
from session.identity import LoginId, SessionId, StaffId
from support.staff import Staff
from tests.protocol.conductor_rig import soon
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand

AT_ONCE_S = 1.0
FOR_AN_HOUR_MS = 3_600_000


async def the_agent(server: Stand) -> Staff:
    found = await server.foundation.stores.staff.find_by_username("agent")
    assert found is not None
    return found


async def test_a_block_that_appears_in_the_database_ends_a_running_share(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share:
        agent, until = await the_agent(server), server.clock.now_ms() + FOR_AN_HOUR_MS
        login = (await server.composed.services.conductor.load(SessionId(share.session))).agent_login
        await server.foundation.stores.staff.block(agent.id, until)
        async with asyncio.timeout(AT_ONCE_S):
            ended = await share.customer_socket.view("ended")
            bye = await share.agent_socket.next("bye")
        assert ended["end"]["cause"] == "blocked"
        assert bye["reason"] in {"ended", "signed_out"}
        assert not server.gate.forwarding(SessionId(share.session))
        assert not server.composed.services.circumstances.login_live(LoginId(login), server.clock.now_ms())
        assert (await share.agent.ask("GET", "/cases")).status in {401, 403}
        assert await server.recorded(EventName.SYSTEM_SESSION_ENDED)
        (enforced,) = await server.recorded(EventName.SYSTEM_BLOCK_ENFORCED)
        assert enforced.facts == {"staff": agent.id, "logins": 1}


async def test_blocking_somebody_ends_what_they_do_and_keeps_them_out(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share, Browser(server) as again:
        agent, officer = await the_agent(server), StaffId("sta_officer")
        until = server.clock.now_ms() + FOR_AN_HOUR_MS
        blocking = soon(server.composed.blocking.block(StaffId(agent.id), until, by=officer))
        await asyncio.sleep(0)
        assert not server.gate.forwarding(SessionId(share.session))  # before the database was asked
        await blocking
        row = await server.composed.services.conductor.load(SessionId(share.session))
        assert (row.end_cause, row.ended_by) == ("blocked", officer)
        (recorded,) = await server.recorded(EventName.OFFICER_STAFF_BLOCKED)
        assert (recorded.actor.id, recorded.facts) == (officer, {"staff": agent.id, "until_ms": until})
        assert (await share.agent.ask("GET", "/cases")).status == 401
        assert (await again.sign_in("agent")).status == 401
        assert server.composed.services.logins.running(agent.id, server.clock.now_ms()) == []
