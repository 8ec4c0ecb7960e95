"""A thousand revocations while sixteen streams flow and their senders go on sending (`media.revoke`).

Two times of each, from the call of `revoke` on: until the last packet of a picture reached the agent's kernel (0 if
none did after the call), and until the curtain did. The clock of a packet is the kernel's.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

from tests.bench.media_load import Load, OurGate, named, our_gate, streaming
from tests.bench.media_stream import FRAMES_PER_SECOND, Viewer, encoded
from tests.bench.table import Row, row

STREAMS = 16
REVOCATIONS = 1_008
WARM_UP_S = 2.0
_LOOKED_ON_S = 0.15  # more than the time of a frame: what still came would be seen
_WITHIN_S = 10.0


def rows(address: str) -> Iterator[Row]:
    last, dark = asyncio.run(_revoked(address))
    for name, times in (("media.revoke", last), ("media.revoke_dark", dark)):
        unit = "ms to the last packet" if times is last else "ms to black"
        for label, share in (("50", 0.5), ("99", 0.99), ("max", 1.0)):
            figure = sorted(times)[min(len(times) - 1, int(len(times) * share))]
            yield row(
                name, {"streams": STREAMS, "revocations": len(times), "percentile": label}, unit, figure, {}
            )


async def _revoked(address: str) -> tuple[list[float], list[float]]:
    frames = encoded(4 * FRAMES_PER_SECOND)
    last, dark = list[float](), list[float]()
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(our_gate(address)())
        if not isinstance(gate, OurGate):
            raise TypeError("only ours can revoke")
        load = await stack.enter_async_context(streaming(gate, frames, STREAMS, steadily=True))
        await asyncio.sleep(WARM_UP_S)
        async with asyncio.TaskGroup() as group:
            for number in range(STREAMS):
                group.create_task(_again_and_again(gate, load, number, last, dark))
    return last, dark


async def _again_and_again(
    gate: OurGate, load: Load, number: int, last: list[float], dark: list[float]
) -> None:
    session, viewer = named(number), load.viewers[number]
    for epoch in range(1, REVOCATIONS // STREAMS + 1):
        del gate.epochs[session]
        began = time.time_ns()
        gate.gate.revoke(session, epoch)
        await _black(viewer)
        dark.append((viewer.dark_ns - began) / 1e6)
        await asyncio.sleep(_LOOKED_ON_S)
        last.append(max(0.0, (viewer.last_ns - began) / 1e6))
        await _granted(gate, viewer, number, epoch + 1)


async def _black(viewer: Viewer) -> None:
    before = viewer.curtains
    await viewer.until(lambda: viewer.curtains > before, _WITHIN_S)


async def _granted(gate: OurGate, viewer: Viewer, number: int, epoch: int) -> None:
    session, frames = named(number), viewer.frames
    gate.epochs[session] = epoch
    gate.gate.renew(session, epoch, gate.stamps[session])
    await viewer.until(lambda: viewer.frames > frames, _WITHIN_S)
