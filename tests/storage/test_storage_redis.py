"""The bus of several servers, on a real Redis: the ports' promises, and no way round them when it hangs or is full."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from server.bus.ports import BusUnavailable
from server.bus.redis_client import RedisClient, RedisPlace
from server.bus.redis_limits import LARGEST_COUNT, RedisCounters, RedisTickets
from server.bus.redis_presence import RedisBell, RedisPresence
from server.tasks import Tasks
from tests.manual_clock import ManualClock
from tests.redis_server import RedisServer, redis_server, tidied
from tests.storage import bus_suite
from tests.storage.bus_suite import GRANT, RATE, Bus, Company
from verification.throttle import Rate

NAMES = ("srv_1", "srv_2")
PATIENT_S = 10.0  # a loaded machine is no Redis that hangs
REFUSED_WITHIN_S = 2.0  # far less than a client's own defaults, far more than a loaded machine needs


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
async def clients(server: RedisServer) -> AsyncIterator[tuple[RedisClient, RedisClient]]:
    """Two servers' own clients on an empty Redis."""
    first, second = (RedisClient(RedisPlace(server.url), answer_within_s=PATIENT_S) for _ in range(2))
    await first.ask(lambda commands: commands.flushall())
    yield first, second
    await first.close()
    await second.close()


@pytest.mark.parametrize("check", bus_suite.LIMITS, ids=lambda check: check.__name__)
async def test_redis_keeps_the_promises_of_limits(
    check: Callable[[Bus], Awaitable[None]], clients: tuple[RedisClient, RedisClient]
) -> None:
    clock = ManualClock()
    first, second = (RedisCounters(one, clock.now_ms) for one in clients)
    one, other = (RedisTickets(client, clock_ms=clock.now_ms) for client in clients)
    await check(Bus(clock, (first, second), (one, other)))


@pytest.mark.parametrize("check", bus_suite.TOGETHER, ids=lambda check: check.__name__)
async def test_redis_keeps_the_promises_of_presence(
    check: Callable[[Company], Awaitable[None]], clients: tuple[RedisClient, RedisClient], server: RedisServer
) -> None:
    tasks = Tasks()
    first, second = (RedisPresence(client, name) for client, name in zip(clients, NAMES, strict=True))
    bells = [
        RedisBell(client, name, lambda work: tasks.start(work, name="ring"))
        for client, name in zip(clients, NAMES, strict=True)
    ]
    for bell in bells:
        tasks.start(bell.run(), name="bell")

    async def lapse(number: int) -> None:
        await clients[0].ask(lambda commands: commands.delete(f"tachiai:server:{NAMES[number]}"))

    async def restart() -> None:
        await asyncio.to_thread(server.again)

    await check(Company((first, second), (bells[0], bells[1]), lapse, restart))
    await tasks.close()


async def test_time_is_rediss_own(clients: tuple[RedisClient, RedisClient]) -> None:
    first, second = (RedisCounters(client) for client in clients)
    assert [await first.take("a", Rate(1, 60_000)), await first.take("b", Rate(2, 60_000))] == [0, 0]
    assert 55_000 < await second.take("a", Rate(1, 60_000)) <= 60_000
    tickets = [RedisTickets(client) for client in clients]
    assert await tickets[1].redeem(await tickets[0].issue(GRANT)) == GRANT


async def test_a_clock_set_back_shuts_nobody_out_for_longer_than_the_period(
    clients: tuple[RedisClient, RedisClient],
) -> None:
    clock = ManualClock()
    counters = RedisCounters(clients[0], clock.now_ms)
    for _ in range(3):
        assert await counters.take("a", RATE) == 0
    clock.advance(-3_600_000)
    assert 0 < await counters.take("a", RATE) <= RATE.period_ms
    clock.advance(1_000)
    assert await counters.take("a", RATE) == 0


async def test_a_rate_that_could_not_be_exact_is_refused(clients: tuple[RedisClient, RedisClient]) -> None:
    with pytest.raises(BusUnavailable):
        await RedisCounters(clients[0]).take("a", Rate(LARGEST_COUNT + 1, 1_000))


async def test_nothing_on_the_bus_names_anybody_or_opens_anything(
    clients: tuple[RedisClient, RedisClient],
) -> None:
    await RedisCounters(clients[0]).take("join/198.51.100.7", RATE)
    ticket = await RedisTickets(clients[0]).issue(GRANT)
    keys = await clients[0].ask(lambda commands: commands.keys("*"))
    assert len(keys) == 2
    assert not [key for key in keys if "198.51" in key or ticket in key]


async def test_what_ran_out_leaves_nothing_behind(clients: tuple[RedisClient, RedisClient]) -> None:
    """Each key has a time to live, so that inventing names fills nothing for good."""
    await RedisCounters(clients[0]).take("a", RATE)
    await RedisTickets(clients[0]).issue(GRANT)
    presence = RedisPresence(clients[0], NAMES[0])
    await presence.beat()
    assert await presence.claim("ses_1")
    keys = await clients[0].ask(lambda commands: commands.keys("*"))
    lives = [await clients[0].ask(lambda commands, key=key: commands.pttl(key)) for key in keys]  # type: ignore[misc]
    assert len(lives) == 4
    assert all(life > 0 for life in lives)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see `tidied`
async def test_a_stopped_redis_refuses_in_time_and_serves_again(
    clients: tuple[RedisClient, RedisClient], server: RedisServer
) -> None:
    hasty = RedisClient(RedisPlace(server.url))
    counters, tickets = RedisCounters(hasty), RedisTickets(clients[0])
    ticket = await tickets.issue(GRANT)
    server.hang()
    try:
        started = time.monotonic()
        for asking in (
            counters.take("a", RATE),
            RedisTickets(hasty).issue(GRANT),
            RedisPresence(hasty, "srv_1").beat(),
        ):
            with pytest.raises(BusUnavailable):
                await asking
        many = await asyncio.gather(*(counters.take("a", RATE) for _ in range(40)), return_exceptions=True)
        assert {type(answer) for answer in many} == {BusUnavailable}
        assert time.monotonic() - started < 4 * REFUSED_WITHIN_S
    finally:
        server.go_on()
    assert await RedisCounters(clients[0]).take("b", RATE) == 0
    assert await tickets.redeem(ticket) == GRANT
    await hasty.close()
    tidied()


async def test_a_redis_that_is_not_there_refuses(tmp_path: Path) -> None:
    client = RedisClient(RedisPlace(f"unix://{tmp_path}/none.sock"))
    with pytest.raises(BusUnavailable):
        await RedisCounters(client).take("a", RATE)
    await client.close()


async def test_limits_serve_again_after_a_restart_without_a_refusal(
    clients: tuple[RedisClient, RedisClient], server: RedisServer
) -> None:
    """Idle connections of the former Redis are found to be dead before they are used."""
    counters = RedisCounters(clients[0])
    await asyncio.gather(*(counters.take(f"a{number}", RATE) for number in range(20)))
    await asyncio.to_thread(server.again)
    assert await asyncio.gather(*(counters.take(f"a{number}", RATE) for number in range(20))) == [0] * 20


async def test_a_full_redis_refuses_rather_than_forgets(tmp_path_factory: pytest.TempPathFactory) -> None:
    with redis_server(tmp_path_factory.mktemp("full"), "--maxmemory", "1") as full:
        client = RedisClient(RedisPlace(full.url), answer_within_s=PATIENT_S)
        with pytest.raises(BusUnavailable):
            await RedisCounters(client).take("a", RATE)
        with pytest.raises(BusUnavailable):
            await RedisTickets(client).issue(GRANT)
        await client.close()


async def test_a_wrong_password_refuses_and_is_not_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    with redis_server(tmp_path_factory.mktemp("closed"), "--requirepass", "right") as closed:
        for password, passes in (("right", True), ("wrong-secret", False), (None, False)):
            client = RedisClient(RedisPlace(closed.url, password), answer_within_s=PATIENT_S)
            if passes:
                assert await RedisCounters(client).take("a", RATE) == 0
            else:
                with pytest.raises(BusUnavailable) as refused:
                    await RedisCounters(client).take("a", RATE)
                assert "secret" not in str(refused.value)
            await client.close()
