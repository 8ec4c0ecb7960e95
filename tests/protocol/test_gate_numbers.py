"""What operators are told of each gate process, from real ones."""

import asyncio
import os
import signal

from prometheus_client.samples import Sample

from server.gate_numbers import gate_families
from server.gate_watch import GateWatch
from session.gate_port import GateEvent, GateLost
from session.media.gates import Gates
from session.media.settings import GateSettings
from tests.protocol.gate_peers import connected_pair
from tests.protocol.gate_share import flowing, granting, named, running_gates


def samples(watch: GateWatch) -> dict[str, dict[str, float]]:
    """Name, then process: its value."""
    found: dict[str, dict[str, float]] = {}
    every: list[Sample] = [sample for family in gate_families(watch.latest) for sample in family.samples]
    for sample in every:
        found.setdefault(sample.name, {})[sample.labels["process"]] = sample.value
    return found


async def test_each_process_tells_its_memory_its_pictures_and_what_one_costs() -> None:
    async with running_gates(GateSettings(processes=2)) as gates:
        watch = GateWatch(gates)
        seen: list[GateEvent] = []
        customer, agent = await connected_pair(gates, named(0))
        async with asyncio.TaskGroup() as group:
            following = group.create_task(granting(gates, seen))
            await flowing(customer, agent)
            await watch.look()
            for _ in range(50):
                await flowing(customer, agent)
            await watch.look()
            following.cancel()
        told = samples(watch)
        assert told["tachiai_gate_sessions"] == told["tachiai_gate_flowing"] == {"1": 1, "2": 0}
        assert all(held > 5_000_000 for held in told["tachiai_gate_memory_bytes"].values())
        assert told["tachiai_gate_cpu_seconds_per_picture"].keys() == {"1"}
        assert told["tachiai_gate_cpu_seconds_per_picture"]["1"] > 0
        assert told["tachiai_gate_forwarded_packets_total"]["1"] >= 50
        assert watch.state().load is not None
        customer.stop()
        agent.stop()


async def test_a_process_that_is_gone_is_told_apart_from_the_others() -> None:
    async with running_gates(GateSettings(processes=2)) as gates:
        watch = GateWatch(gates)
        await watch.look()
        assert samples(watch)["tachiai_gate_process_up"] == {"1": 1, "2": 1}
        await lost_one(gates)
        await watch.look()
        assert samples(watch)["tachiai_gate_process_up"] == {"1": 1, "2": 0}
        assert samples(watch)["tachiai_gate_sessions"].keys() == {"1"}
        assert watch.state().running


async def lost_one(gates: Gates) -> None:
    """The second; read before it is started again."""
    pid = gates.pids[1]
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async for event in gates.events():
        if isinstance(event, GateLost):
            return
