"""Whoever floods the detectors, from outside, as one agent or about everybody at once, does not empty the floor."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import OpenedEntry
from server.flag_blocks import ALWAYS_ALLOWED, BLOCKED_FOR_MS, WITHIN_MS
from server.identity import new_id
from support.identity import StaffId
from support.staff import Role, Staff
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand
from verification.credentials import NO_PASSWORD

FLOOR = 40
ROUNDS = 4
ODD = 200
TOGETHER = 100  # entries
WITHIN_S = 60.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def floor_of(server: Stand) -> frozenset[StaffId]:
    people = frozenset(StaffId(new_id("sta")) for _ in range(FLOOR))
    for number, one in enumerate(sorted(people)):
        staff = Staff(one, f"floor{number}", "F", f"F-{number}", "Floor", Role.AGENT)
        await server.foundation.stores.staff.add(staff, NO_PASSWORD)
    return people


def browsing(agent: str, now_ms: int) -> Iterator[Event]:
    """More customers than anybody may look at, in a moment."""
    for number in range(31):
        viewed, customer = EventName.AGENT_CASE_VIEWED, f"cus_{agent}_{now_ms}_{number}"
        yield Event(
            viewed, Outcome.DONE, now_ms, Actor(ActorKind.AGENT, agent), case="cas_1", customer=customer
        )


def from_outside(now_ms: int) -> Iterator[Event]:
    """What strangers can have recorded: impostors reported, used codes tried, guesses sprayed."""
    for number in range(ODD):
        about = {"session": f"ses_{number}", "customer": f"cus_{number % 50}", "case": f"cas_{number}"}
        who = Actor(ActorKind.CUSTOMER, f"cus_{number % 50}")
        yield Event(EventName.CUSTOMER_IMPOSTOR_REPORTED, Outcome.DONE, now_ms, who, **about)  # type: ignore[arg-type]
        yield Event(EventName.CUSTOMER_CODE_REPLAYED, Outcome.REFUSED, now_ms, who, **about)  # type: ignore[arg-type]
        spraying: dict[str, Fact] = {
            "pattern": "source",
            "source": f"{number:08}",
            "accounts": 5,
            "sources": 1,
            "minutes": 10,
        }
        noticed, system = EventName.SYSTEM_SPRAYING_NOTICED, Actor(ActorKind.SYSTEM)
        yield Event(noticed, Outcome.DONE, now_ms, system, facts=spraying)


async def record(server: Stand, events: Iterator[Event]) -> None:
    every = list(events)
    for start in range(0, len(every), TOGETHER):
        await server.log.append_all(every[start : start + TOGETHER])


class Raised:
    """The flags that were recorded from here on."""

    def __init__(self, server: Stand) -> None:
        self._flags: list[Event] = []
        self._more = asyncio.Event()
        server.log.subscribe(self._hear)

    async def by(self, detector: str, wanted: int) -> list[Event]:
        """As soon as there are so many of them; those of the same moment with them."""
        async with asyncio.timeout(WITHIN_S):
            while len(found := [one for one in self._flags if one.facts["detector"] == detector]) < wanted:
                self._more.clear()
                await self._more.wait()
        return found

    def _hear(self, entry: OpenedEntry) -> None:
        if entry.event is not None and entry.event.name is EventName.SYSTEM_FLAG_RAISED:
            self._flags.append(entry.event)
            self._more.set()


async def blocked(server: Stand, people: frozenset[StaffId]) -> set[str]:
    found = await server.foundation.stores.staff.find_all(people)
    return {one for one in people if found[one].blocked(server.clock.now_ms())}


async def test_a_flood_about_everybody_stops_three_at_a_time_and_the_rest_is_told_as_withheld(
    server: Stand,
) -> None:
    people, seen, raised = await floor_of(server), 0, Raised(server)
    for number in range(ROUNDS):
        now = server.clock.now_ms()
        await record(server, (event for one in people for event in browsing(one, now)))
        flags = (await raised.by("burst", FLOOR * (number + 1)))[FLOOR * number :]
        actions = [event.facts["action"] for event in flags]
        assert actions.count("block") + actions.count("withheld") == FLOOR
        assert actions.count("block") <= ALWAYS_ALLOWED
        now_blocked = await blocked(server, people)
        assert len(now_blocked) <= ALWAYS_ALLOWED * (BLOCKED_FOR_MS // WITHIN_MS), (
            "a quarter of this floor at most"
        )
        seen = max(seen, len(now_blocked))
        server.clock.shift_ms += WITHIN_MS + 1_000
    assert seen >= ALWAYS_ALLOWED, "some are stopped: the breaker is no way to switch blocks off"
    async with Browser(server) as agent:
        assert (await agent.sign_in("agent")).status == 201, "who is not blocked goes on working"


async def test_strangers_who_make_thousands_of_odd_entries_block_nobody(server: Stand) -> None:
    people, raised = await floor_of(server), Raised(server)
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        await record(server, from_outside(server.clock.now_ms()))
        flags = await raised.by("introduction_failed", ODD)
        assert len(await raised.by("spraying", ODD)) == ODD
        assert "block" not in {event.facts["action"] for event in flags}
        assert await blocked(server, people) == set()
        assert (await agent.ask("GET", "/cases")).status == 200


async def test_one_agent_who_tries_one_door_after_another_is_stopped_and_nobody_else(server: Stand) -> None:
    raised = Raised(server)
    async with Browser(server) as bad, Browser(server) as other:
        await bad.sign_in("agent")
        await other.sign_in("agent2")
        answers = await asyncio.gather(*(bad.ask("GET", f"/cases/{new_id('cas')}") for _ in range(60)))
        assert 404 in {answer.status for answer in answers}
        async with asyncio.timeout(WITHIN_S):
            while (await bad.ask("GET", "/cases")).status != 401:
                continue
        assert (await other.ask("GET", "/cases")).status == 200
        found = await raised.by("refused_access", 1)
        while "block" not in {event.facts["action"] for event in found}:
            found = await raised.by("refused_access", len(found) + 1)
        assert len({event.facts["target"] for event in found}) == 1
