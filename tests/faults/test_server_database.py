"""A database that hangs: what is shown goes dark in time, nothing ends for it, and it comes back by itself."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.storage.database import ANSWER_WITHIN_S
from session.gate_port import STAMP_EVERY_MS
from session.identity import SessionId
from session.media.fake import FakeGate
from session.model import State
from tests.protocol.conductor_rig import soon
from tests.protocol.server_people import in_sharing
from tests.protocol.server_stand import Stand, stand

DARK_WITHIN_S = 2.0


@asynccontextmanager
async def stamping(gate: FakeGate) -> AsyncIterator[None]:
    """The fake gate asks for its leases as often as the real one does."""

    async def stamp() -> None:
        while True:
            gate.offer_stamps()
            await asyncio.sleep(STAMP_EVERY_MS / 1_000)

    task = soon(stamp())
    try:
        yield
    finally:
        task.cancel()


async def until(condition: Callable[[], bool]) -> float:
    """Seconds until it holds. A lease ends by itself: there is no event to wait for."""
    since = asyncio.get_running_loop().time()
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nobody tells of a lease's end
            await asyncio.sleep(0.01)
    return asyncio.get_running_loop().time() - since


def hang(server: Stand, let_go: threading.Event) -> asyncio.Task[bool]:
    """What leases depend on is read by one thread, and a question keeps that thread until it is let go."""
    return soon(server.foundation.database.apart(lambda _connection: let_go.wait(30)))


@pytest.mark.alone
async def test_a_picture_is_black_within_two_seconds_after_the_database_hangs(tmp_path: Path) -> None:
    async with (
        stand(tmp_path, database_within_s=ANSWER_WITHIN_S) as server,
        in_sharing(server) as share,
        stamping(server.gate),
    ):
        name, let_go = SessionId(share.session), threading.Event()
        for _ in range(3):
            await until(lambda: server.gate.forwarding(name))
            let_go.clear()
            hanging = hang(server, let_go)
            took = await until(lambda: not server.gate.forwarding(name))
            let_go.set()
            await asyncio.gather(hanging, return_exceptions=True)
            assert took < DARK_WITHIN_S
            assert (await server.composed.services.conductor.load(name)).state is State.SHARING
        await until(lambda: server.gate.forwarding(name))
