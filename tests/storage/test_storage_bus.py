"""The bus of one server: counters and tickets keep their ports' promises, in bounded memory."""

from collections.abc import Awaitable, Callable

import pytest

from server.bus.in_process import InProcessCounters, InProcessTickets
from server.bus.ports import TICKET_LIFE_MS, BusUnavailable
from server.clock import SystemClock
from tests.manual_clock import ManualClock
from tests.memory_bus import MemoryBell, MemoryBus, MemoryPresence
from tests.storage import bus_suite
from tests.storage.bus_suite import GRANT, RATE, Bus, Company


@pytest.mark.parametrize("check", bus_suite.LIMITS, ids=lambda check: check.__name__)
async def test_memory_keeps_the_ports_promises(check: Callable[[Bus], Awaitable[None]]) -> None:
    clock = ManualClock()
    counters, tickets = InProcessCounters(clock.now_ms), InProcessTickets(clock.now_ms)
    await check(Bus(clock, (counters, counters), (tickets, tickets)))


@pytest.mark.parametrize("check", bus_suite.TOGETHER, ids=lambda check: check.__name__)
async def test_the_bus_that_tests_use_keeps_the_ports_promises(
    check: Callable[[Company], Awaitable[None]],
) -> None:
    bus = MemoryBus(ManualClock().now_ms)
    names = ("srv_1", "srv_2")

    async def lapse(number: int) -> None:
        bus.present.pop(names[number])

    async def restart() -> None:
        bus.restart()

    first, second = (MemoryPresence(bus, name) for name in names)
    await check(
        Company((first, second), (MemoryBell(bus, names[0]), MemoryBell(bus, names[1])), lapse, restart)
    )


async def test_inventing_names_makes_no_room() -> None:
    clock = ManualClock()
    counters = InProcessCounters(clock.now_ms, at_most=100)
    for number in range(100):
        assert await counters.take(f"name{number}", RATE) == 0
    with pytest.raises(BusUnavailable):
        await counters.take("one more", RATE)
    assert await counters.take("name0", RATE) == 0  # known names are still counted
    clock.advance(10_000)
    assert await counters.take("one more", RATE) == 0


async def test_tickets_are_bounded_and_make_room_when_they_die() -> None:
    clock = ManualClock()
    tickets = InProcessTickets(clock.now_ms, at_most=10)
    for _ in range(10):
        await tickets.issue(GRANT)
    with pytest.raises(BusUnavailable):
        await tickets.issue(GRANT)
    clock.advance(TICKET_LIFE_MS)
    assert await tickets.redeem(await tickets.issue(GRANT)) == GRANT


def test_the_wall_clock_tells_integer_milliseconds_of_this_century() -> None:
    now = SystemClock().now_ms()
    assert isinstance(now, int)
    assert 1_700_000_000_000 < now < 4_102_444_800_000
