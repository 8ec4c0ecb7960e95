"""A stranger who asks without end, or holds connections, takes nothing from the people who are here."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName
from server.doorway import DescriptorsRefused, Limits, allow_descriptors
from server.foundation import system_event
from session.identity import SessionId
from tests.protocol.server_people import in_sharing
from tests.protocol.server_stand import Stand, stand

FLOOD_S = 6
ANSWERED_WITHIN_S = 2  # a refused connection is closed long before, a kept one stays for ten
# A process of its own, as a stranger has: it asks on many kept connections, as fast as it is answered.
FLOODER = """
import asyncio, sys, time
port, path, count, lasting = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
cookies = "; ".join(f"tachiai-{name}=" + "A" * 43 for name in ("agent", "security", "customer"))
ask = f"GET {path} HTTP/1.1\\r\\nHost: localhost:{port}\\r\\nCookie: {cookies}\\r\\n\\r\\n".encode()
async def one(end):
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while time.monotonic() < end:
                writer.write(ask)
                head = (await reader.readuntil(b"\\r\\n\\r\\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\\r\\n")[0]))
        except (OSError, EOFError):
            await asyncio.sleep(0.1)
async def main():
    end = time.monotonic() + lasting
    await asyncio.gather(*(one(end) for _ in range(count)))
asyncio.run(main())
"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


def port_of(server: Stand) -> str:
    return server.url.rpartition(":")[2]


@pytest.mark.alone
@pytest.mark.parametrize("path", ["/", "/api/v1/cases", "/readyz", "/static/styles/base.css"])
async def test_a_flood_of_reads_leaves_anothers_share_alone(server: Stand, path: str) -> None:
    async with in_sharing(server) as share:
        arguments = ("-c", FLOODER, port_of(server), path, "200", str(FLOOD_S))
        flooder = await asyncio.create_subprocess_exec(sys.executable, *arguments)
        async with asyncio.timeout(FLOOD_S + 20):
            assert await flooder.wait() == 0
        conductor = server.composed.services.conductor
        session = await conductor.load(SessionId(share.session))
        assert (session.state, session.end_cause) == ("sharing", None)
        assert conductor.media_may_flow(session, server.clock.now_ms())


class Idle:
    """Connections on which nothing is ever sent."""

    def __init__(self, server: Stand) -> None:
        self._port = int(port_of(server))
        self.held: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def open(self, source: str, count: int) -> list[asyncio.StreamReader]:
        """One after the other: the kernel drops what comes faster than it is accepted."""
        opened = [
            await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
            for _ in range(count)
        ]
        self.held += opened
        return [reader for reader, _ in opened]

    async def connect_many(self, source: str, count: int) -> int:
        """How many the server keeps: one that it has no room for is closed at once."""
        return sum(await asyncio.gather(*map(kept, await self.open(source, count))))

    async def let_go(self) -> None:
        writers = [writer for _, writer in self.held]
        self.held.clear()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def kept(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            await reader.read(1)
    except TimeoutError:
        return True
    except ConnectionError:
        return False
    return False


async def test_one_source_has_so_many_connections_and_others_have_theirs(tmp_path: Path) -> None:
    async with stand(tmp_path, limits=Limits(of_all=60, of_each=20)) as server:
        idle = Idle(server)
        assert await idle.connect_many("127.0.0.2", 50) == 20
        assert await idle.connect_many("127.0.0.3", 50) == 20
        async with in_sharing(server) as share:
            assert await idle.connect_many("127.0.0.4", 50) <= 20
            assert await idle.connect_many("127.0.0.5", 50) == 0
            await share.customer_socket.send({"type": "share.pause"})
            await share.agent_socket.view("paused")
        await idle.let_go()
        async with asyncio.timeout(10):
            while await idle.connect_many("127.0.0.2", 1) == 0:
                await idle.let_go()
        await idle.let_go()


async def test_thousands_of_silent_connections_cost_the_log_nothing(server: Stand) -> None:
    idle = Idle(server)
    # Opened first and asked afterwards: a connection that asks nothing for ten seconds makes room by itself.
    readers = [await idle.open(f"127.0.0.{source}", 160) for source in range(2, 10)]
    held = await asyncio.gather(*(kept(reader) for source in readers for reader in source))
    assert sum(held) == 8 * 128
    assert await idle.connect_many("127.0.0.20", 100) == 0
    await server.foundation.log.append(system_event(EventName.SYSTEM_GATE_STARTED, server.clock.now_ms()))
    assert server.log.healthy
    await idle.let_go()


def test_a_server_that_may_not_open_enough_files_does_not_start() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with pytest.raises(DescriptorsRefused, match=r"ulimit -Hn"):
        allow_descriptors(Limits(of_all=2**40, of_each=128))
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
