"""Many streams at once, and whether a packet is missing behind the gate (`media.loss`)."""

import asyncio
from collections.abc import Iterator

from tests.bench.media_load import our_gate, streaming
from tests.bench.media_stream import FRAMES_PER_SECOND, encoded, megabits
from tests.bench.spent import cpu_seconds
from tests.bench.table import Row, row

CASES = ((20, 2_500_000), (40, 1_000_000))  # streams, bits per second of each
MEASURED_S = 20.0
_DRAINED_S = 1.0


def rows(address: str) -> Iterator[Row]:
    for count, bitrate in CASES:
        yield asyncio.run(_row(address, count, bitrate))


async def _row(address: str, count: int, bitrate: int) -> Row:
    frames = encoded(4 * FRAMES_PER_SECOND, bitrate)
    async with our_gate(address)() as gate, streaming(gate, frames, count) as load:
        before = cpu_seconds(gate.pid)
        await asyncio.sleep(MEASURED_S)
        used = cpu_seconds(gate.pid) - before
        load.silence()
        await asyncio.sleep(_DRAINED_S)
        where = {
            "streams": count,
            "megabits": round(megabits(frames), 1),
            "packets": load.sent,
            "cores": round(used / MEASURED_S, 3),
        }
        return row("media.loss", where, "packets lost", load.sent - load.seen, {})
