"""What passing a message from one page to the other costs, with all that is asked about it (`signalling.*`).

Messages of 300 bytes go from one end of each session to the other, at the same rate through each of three servers in
turn: ours (an agent draws: see `signalling_peers`), aiohttp alone, which is the ceiling, and PeerJS. Only ours limits
rates: a page may send fifty messages a second, and a pointer moves fifteen times.

`signalling.cpu_per_message`: microseconds of the server's CPU for one message, less what the same sockets cost while
nothing is said (`idle_cpu`, of a core). One session alone says too little for its cost to be told from that.
`signalling.latency`: from the sending to the other end's having it, in this process, which is busy too (`client_cpu`).
`signalling.throughput`: messages a second that came through when more were offered than pages send.
`signalling.memory`: megabytes resident with every session joined. `signalling.join_to_offer`: from the second page's
connecting to the other end's having its offer; the ticket for it was got before.
"""

import asyncio
import os
import sys
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from tests.bench.signalling_peers import (
    Ours,
    Pair,
    PeerMissing,
    Relay,
    Server,
    cpu_s,
    ours,
    peerjs,
    plain,
    resident_mb,
)
from tests.bench.table import Row, row, show

SIZES: Final = (1, 100, 1_000)
EACH_SECOND: Final = {1: 14.0, 100: 14.0, 1_000: 3.0}
OFFERED_TO_EACH: Final = 10.0
FOR_S: Final = 8.0
IDLE_S: Final = 5.0
SETTLES_S: Final = 1.0
JOINS_LOOKED_AT: Final = 100
LEAST_MESSAGES: Final = 500  # below, CPU is not told from noise


@dataclass(slots=True)
class Heard:
    """What came through, and when."""

    ms: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        times = sorted(self.ms)
        return times[min(len(times) - 1, int(len(times) * share))]


@dataclass(frozen=True, slots=True)
class Figures:
    offered: int
    heard: Heard
    seconds: float
    cpu_s: float
    idle_cpu: float
    client_cpu: float

    def cpu_us(self) -> float:
        return 1e6 * (self.cpu_s - self.idle_cpu * self.seconds) / max(1, len(self.heard.ms))


@dataclass(slots=True)
class Measured:
    """Of one server; by the number of sessions."""

    at: dict[int, Figures] = field(default_factory=dict)
    flood: Figures | None = None
    memory_mb: dict[int, float] = field(default_factory=dict)
    join_ms: list[float] = field(default_factory=list)


class Crowd:
    """All pairs of one server that have joined, each with somebody who listens."""

    def __init__(self, server: Server, group: asyncio.TaskGroup) -> None:
        self.server, self.pairs, self._group = server, list[Pair](), group
        self._heard = Heard()
        self._sent: dict[tuple[int, int], float] = {}
        self._next = 0
        self._listeners: list[asyncio.Task[None]] = []

    async def grow(self, size: int) -> None:
        while len(self.pairs) < size:
            pair = await self.server.join(len(self.pairs))
            self.pairs.append(pair)
            self._listeners += [
                self._group.create_task(self._listen(pair)),
                self._group.create_task(_discard(pair.speaker)),
            ]

    def leave(self) -> None:
        for listener in self._listeners:
            listener.cancel()

    async def measured(self, each_second: float, for_s: float) -> Figures:
        idle_cpu = await self._idle()
        self._heard, self._sent = Heard(), {}
        began, before, own = time.perf_counter(), cpu_s(self.server.pid), time.process_time()
        await asyncio.gather(*(self._speak(pair, each_second, began + for_s) for pair in self.pairs))
        await asyncio.sleep(SETTLES_S)
        seconds = time.perf_counter() - began
        spent, own = cpu_s(self.server.pid) - before, time.process_time() - own
        return Figures(self._next, self._heard, seconds, spent, idle_cpu, own / seconds)

    async def _idle(self) -> float:
        await asyncio.sleep(SETTLES_S)
        self._next = 0
        before, began = cpu_s(self.server.pid), time.perf_counter()
        await asyncio.sleep(IDLE_S)
        return (cpu_s(self.server.pid) - before) / (time.perf_counter() - began)

    async def _speak(self, pair: Pair, each_second: float, until: float) -> None:
        await asyncio.sleep(pair.number / len(self.pairs) / each_second)  # not all at once
        due = time.perf_counter()
        while (now := time.perf_counter()) < until:
            sequence, self._next = self._next, self._next + 1
            self._sent[pair.number, sequence] = now
            await pair.speaker.send_str(self.server.text(pair, sequence))
            due += 1 / each_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def _listen(self, pair: Pair) -> None:
        while (frame := await pair.hearer.receive()).type is aiohttp.WSMsgType.TEXT:
            if (sequence := self.server.sequence(frame.data)) is None:
                continue
            if (began := self._sent.pop((pair.number, sequence), None)) is not None:
                self._heard.ms.append(1000 * (time.perf_counter() - began))


async def _discard(socket: aiohttp.ClientWebSocketResponse) -> None:
    while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
        continue


def main(*, json: bool) -> int:
    show(asyncio.run(_rows()), as_json=json)
    return 0


async def _rows() -> list[Row]:
    async with ours() as server:
        our = await _measured(server, SIZES)
    theirs = {}
    for name, peer in (("aiohttp", plain()), ("PeerJS", peerjs())):
        if (found := await _of_peer(name, peer)) is not None:
            theirs[name] = found
    return [*_rows_of_sizes(our, theirs), *_rows_of_the_crowd(our, theirs)]


async def _of_peer(name: str, peer: AbstractAsyncContextManager[Relay]) -> Measured | None:
    try:
        async with peer as server:
            return await _measured(server, SIZES)
    except PeerMissing as reason:
        sys.stderr.write(f"{name} IS NOT MEASURED: {reason}\n")
        return None


async def _measured(server: Ours | Relay, sizes: tuple[int, ...]) -> Measured:
    found = Measured()
    async with asyncio.TaskGroup() as group:
        crowd = Crowd(server, group)
        for size in sizes:
            if isinstance(server, Ours):
                await server.open(size)
            await crowd.grow(size)
            found.memory_mb[size] = resident_mb(server.pid)
            found.at[size] = await crowd.measured(EACH_SECOND[size], FOR_S)
            if size == SIZES[-1]:
                found.flood = await crowd.measured(OFFERED_TO_EACH, FOR_S)
        found.join_ms = [pair.offered_ms for pair in crowd.pairs[:JOINS_LOOKED_AT]]
        crowd.leave()
    return found


def _rows_of_sizes(our: Measured, theirs: dict[str, Measured]) -> list[Row]:
    rows = []
    for size, figures in our.at.items():
        peers = {name: found.at[size] for name, found in theirs.items() if size in found.at}
        at = {"sessions": size, "each_second": EACH_SECOND[size], **_shared(figures)}
        if len(figures.heard.ms) >= LEAST_MESSAGES:
            rows.append(_cost(at, figures, peers))
        p99 = {f"{name}_p99": round(found.heard.percentile(0.99), 2) for name, found in peers.items()}
        at = {**at, "p99": round(figures.heard.percentile(0.99), 2), **p99}
        against = {name: round(found.heard.percentile(0.5), 2) for name, found in peers.items()}
        rows.append(row("signalling.latency", at, "ms", round(figures.heard.percentile(0.5), 2), against))
    return rows


def _cost(at: dict[str, int | float | str], figures: Figures, peers: dict[str, Figures]) -> Row:
    against = {name: round(found.cpu_us(), 1) for name, found in peers.items()}
    return row("signalling.cpu_per_message", at, "us", round(figures.cpu_us(), 1), against)


def _rows_of_the_crowd(our: Measured, theirs: dict[str, Measured]) -> list[Row]:
    rows = []
    if our.flood is not None:
        floods = {name: found.flood for name, found in theirs.items() if found.flood is not None}
        at = {"sessions": SIZES[-1], "offered": round(SIZES[-1] * OFFERED_TO_EACH), **_shared(our.flood)}
        against = {name: _each_second(flood) for name, flood in floods.items()}
        rows.append(row("signalling.throughput", at, "/s", _each_second(our.flood), against))
        rows.append(_cost(at, our.flood, floods))
    for size, ours_mb in our.memory_mb.items():
        against = {
            name: round(found.memory_mb[size], 1) for name, found in theirs.items() if size in found.at
        }
        grown = round(ours_mb - our.memory_mb[SIZES[0]], 1)
        rows.append(
            row("signalling.memory", {"sessions": size, "grown": grown}, "MB", round(ours_mb, 1), against)
        )
    against = {name: round(_median(found.join_ms), 2) for name, found in theirs.items()}
    at = {"joins": len(our.join_ms), "load": round(os.getloadavg()[0], 1)}
    rows.append(row("signalling.join_to_offer", at, "ms", round(_median(our.join_ms), 2), against))
    return rows


def _shared(figures: Figures) -> dict[str, int | float | str]:
    return {
        "lost": figures.offered - len(figures.heard.ms),
        "idle_cpu": round(figures.idle_cpu, 3),
        "client_cpu": round(figures.client_cpu, 2),
    }


def _each_second(figures: Figures) -> float:
    return round(len(figures.heard.ms) / (figures.seconds - SETTLES_S), 0)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
