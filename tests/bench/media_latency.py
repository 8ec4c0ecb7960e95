"""From a packet's sending to its arrival behind the server, under eight streams (`media.latency`).

Each packet says when it was handed to the sender's kernel; the viewer's kernel stamps it when it arrives. So what is
measured is the way through both kernels and the server, and no wait of this process.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence

from tests.bench.media_janus import PeerMissing, janus
from tests.bench.media_load import Opening, our_gate, streaming
from tests.bench.media_stream import FRAMES_PER_SECOND, encoded
from tests.bench.table import Row, row

STREAMS = 8
SHARES = {50: 0.50, 99: 0.99}
WARM_UP_S = 2.0
MEASURED_S = 15.0


def rows(address: str) -> Iterator[Row]:
    frames = encoded(4 * FRAMES_PER_SECOND)
    ours = asyncio.run(delays_ms(our_gate(address), frames))
    try:
        theirs = asyncio.run(delays_ms(janus(address), frames))
    except PeerMissing:
        theirs = []
    for percentile in SHARES:
        against = {"Janus": at(theirs, percentile)} if theirs else {}
        load = round(os.getloadavg()[0], 1)
        where = {"streams": STREAMS, "percentile": percentile, "packets": len(ours), "load": load}
        yield row("media.latency", where, "ms from in to out", at(ours, percentile), against)


def at(times: Sequence[float], percentile: int) -> float:
    return sorted(times)[int(len(times) * SHARES[percentile])]


async def delays_ms(opening: Opening, frames: Sequence[bytes]) -> list[float]:
    async with opening() as server, streaming(server, frames, STREAMS) as load:
        await asyncio.sleep(WARM_UP_S)
        for viewer in load.viewers:
            viewer.timing = True
        await asyncio.sleep(MEASURED_S)
        return [delay for viewer in load.viewers for delay in viewer.delays_ms]
