"""What every implementation of the bus's ports must do. Each check takes a `Bus` that nothing was asked of yet."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from server.bus.ports import (
    LONGEST_NAME,
    TICKET_LENGTH,
    TICKET_LIFE_MS,
    Bell,
    BusUnavailable,
    Counters,
    Presence,
    TicketGrant,
    Tickets,
)
from tests.manual_clock import ManualClock
from verification.throttle import Rate, pass_through

RATE = Rate(count=3, period_ms=3_000)
GRANT = TicketGrant(purpose="agent", holder="log_1", session="ses_1")
HEARD_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Bus:
    """Two servers' limits on one bus, and the clock that all of it goes by."""

    clock: ManualClock
    counters: tuple[Counters, Counters]
    tickets: tuple[Tickets, Tickets]


@dataclass(frozen=True, slots=True)
class Company:
    """Two servers on one bus. `lapse`: let the time of the first or second one's presence run out. `restart`: the bus
    loses all and begins another run."""

    presences: tuple[Presence, Presence]
    bells: tuple[Bell, Bell]
    lapse: Callable[[int], Awaitable[None]]
    restart: Callable[[], Awaitable[None]]


async def a_counter_lets_its_burst_pass_and_then_tells_how_long_to_wait(bus: Bus) -> None:
    counters = bus.counters[0]
    assert [await counters.take("a", RATE) for _ in range(4)] == [0, 0, 0, 1_000]
    assert await counters.wait_of("a", RATE) == 1_000
    assert await counters.take("b", RATE) == 0
    bus.clock.advance(1_000)
    assert [await counters.take("a", RATE) for _ in range(2)] == [0, 1_000]


async def asking_how_long_counts_nothing(bus: Bus) -> None:
    counters = bus.counters[0]
    assert [await counters.wait_of("a", RATE) for _ in range(20)] == [0] * 20
    assert await counters.take("a", RATE) == 0


async def a_name_too_long_to_keep_is_refused(bus: Bus) -> None:
    with pytest.raises(BusUnavailable):
        await bus.counters[0].take("x" * (LONGEST_NAME + 1), RATE)


async def any_text_is_a_name(bus: Bus) -> None:
    counters = bus.counters[0]
    for name in ("", "*", "a b\r\nDEL x", "\ud800", "顧客/10.0.0.1"):
        assert [await counters.take(name, Rate(1, 1_000)) for _ in range(2)] == [0, 1_000]


async def two_servers_that_ask_at_once_let_one_burst_pass(bus: Bus) -> None:
    asked = [bus.counters[number % 2].take("a", RATE) for number in range(40)]
    answers = await asyncio.gather(*asked)
    assert answers.count(0) == RATE.count
    assert set(answers) == {0, 1_000}


async def counting_is_that_of_the_law(bus: Bus) -> None:
    """The same answers as `pass_through` for rates large and small and steps of time, on and off the beat."""
    for rate in (Rate(1, 60_000), Rate(7, 10_000), Rate(300, 600_000), Rate(4_000, 10_000)):
        state: int | None = None
        name = f"law/{rate.count}"
        for step in (0, 0, 1, 3, 33, 0, 1_428, 1_429, 0, 0, 0, 0, 0, 0, 0, 17):
            bus.clock.advance(step)
            law = pass_through(rate, state, bus.clock.now_ms())
            state = law.state
            assert await bus.counters[step % 2].take(name, rate) == law.retry_after_ms


async def a_ticket_is_redeemed_once_whoever_asks(bus: Bus) -> None:
    ticket = await bus.tickets[0].issue(GRANT)
    assert len(ticket) == TICKET_LENGTH
    answers = await asyncio.gather(*(bus.tickets[number % 2].redeem(ticket) for number in range(100)))
    assert [answer for answer in answers if answer is not None] == [GRANT]


async def a_ticket_dies_after_fifteen_seconds(bus: Bus) -> None:
    first, second = await bus.tickets[0].issue(GRANT), await bus.tickets[0].issue(GRANT)
    bus.clock.advance(TICKET_LIFE_MS - 1)
    assert await bus.tickets[1].redeem(first) == GRANT
    bus.clock.advance(1)
    assert await bus.tickets[1].redeem(second) is None


async def what_is_no_ticket_grants_nothing(bus: Bus) -> None:
    await bus.tickets[0].issue(GRANT)
    for text in ("", "x", "x" * 22, "\ud800" * 22, "x" * 10_000):
        assert await bus.tickets[0].redeem(text) is None


async def a_grant_comes_back_as_it_was(bus: Bus) -> None:
    for grant in (TicketGrant("oversight", "x" * 128), TicketGrant('a "b"', "\n", "会")):
        assert await bus.tickets[1].redeem(await bus.tickets[0].issue(grant)) == grant


async def nobody_present_may_claim_nothing(company: Company) -> None:
    assert not await company.presences[0].claim("ses_1")
    await company.presences[0].beat()
    assert await company.presences[0].claim("ses_1")


async def exactly_one_server_has_a_name(company: Company) -> None:
    for presence in company.presences:
        await presence.beat()
    claims = [company.presences[number % 2].claim("ses_1") for number in range(50)]
    answers = await asyncio.gather(*claims)
    assert {answers[0::2] == [True] * 25, answers[1::2] == [True] * 25} == {True, False}
    assert sum(answers) == 25


async def a_name_is_free_once_released_by_its_own_server(company: Company) -> None:
    first, second = company.presences
    await first.beat()
    await second.beat()
    assert await first.claim("ses_1")
    await second.release("ses_1")
    assert not await second.claim("ses_1")
    await first.release("ses_1")
    assert await second.claim("ses_1")


async def whose_presence_lapsed_has_nothing_and_is_told(company: Company) -> None:
    first, second = company.presences
    assert not (await first.beat()).kept
    assert (await first.beat()).kept
    await second.beat()
    assert await first.claim("ses_1")
    await company.lapse(0)
    assert not await first.claim("ses_2")
    assert await second.claim("ses_1")
    assert not (await first.beat()).kept
    assert not await first.claim("ses_1")


async def whoever_leaves_leaves_all(company: Company) -> None:
    first, second = company.presences
    await first.beat()
    await second.beat()
    assert await first.claim("ses_1")
    await first.leave()
    assert await second.claim("ses_1")


async def a_bus_that_begins_anew_has_another_run_and_knows_nobody(company: Company) -> None:
    first, second = company.presences
    run = (await first.beat()).run
    assert (await second.beat()).run == run
    assert await first.claim("ses_1")
    await company.restart()
    again = await first.beat()
    assert again.run != run
    assert not again.kept
    await second.beat()
    assert await second.claim("ses_1")


async def a_bell_wakes_the_other_server(company: Company) -> None:
    first, second = company.bells
    async with asyncio.timeout(HEARD_WITHIN_S):
        first.ring()
        await second.heard()  # or it is woken at first, since something may have been missed
        for _ in range(20):
            first.ring()
            await second.heard()
        second.ring()
        await first.heard()


LIMITS: tuple[Callable[[Bus], Awaitable[None]], ...] = (
    a_counter_lets_its_burst_pass_and_then_tells_how_long_to_wait,
    asking_how_long_counts_nothing,
    a_name_too_long_to_keep_is_refused,
    any_text_is_a_name,
    two_servers_that_ask_at_once_let_one_burst_pass,
    counting_is_that_of_the_law,
    a_ticket_is_redeemed_once_whoever_asks,
    a_ticket_dies_after_fifteen_seconds,
    what_is_no_ticket_grants_nothing,
    a_grant_comes_back_as_it_was,
)
TOGETHER: tuple[Callable[[Company], Awaitable[None]], ...] = (
    nobody_present_may_claim_nothing,
    exactly_one_server_has_a_name,
    a_name_is_free_once_released_by_its_own_server,
    whose_presence_lapsed_has_nothing_and_is_told,
    whoever_leaves_leaves_all,
    a_bus_that_begins_anew_has_another_run_and_knows_nobody,
    a_bell_wakes_the_other_server,
)
