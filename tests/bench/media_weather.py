"""A network with weather, as a process: UDP passed on both ways with loss, delay and jitter (jitter reorders).

This kernel has no netem. One port for browsers; each of them is another address towards the gate. As a module it is the
process, which says its port in one line:

python -m tests.bench.media_weather HOST PORT LOSS DELAY_MS JITTER_MS
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Weather:
    """Of one leg, the same both ways. `loss` from 0 to 1; each packet waits `delay_ms` +- `jitter_ms`."""

    loss: float = 0.0
    delay_ms: float = 0.0
    jitter_ms: float = 0.0


@asynccontextmanager
async def through(host: str, port: int, weather: Weather) -> AsyncIterator[int]:
    """The port that leads there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tests.bench.media_weather", host, str(port)),
        *map(str, (weather.loss, weather.delay_ms, weather.jitter_ms)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


class Front(asyncio.DatagramProtocol):
    """Towards browsers."""

    def __init__(self, gate: tuple[str, int], weather: Weather) -> None:
        self.gate, self.weather = gate, weather
        self.chance = random.Random(5)  # noqa: S311 - the same weather each time
        self.backs: dict[Any, asyncio.Future[asyncio.DatagramTransport]] = {}

    def connection_made(self, transport: Any) -> None:
        """A DatagramTransport, which asyncio's own is none of by type."""
        self.transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if (wait_s := self.fate()) is not None:
            asyncio.get_running_loop().call_later(wait_s, self._on, data, addr)

    def fate(self) -> float | None:
        """Seconds that a packet waits; None where it is lost."""
        if self.chance.random() < self.weather.loss:
            return None
        jitter = self.chance.uniform(-self.weather.jitter_ms, self.weather.jitter_ms)
        return max(0.0, self.weather.delay_ms + jitter) / 1_000

    def _on(self, data: bytes, browser: Any) -> None:
        back = self.backs.get(browser)
        if back is None:
            back = self.backs[browser] = asyncio.get_running_loop().create_future()
            opening = asyncio.get_running_loop().create_datagram_endpoint(
                lambda: Back(self, browser), remote_addr=self.gate
            )
            task = asyncio.get_running_loop().create_task(opening)
            task.add_done_callback(lambda done: back.set_result(done.result()[0]))
        if back.done():  # what comes before it is open is lost: checks are repeated
            back.result().sendto(data)


class Back(asyncio.DatagramProtocol):
    """One browser's address towards the gate."""

    def __init__(self, front: Front, browser: Any) -> None:
        self._front, self._browser = front, browser

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002 - asyncio's signature
        if (wait_s := self._front.fate()) is not None:
            asyncio.get_running_loop().call_later(wait_s, self._front.transport.sendto, data, self._browser)


async def serve(host: str, port: int, weather: Weather) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Front((host, port), weather), local_addr=("127.0.0.1", 0)
    )
    sys.stdout.write(f"{transport.get_extra_info('sockname')[1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), Weather(*map(float, sys.argv[3:6]))))
