"""Whoever sends broken messages over real sockets, and a share beside them that must not notice."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from session.identity import SessionId
from tests.protocol.broken_messages import mutant
from tests.protocol.server_people import Browser, Share
from tests.protocol.server_stand import Stand, page_id

OWN_CASE = "C-2056"  # of the demo's second agent


@dataclass(slots=True)
class Target:
    """An invitation that nobody has claimed: its agent sends what is broken, and nothing of it can end anything that
    somebody needs."""

    stand: Stand
    agent: Browser
    session: str

    async def send_broken(
        self, chance: random.Random, many: int, *, headers: dict[str, str] | None = None
    ) -> None:
        """Over one socket; what comes after the twentieth refusal is not read."""
        asked = await self.agent.ask("POST", "/socket-tickets", {"session": self.session}, headers=headers)
        if asked.status != 200:
            raise AssertionError(f"the target is gone: {asked}")
        async with self.agent.dial() as socket:
            await socket.send({"type": "hello", "ticket": asked.body["ticket"], "page": page_id()})
            await socket.next("welcome")
            for _ in range(many):
                if socket.connection.closed:
                    break
                text = mutant(chance)
                if "session.leave" not in text:  # whole, it ends the session, as it should
                    await socket.connection.send_str(text)


@asynccontextmanager
async def broken_into(stand: Stand, username: str = "agent2") -> AsyncIterator[Target]:
    async with Browser(stand) as agent:
        signed_in = await agent.sign_in(username)
        if signed_in.status != 201:
            raise AssertionError(f"nobody was let in: {signed_in}")
        opened = await agent.open_session(reference=OWN_CASE)
        yield Target(stand, agent, opened["session"])


async def unmoved(stand: Stand, beside: Share, seen: int) -> None:
    """The share goes on under the same epoch, and its pages were told of nothing but the time."""
    view = (await beside.customer.ask("GET", "/customer/session")).body
    assert (view["state"], view["media_may_flow"]) == ("sharing", True)
    await beside.customer_socket.send({"type": "share.pause"})
    await beside.customer_socket.view("paused")
    states = [one["seq"] for one in beside.customer_socket.got[seen:] if one["type"] == "state"]
    assert len(states) == 1, "something else moved it"
    assert not stand.gate.forwarding(SessionId(beside.session))


def assert_no_fault(stand: Stand) -> None:
    written = stand.written.getvalue()
    assert "could not be handled" not in written
    assert "task failed" not in written
    assert "Traceback" not in written
