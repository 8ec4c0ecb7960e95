"""From an agent's browsing to their block, and to who lifts it: over HTTP and in the log."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.detectors import Action, Flag, TargetKind
from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import OpenedEntry
from server.flag_blocks import BLOCKED_FOR_MS, WITHIN_MS, Breaker, FlagBlocks
from server.flags import UNRECORDED_AT_MOST_MS
from server.identity import new_id
from session.identity import SessionId
from support.case import Case, CaseState, Origin
from support.customer import Customer
from support.identity import CaseId, CustomerId, StaffId
from support.staff import Role, Staff
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand
from verification.credentials import NO_PASSWORD

AT_ONCE_S = 1.0
WITHIN_S = 30.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as server:
        yield server


async def cases_for(server: Stand, agent: str, number: int) -> list[str]:
    """Open ones of as many customers, all properly assigned: nothing here is refused."""
    stores, now = server.foundation.stores, server.clock.now_ms()
    cases: list[str] = []
    for count in range(number):
        customer, case = CustomerId(new_id("cus")), CaseId(new_id("cas"))
        await stores.customers.add(Customer(customer, f"B-{count}", f"Customer {count}", (), now))
        await stores.cases.add(
            Case(case, f"BC-{count}", customer, Origin.CUSTOMER, "Lost", StaffId(agent), CaseState.OPEN, now)
        )
        cases.append(case)
    return cases


async def shut_out(agent: Browser) -> None:
    while (await agent.ask("GET", "/cases")).status != 401:
        continue


async def agents_id(server: Stand, username: str = "agent") -> str:
    found = await server.foundation.stores.staff.find_by_username(username)
    assert found is not None
    return found.id


async def test_who_opens_record_after_record_is_stopped_within_a_second_and_an_officer_sees_why(
    server: Stand,
) -> None:
    agent = await agents_id(server)
    async with (
        Browser(server) as officer,
        in_sharing(server) as share,
        Browser(server) as again,
    ):
        await officer.sign_in("officer", "security")
        cases = await cases_for(server, agent, 31)
        async with officer.socket(purpose="oversight") as oversight:
            seen = [(await share.agent.ask("GET", f"/cases/{case}")).status for case in cases]
            assert set(seen[:30]) == {200}
            async with asyncio.timeout(AT_ONCE_S):
                bye = await share.agent_socket.next("bye")
                assert not server.gate.forwarding(SessionId(share.session))
                await shut_out(share.agent)
            assert bye["reason"] in {"ended", "signed_out"}
            assert (await again.sign_in("agent")).status == 401
            while not (flags := (await oversight.next("state"))["view"]["flags"]):
                continue
        (flag,) = flags
        assert (flag["detector"], flag["action"], flag["target"]) == ("burst", "block", agent)
        assert (flag["agent"]["number"], flag["sentence_key"]) == ("A-104", "flag.burst")
        assert flag["facts"] == {"customers": 31, "minutes": 10, "cap": 30}
        (recorded,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        assert recorded.facts["action"] == "block"
        assert await server.recorded(EventName.SYSTEM_BLOCK_ENFORCED)
        server.clock.shift_ms += BLOCKED_FOR_MS + 1_000
        assert (await again.sign_in("agent")).status == 201


async def test_an_agent_who_tries_what_is_not_theirs_is_flagged_and_then_blocked(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        for _ in range(10):
            refused = await agent.ask("GET", f"/cases/{new_id('cas')}")
            assert refused.status == 404
        async with asyncio.timeout(AT_ONCE_S):
            await shut_out(agent)
        async with asyncio.timeout(WITHIN_S):
            while len(raised := await server.recorded(EventName.SYSTEM_FLAG_RAISED)) < 2:
                continue
        assert [event.facts["action"] for event in raised] == ["flag", "block"]


async def test_flags_alone_cannot_empty_the_floor(server: Stand) -> None:
    people, stores = [], server.foundation.stores
    for number in range(5):
        staff = Staff(StaffId(new_id("sta")), f"floor{number}", "F", f"F-{number}", "Floor", Role.AGENT)
        await stores.staff.add(staff, NO_PASSWORD)
        people.append(staff)
    blocks = FlagBlocks(server.composed.blocking, stores.staff_roll, server.clock)
    now = server.clock.now_ms()
    done = [await blocks.carry_out(_asked(staff.id), now) for staff in people]
    assert done == [Action.BLOCK] * 3 + [Action.WITHHELD] * 2
    assert await blocks.carry_out(_asked(people[0].id), now) is Action.BLOCK, "who is blocked stays so"
    found = await stores.staff.find_all(frozenset(staff.id for staff in people))
    assert [found[staff.id].blocked(now) for staff in people] == [True] * 3 + [False] * 2


async def test_a_flags_block_never_shortens_another_and_an_old_one_blocks_nobody(server: Stand) -> None:
    agent, stores, now = StaffId(await agents_id(server)), server.foundation.stores, server.clock.now_ms()
    blocks = FlagBlocks(server.composed.blocking, stores.staff_roll, server.clock)
    assert await blocks.carry_out(_asked(agent), now - BLOCKED_FOR_MS) is Action.FLAG
    until = now + 10 * BLOCKED_FOR_MS
    await stores.staff.block(agent, until)
    assert await blocks.carry_out(_asked(agent), now) is Action.BLOCK
    found = await stores.staff.find(agent)
    assert found is not None
    assert found.blocked_until_ms == until


def test_the_breaker_lets_a_twentieth_of_a_large_floor_be_blocked_and_closes_again() -> None:
    breaker, now = Breaker(), 1_000_000
    for number in range(10):
        assert breaker.allows(f"sta_{number}", 200, now)
        breaker.count(f"sta_{number}", now)
    assert not breaker.allows("sta_more", 200, now)
    assert not breaker.allows("sta_more", 0, now)
    assert breaker.allows("sta_more", 200, now + WITHIN_MS)


def _asked(agent: str) -> Flag:
    return Flag("burst", agent, 1.0, "flag.burst", Action.BLOCK, {}, (1,), TargetKind.AGENT)


def browsed(agent: str, at_ms: int, first: int) -> list[OpenedEntry]:
    """31 customers within half a minute, as the log's tail has it."""
    return [
        OpenedEntry(
            first + number,
            (first + number).to_bytes(16, "big"),
            Event(
                EventName.AGENT_CASE_VIEWED,
                Outcome.DONE,
                at_ms + 1_000 * number,
                Actor(ActorKind.AGENT, agent),
                customer=f"cus_{number}",
            ),
        )
        for number in range(31)
    ]


async def test_after_a_start_only_what_the_stop_cut_off_is_raised_and_still_blocks(server: Stand) -> None:
    now = server.clock.now_ms()
    agent, other = await agents_id(server), await agents_id(server, "agent2")
    tail = browsed(other, now - UNRECORDED_AT_MOST_MS - 120_000, 1_000) + browsed(agent, now - 60_000, 2_000)
    server.composed.flags.learn(tail)
    async with asyncio.timeout(WITHIN_S):
        while not (raised := await server.recorded(EventName.SYSTEM_FLAG_RAISED)):
            continue
    assert [(event.facts["target"], event.facts["action"]) for event in raised] == [(agent, "block")]
    found = await server.foundation.stores.staff.find(StaffId(agent))
    assert found is not None
    assert found.blocked_until_ms == now - 60_000 + 30_000 + BLOCKED_FOR_MS
