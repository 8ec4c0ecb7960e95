"""The bus of one server: counters and tickets keep their ports' promises, in bounded memory."""

import asyncio

import pytest

from server.bus.in_process import InProcessCounters, InProcessTickets
from server.bus.ports import TICKET_LIFE_MS, BusUnavailable, TicketGrant
from server.clock import SystemClock
from tests.manual_clock import ManualClock
from verification.throttle import Rate

RATE = Rate(count=3, period_ms=3_000)
GRANT = TicketGrant(purpose="agent", holder="log_1", session="ses_1")


async def test_a_counter_lets_its_burst_pass_and_then_tells_how_long_to_wait() -> None:
    clock = ManualClock()
    counters = InProcessCounters(clock.now_ms)
    assert [await counters.take("a", RATE) for _ in range(4)] == [0, 0, 0, 1_000]
    assert await counters.wait_of("a", RATE) == 1_000
    assert await counters.take("b", RATE) == 0
    clock.advance(1_000)
    assert [await counters.take("a", RATE) for _ in range(2)] == [0, 1_000]


async def test_asking_how_long_counts_nothing() -> None:
    counters = InProcessCounters(ManualClock().now_ms)
    assert [await counters.wait_of("a", RATE) for _ in range(50)] == [0] * 50
    assert await counters.take("a", RATE) == 0


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


async def test_a_name_too_long_to_keep_is_refused() -> None:
    counters = InProcessCounters(ManualClock().now_ms)
    with pytest.raises(BusUnavailable):
        await counters.take("x" * 201, RATE)


async def test_a_ticket_is_redeemed_once() -> None:
    tickets = InProcessTickets(ManualClock().now_ms)
    ticket = await tickets.issue(GRANT)
    answers = await asyncio.gather(*(tickets.redeem(ticket) for _ in range(20)))
    assert sorted(answers, key=str) == sorted([GRANT, *[None] * 19], key=str)


async def test_a_ticket_dies_after_fifteen_seconds() -> None:
    clock = ManualClock()
    tickets = InProcessTickets(clock.now_ms)
    first, second = await tickets.issue(GRANT), await tickets.issue(GRANT)
    clock.advance(TICKET_LIFE_MS - 1)
    assert await tickets.redeem(first) == GRANT
    clock.advance(1)
    assert await tickets.redeem(second) is None


async def test_what_is_no_ticket_grants_nothing() -> None:
    tickets = InProcessTickets(ManualClock().now_ms)
    await tickets.issue(GRANT)
    for text in ("", "x", "x" * 22, "\ud800" * 22, "x" * 10_000):
        assert await tickets.redeem(text) is None


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
