"""A server whose Redis hangs, dies or is followed by another: dark in time, closed, and open again by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import msgspec
import pytest

from audit.event import EventName
from server import bus_parts
from server.bus import redis_client
from server.bus.settings import RedisSettings
from server.bus_parts import BusRefused
from server.storage.others import SqlOthers
from session.identity import SessionId
from session.model import EndCause, State
from tests.faults.test_server_database import stamping, until
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand
from tests.redis_server import RedisServer, redis_server, tidied

DARK_WITHIN_S = 2.25
PATIENT_S = 1.5  # a loaded machine is no Redis that hangs
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see `tidied`


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as started:
        yield started
    tidied()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a picture goes dark is decided by the membership's age, however long a command would wait."""
    monkeypatch.setattr(redis_client, "ANSWER_WITHIN_S", PATIENT_S)


@asynccontextmanager
async def on(redis: RedisServer, folder: Path) -> AsyncIterator[Stand]:
    settings = msgspec.structs.replace(USUAL_SETTINGS, redis=RedisSettings(url=redis.url))
    async with stand(folder, settings=settings) as server:
        yield server


async def readiness(server: Stand) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/readyz") as answer:
        return answer.status, await answer.text()


@pytest.mark.alone
async def test_a_picture_is_black_in_time_when_redis_hangs_dies_or_is_followed(
    redis: RedisServer, tmp_path: Path
) -> None:
    async with on(redis, tmp_path) as server, in_sharing(server) as share, stamping(server.gate):
        name = SessionId(share.session)
        gate, conductor = server.gate, server.composed.services.conductor

        async def dark() -> None:
            assert await until(lambda: not gate.forwarding(name)) < DARK_WITHIN_S
            assert (await conductor.load(name)).state is State.SHARING  # it may go on: nobody took it away

        await until(lambda: gate.forwarding(name))
        redis.hang()
        await dark()
        redis.go_on()
        await until(lambda: gate.forwarding(name))
        redis.end()
        await dark()
        redis.start()
        await until(lambda: gate.forwarding(name))
        assert (await readiness(server))[0] == 200
        others = SqlOthers(server.foundation.database)
        assert await others.agree("another Redis that was promoted", server.clock.now_ms())
        await dark()
        status, reasons = await readiness(server)
        assert (status, "Redis" in reasons) == (503, True)
        await asyncio.to_thread(redis.again)  # and then it is told of the right one
        await until(lambda: gate.forwarding(name))


async def test_while_redis_hangs_nothing_is_granted_and_whoever_ends_is_heard(
    redis: RedisServer, tmp_path: Path
) -> None:
    async with on(redis, tmp_path) as server, in_sharing(server) as share, Browser(server) as stranger:
        redis.hang()
        try:
            await until(lambda: not server.composed.bus.standing.fresh_for_ms)
            assert (await readiness(server))[0] == 503
            assert (await stranger.sign_in("agent2")).status in {429, 503}
            opening = await share.agent.ask("POST", "/sessions", {"case": await server.case_of("C-2041")})
            assert (opening.status, opening.body["code"]) == (409, "case_not_live")
            ended = await share.agent.ask("POST", f"/sessions/{share.session}/end")
            assert ended.status < 300
            assert (await share.customer_socket.view("ended"))["end"]["cause"] == "agent_left"
        finally:
            redis.go_on()
        await until(lambda: server.composed.bus.standing.fresh_for_ms > 0)
        assert (await share.agent.open_session("C-2041"))["session"]


async def test_what_another_server_wrote_takes_effect_here(redis: RedisServer, tmp_path: Path) -> None:
    """A second server's stores on the same database; nobody rings."""
    async with on(redis, tmp_path) as server, in_sharing(server) as share, stamping(server.gate):
        name, stores = SessionId(share.session), server.foundation.stores
        row = await stores.sessions.load(name)
        assert row is not None
        assert (await server.composed.services.conductor.load(name)).state is State.SHARING
        await stores.logins.end(row.agent_login, server.clock.now_ms())
        assert await until(lambda: not server.gate.forwarding(name)) < DARK_WITHIN_S
        assert (await share.customer_socket.view("ended"))["end"]["cause"] == "agent_signed_out"
        assert (await share.agent_socket.next("bye"))["reason"] == "signed_out"


async def test_a_session_that_was_ended_in_its_row_is_over_here(redis: RedisServer, tmp_path: Path) -> None:
    async with on(redis, tmp_path) as server, in_sharing(server) as share, stamping(server.gate):
        name, sessions = SessionId(share.session), server.foundation.stores.sessions
        row = await sessions.load(name)
        assert row is not None
        over = replace(
            row, state=State.ENDED, end_cause=EndCause.OFFICER_ENDED, ended_at=server.clock.now_ms()
        )
        await sessions.save(over, log_index=None)
        assert await until(lambda: not server.gate.forwarding(name)) < DARK_WITHIN_S
        for socket in (share.agent_socket, share.customer_socket):
            assert (await socket.view("ended"))["end"]["cause"] == "officer_ended"


async def test_a_session_of_another_server_is_shown_and_ended_but_not_moved(
    redis: RedisServer, tmp_path: Path
) -> None:
    """It is in the rows, and its home is present on the bus."""
    async with on(redis, tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        opened = await agent.open_session()
        sessions = server.foundation.stores.sessions
        mine = await sessions.load(SessionId(opened["session"]))
        assert mine is not None
        theirs = replace(mine, id=SessionId("ses_of_another_server0001"), version=0)
        await redis_say(redis, "SET", "tachiai:server:srv_other", "1")
        await redis_say(redis, "SET", f"tachiai:home:{theirs.id}", "srv_other")
        await sessions.create(theirs, log_index=0)
        async with agent.dial() as socket:
            hello = {"type": "hello", "ticket": await agent.ticket(session=theirs.id), "page": "p" * 22}
            await socket.send(hello)
            assert (await socket.next("problem"))["code"] == "session_elsewhere"
            assert await socket.closed() == 1013
        assert (await agent.ask("POST", f"/sessions/{theirs.id}/end")).status < 300
        row = await sessions.load(theirs.id)
        assert row is not None
        assert row.end_cause is EndCause.AGENT_LEFT
        ends = await server.recorded(EventName.AGENT_SESSION_ENDED)
        assert [event.session for event in ends] == [theirs.id]


async def redis_say(redis: RedisServer, *words: str) -> None:
    reader, writer = await asyncio.open_unix_connection(str(redis.socket))
    writer.write(f"*{len(words)}\r\n".encode())
    for word in words:
        writer.write(f"${len(word)}\r\n{word}\r\n".encode())
    assert await reader.readline() == b"+OK\r\n"
    writer.close()
    await writer.wait_closed()


async def test_what_a_server_left_behind_is_ended_by_whoever_is_present(
    redis: RedisServer, tmp_path: Path
) -> None:
    async with on(redis, tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        sessions = server.foundation.stores.sessions
        held = await sessions.load(SessionId((await agent.open_session())["session"]))
        assert held is not None
        lost = replace(held, id=SessionId("ses_lost_with_its_server"), version=0)
        await sessions.create(lost, log_index=0)
        bus = server.composed.bus.shared
        assert bus is not None
        bus.membership._run_since -= 10.0  # the time in which others might still claim has passed
        ends = await server.recorded(EventName.SYSTEM_SESSION_ENDED)
        assert [event.session for event in ends] == [lost.id]
        row = await sessions.load(lost.id)
        assert row is not None
        assert row.end_cause is EndCause.SERVER_RESTARTED
        mine = await sessions.load(held.id)
        assert mine is not None
        assert mine.state is not State.ENDED


async def test_a_server_without_its_redis_does_not_start_and_says_why(
    redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis.end()
    monkeypatch.setattr(bus_parts, "JOINED_WITHIN_S", 0.3)
    with pytest.raises(BusRefused, match=r"Nothing was started.*redis\.url"):
        async with on(redis, tmp_path):
            pass
