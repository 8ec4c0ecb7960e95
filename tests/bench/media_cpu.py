"""CPU and memory of the server side, ours, Janus' and aiortc's MediaRelay's, in one run (`media.cpu`, `media.memory`).

Publishers and viewers are here; each server is a process of its own, and only its CPU time counts. A stream-second is
ten frames *delivered*, so a server that falls behind is not praised for it. Ours runs with all that a browser adds:
transport-wide numbers, feedback every 100 ms, leases renewed every 0.5 s. The figure is the median of the rounds, in
which ours and Janus take turns; `load` is the machine's load average. Memory is what a stream adds once its resend
buffer is full.
"""

import asyncio
import os
import statistics
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence

from tests.bench.media_janus import PeerMissing, janus
from tests.bench.media_load import Opening, our_gate, streaming
from tests.bench.media_relay import MediaRelayServer, RelayedStreams
from tests.bench.media_stream import FRAMES_PER_SECOND, as_if_encrypted, encoded
from tests.bench.spent import cpu_seconds, memory_bytes
from tests.bench.table import Row, row

STREAMS = (1, 8, 16)
ROUNDS = 3
FRAMES = 4 * FRAMES_PER_SECOND
WARM_UP_S = 2.0
MEASURED_S = 6.0
CPU_UNIT = "CPU-ms per stream-second"
_FILLED_S = 5.0  # more, and the resend buffers are full


def rows(address: str) -> Iterator[Row]:
    plain = encoded(FRAMES)
    kinds = {"plain": plain, "encrypted": as_if_encrypted(plain)}
    for count in STREAMS:
        relayed = asyncio.run(relay_cost(plain, count))
        for kind, frames in kinds.items():
            ours, theirs = _in_turn(address, frames, count)
            against = {"Janus": theirs} if theirs else {}
            against |= {"MediaRelay": relayed} if kind == "plain" else {}
            where: dict[str, int | float | str] = {"streams": count, "payload": kind}
            where["load"] = round(os.getloadavg()[0], 1)
            yield row("media.cpu", where, CPU_UNIT, ours, against)
    yield _memory(address, plain, STREAMS[-1])


def _in_turn(address: str, frames: Sequence[bytes], count: int) -> tuple[float, float | None]:
    ours, theirs = list[float](), list[float]()
    for _ in range(ROUNDS):
        ours.append(asyncio.run(forwarding_cost(our_gate(address), frames, count)))
        try:
            theirs.append(asyncio.run(forwarding_cost(janus(address), frames, count)))
        except PeerMissing as missing:
            sys.stderr.write(f"Nothing to compare with: {missing}\n")
    return statistics.median(ours), statistics.median(theirs) if theirs else None


async def forwarding_cost(opening: Opening, frames: Sequence[bytes], count: int) -> float:
    async with opening() as server, streaming(server, frames, count) as load:

        async def used() -> float:
            return cpu_seconds(server.pid)

        return await _cost(used, lambda: load.frames)


async def relay_cost(frames: Sequence[bytes], count: int) -> float:
    async with MediaRelayServer() as server:
        streams = RelayedStreams(frames, FRAMES_PER_SECOND)
        for _ in range(count):
            await streams.connect(server)
        figure = await _cost(server.cpu_seconds, lambda: streams.delivered)
        await streams.close()
    return figure


async def _cost(used: Callable[[], Awaitable[float]], delivered: Callable[[], int]) -> float:
    """CPU-milliseconds of the server for ten delivered frames."""
    await asyncio.sleep(WARM_UP_S)
    cpu, frames = await used(), delivered()
    await asyncio.sleep(MEASURED_S)
    cpu, frames = await used() - cpu, delivered() - frames
    if not frames:
        raise RuntimeError("no frame was delivered: the figure would mean nothing")
    return cpu * 1000 / (frames / FRAMES_PER_SECOND)


def _memory(address: str, frames: Sequence[bytes], count: int) -> Row:
    ours = asyncio.run(_memory_of(our_gate(address), frames, count))
    try:
        against = {"Janus": asyncio.run(_memory_of(janus(address), frames, count))}
    except PeerMissing:
        against = {}
    return row("media.memory", {"streams": count}, "MB per stream", ours, against)


async def _memory_of(opening: Opening, frames: Sequence[bytes], count: int) -> float:
    async with opening() as server:
        before = memory_bytes(server.pid)
        async with streaming(server, frames, count):
            await asyncio.sleep(WARM_UP_S + MEASURED_S + _FILLED_S)
            return (memory_bytes(server.pid) - before) / count / 1e6
