"""Several gate processes behind one port: who goes where, and what is left when one is full or lost."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable

import pytest

from session.gate_port import GateEvent, GateLost, GateUnavailable, Leg, Stamp
from session.media.settings import GateSettings
from tests.protocol.gate_peers import KEY_FRAME, RawPeer, connected_pair, reached_at
from tests.protocol.gate_share import flowing, granting, named, running_gates

OFFER = RawPeer(Leg.CUSTOMER).description("sendonly", "actpass")


async def test_sessions_are_spread_evenly_and_each_is_told_its_own_port() -> None:
    async with running_gates(GateSettings(processes=3)) as gates:
        opened = [await gates.open(named(number), OFFER) for number in range(6)]
        ports = [reached_at(each.answer_to_customer, 4)[1] for each in opened]
        assert [process.sessions for process in gates.processes] == [2, 2, 2]
        assert sorted(set(ports)) == sorted(process.port for process in gates.processes)
        assert [reached_at(each.offer_to_agent, 4)[1] for each in opened] == ports


async def test_a_new_session_goes_where_the_fewest_are() -> None:
    async with running_gates(GateSettings(processes=2)) as gates:
        for number in range(4):
            await gates.open(named(number), OFFER)
        first = next(process for process in gates.processes if process.serves(named(0)))
        for number in range(4):
            if first.serves(named(number)):
                gates.close(named(number))
        await gates.open(named(4), OFFER)
        await gates.open(named(5), OFFER)
        assert (first.serves(named(4)), first.serves(named(5))) == (True, True)


async def test_a_session_that_is_opened_anew_stays_with_its_process() -> None:
    async with running_gates(GateSettings(processes=2)) as gates:
        await gates.open(named(0), OFFER)
        (home,) = (process for process in gates.processes if process.serves(named(0)))
        for _ in range(3):
            await gates.open(named(0), OFFER)
        assert home.serves(named(0))
        assert sum(process.sessions for process in gates.processes) == 1


async def test_ports_follow_one_another_from_the_one_that_is_set() -> None:
    first = two_free_ports()
    async with running_gates(GateSettings(processes=2, port=first)) as gates:
        assert [process.port for process in gates.processes] == [first, first + 1]


async def test_a_full_process_passes_a_session_on_and_when_all_are_full_that_is_said() -> None:
    async with running_gates(GateSettings(processes=2, max_sessions=1)) as gates:
        for number in range(2):
            await gates.open(named(number), OFFER)
        with pytest.raises(GateUnavailable, match="full"):
            await gates.open(named(2), OFFER)
        gates.close(named(0))
        await gates.open(named(2), OFFER)
        assert [process.sessions for process in gates.processes] == [1, 1]


async def test_while_one_process_is_down_the_other_takes_new_sessions() -> None:
    async with running_gates(GateSettings(processes=2)) as gates:
        pid = gates.pids[0]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await next_of(gates.events(), GateLost)
        await gates.open(named(0), OFFER)
        await gates.open(named(1), OFFER)
        assert gates.pid is not None


async def test_a_process_that_hangs_costs_an_opening_its_time_and_no_more() -> None:
    async with running_gates(GateSettings(processes=2), answer_s=0.3) as gates:
        pid = gates.pids[0]
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(GateUnavailable):
            await gates.open(named(0), OFFER)
        os.kill(pid, signal.SIGCONT)
        assert [process.sessions for process in gates.processes] == [0, 0]


async def test_a_crash_ends_the_sessions_of_its_process_and_a_share_at_the_other_goes_on() -> None:
    async with running_gates(GateSettings(processes=2)) as gates:
        shares = [await connected_pair(gates, named(number)) for number in range(2)]
        seen: list[GateEvent] = []
        async with asyncio.TaskGroup() as group:
            following = group.create_task(granting(gates, seen))
            for customer, agent in shares:
                await flowing(customer, agent)
            (home,) = (process for process in gates.processes if process.serves(named(0)))
            assert home.pid is not None
            os.kill(home.pid, signal.SIGKILL)
            customer, agent = shares[1]
            await until(lambda: GateLost((named(0),)) in seen)
            await flowing(customer, agent)
            await until(lambda: home.running)  # started again by itself
            await gates.open(named(2), OFFER)
            assert home.serves(named(2))
            assert [event for event in seen if isinstance(event, GateLost)] == [GateLost((named(0),))]
            following.cancel()
        for peer in (peer for pair in shares for peer in pair):
            peer.stop()


async def test_what_is_revoked_while_a_session_is_being_placed_stays_revoked() -> None:
    async with running_gates(GateSettings(processes=2, max_sessions=1)) as gates:
        await gates.open(named(0), OFFER)
        full = next(process for process in gates.processes if process.serves(named(0)))
        free = next(process for process in gates.processes if process is not full)
        await free.open(named(1), OFFER)
        free.close(named(1))
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(connected_pair(gates, named(2)))
            await asyncio.sleep(0)  # it has asked
            gates.revoke(named(2), 4)
        customer, agent = opening.result()
        async for event in gates.events():
            if isinstance(event, Stamp) and event.session == named(2):
                gates.renew(named(2), 4, event.stamp)
                break
        customer.send(KEY_FRAME)
        await customer.check()
        assert [each.drops["lease"] for each in await gates.measured() if each and each.sessions] != [0, 0]
        assert agent.rtp == []
        customer.stop()
        agent.stop()


async def test_every_process_is_measured_and_one_that_is_lost_by_none() -> None:
    async with running_gates(GateSettings(processes=2)) as gates:
        await gates.open(named(0), OFFER)
        measured = await gates.measured()
        assert sorted(each.sessions for each in measured if each) == [0, 1]
        assert [each.pid for each in measured if each] == list(gates.pids)
        pid = gates.pids[1]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await next_of(gates.events(), GateLost)
        assert [each is None for each in await gates.measured()] == [False, True]


@pytest.mark.parametrize("processes", [0, 33])
def test_a_number_of_processes_that_cannot_be_is_refused(processes: int) -> None:
    with pytest.raises(ValueError, match="1 to 32 processes"):
        GateSettings(processes=processes)


def test_a_port_that_leaves_no_room_for_the_others_is_refused() -> None:
    with pytest.raises(ValueError, match="each of its processes"):
        GateSettings(port=65_535, processes=2)


async def next_of(events: AsyncIterator[GateEvent], kind: type[GateEvent]) -> GateEvent:
    async with asyncio.timeout(5):
        async for event in events:
            if isinstance(event, kind):
                return event
    raise AssertionError("the events ended")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(8):
        while not condition():  # noqa: ASYNC110 - a process that starts tells nobody here
            await asyncio.sleep(0.01)


def two_free_ports() -> int:
    """The first of two neighbours that nobody has."""
    for port in range(42_000, 60_000, 2):
        with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two ports are free")
