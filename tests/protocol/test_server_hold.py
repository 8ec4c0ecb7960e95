"""A code that is tried in two more sessions: both end, and nothing opens in their case for half an hour."""

import asyncio
from pathlib import Path

from audit.event import EventName
from server.held_cases import HELD_FOR_MS
from tests.protocol.server_people import Browser, Customer
from tests.protocol.server_stand import Stand, stand

REFERENCE = "C-2041"


async def verifies_with(server: Stand, agent: Browser, code: str) -> int:
    """A session of its own, with a browser of its own. Ends it, unless it ended by itself."""
    opened = await agent.open_session(REFERENCE)
    async with Customer(server) as customer:
        await customer.claim(opened["invitation"])
        async with customer.socket(purpose="session") as socket:
            await socket.send({"type": "badge.shown"})
            await socket.view("introducing")
            await socket.send({"type": "badge.accept"})
            await socket.view("verifying")
            status = (await customer.type_code(code)).status
            await agent.ask("POST", f"/sessions/{opened['session']}/end")
            await socket.view("ended")
    return status


async def refused_opening(server: Stand, agent: Browser) -> str:
    answer = await agent.ask("POST", "/sessions", {"case": await server.case_of(REFERENCE)})
    assert answer.status == 409, answer.body
    return str(answer.body["code"])


async def test_a_code_in_too_many_sessions_holds_the_case_through_a_restart_and_not_for_ever(
    tmp_path: Path,
) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        code = server.fresh_code("K-30518")
        assert await verifies_with(server, agent, code) == 200
        for _ in range(2):
            await verifies_with(server, agent, code)
        async with asyncio.timeout(10):
            while len(await server.recorded(EventName.SYSTEM_FLAG_RAISED)) < 3:  # noqa: ASYNC110 - as read
                await asyncio.sleep(0.01)
        assert await refused_opening(server, agent) == "case_held"
        assert await server.recorded(EventName.AGENT_SESSION_REFUSED)
    async with stand(tmp_path, shift_ms=server.clock.shift_ms) as server, Browser(server) as agent:
        server.fresh_code("agent")
        await agent.sign_in("agent")
        assert await refused_opening(server, agent) == "case_held"
        server.clock.shift_ms += HELD_FOR_MS
        await agent.sign_in("agent")
        await agent.open_session(REFERENCE)
