"""The machine under it: clock, disk, limits, the gate. Pure."""

from collections.abc import Iterator
from typing import Final

from server.checklist.facts import Bus, Disk, Facts, GateState, Installation, Machine
from server.checklist.finding import Found, Values
from server.clock import DRIFT_ALLOWED_MS

OLDEST_PYTHON: Final = (3, 11)
FULL_BELOW_MIB: Final = 1_024
LITTLE_BELOW_MIB: Final = 5_120
UDP_BUFFER_KIB: Final = 4_096  # what the gate asks for; the kernel gives no more than its own limit
HEAVY_FROM: Final = 0.7  # of one core: the gate runs on one


def of_machine(facts: Facts) -> Iterator[Found]:
    machine = facts.machine
    yield _clock(machine)
    if machine.disk is not None:
        yield _disk(machine.disk)
    yield _descriptors(machine)
    yield _udp_buffer(machine.udp_buffer_kib)
    yield _bus(facts.bus)
    yield Found("server", facts.server.value)
    if facts.gate is not None:
        yield from _gate(facts.gate)
    yield from _installation(facts.installation)


def _clock(machine: Machine) -> Found:
    if machine.clock_past:
        return Found("clock", "past")
    if abs(machine.drift_ms) > DRIFT_ALLOWED_MS:
        return Found("clock", "moved", {"seconds": round(abs(machine.drift_ms) / 1000)})
    if machine.clock_held is None:
        return Found("clock", "unknown")
    return Found("clock", "held" if machine.clock_held else "free")


def _disk(disk: Disk) -> Found:
    values: Values = {"mib": disk.free_mib, "folder": disk.path}
    if disk.free_mib < FULL_BELOW_MIB:
        return Found("disk", "full", values)
    return Found("disk", "little" if disk.free_mib < LITTLE_BELOW_MIB else "roomy", values)


def _descriptors(machine: Machine) -> Found:
    may, needed = machine.descriptors, machine.descriptors_needed
    if may is not None and may < needed:
        return Found("descriptors", "few", {"count": may, "needed": needed})
    return Found("descriptors", "enough")


def _udp_buffer(kib: int | None) -> Found:
    if kib is None:
        return Found("udp_buffer", "unknown")
    return Found("udp_buffer", "small" if kib < UDP_BUFFER_KIB else "enough", {"kib": kib})


def _bus(bus: Bus) -> Found:
    values: Values = {"version": bus.version, "eviction": bus.eviction}
    return Found("bus", bus.state.value, {name: value for name, value in values.items() if value})


def _installation(installation: Installation) -> Iterator[Found]:
    version = ".".join(str(part) for part in installation.python)
    yield Found("python", "new" if installation.python >= OLDEST_PYTHON else "old", {"version": version})
    if installation.trouble is not None:
        yield Found("packages", "apart", {"sentence": installation.trouble})
    else:
        yield Found("packages", "together", {"folder": installation.folder})


def _gate(gate: GateState) -> Iterator[Found]:
    if gate.trouble is not None:
        yield Found("gate", "unable", {"sentence": gate.trouble})
        return
    if gate.running and gate.tried:
        yield Found("gate", "able")
    else:
        yield Found("gate", "running" if gate.running else "down")
    if gate.running and gate.load is not None:
        heavy = gate.load >= HEAVY_FROM
        yield Found("gate_load", "heavy" if heavy else "light", {"percent": round(gate.load * 100)})
