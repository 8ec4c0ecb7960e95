"""Whether strangers can lower a share's frame rate, or cost much (`media.flood`): eight shares beside a flood.

The flood comes from a process of its own at a rate that is kept to: connectivity checks for nobody, first flights of
handshakes, media that nobody signed, and noise, each a quarter. `ours` is frames a second of a share, `against` the
same shares without the flood; the row beside it is what one datagram of the flood costs the gate.
"""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import aioice.stun

from tests.bench.media_load import our_gate, streaming
from tests.bench.media_stream import FRAMES_PER_SECOND, encoded
from tests.bench.spent import cpu_seconds
from tests.bench.table import Row, row

SHARES = 8
RATES = (5_000, 20_000)  # datagrams a second
WARM_UP_S = 2.0
MEASURED_S = 10.0
_CHUNK_S = 0.005


def rows(address: str) -> Iterator[Row]:
    frames = encoded(4 * FRAMES_PER_SECOND)
    for rate in RATES:
        yield from asyncio.run(_rows(address, frames, rate))


async def _rows(address: str, frames: Sequence[bytes], rate: int) -> list[Row]:
    async with our_gate(address)() as gate, streaming(gate, frames, SHARES) as load:
        port = load.viewers[0].socket.getpeername()[1]
        await asyncio.sleep(WARM_UP_S)
        figures: list[tuple[float, float]] = []
        sent, passed = 0, MEASURED_S
        for flooding in (False, True):
            flood = _started(address, port, rate) if flooding else None
            cpu, seen, began = cpu_seconds(gate.pid), load.frames, time.monotonic()
            await asyncio.sleep(MEASURED_S)
            passed = time.monotonic() - began
            figures.append(((load.frames - seen) / SHARES / passed, (cpu_seconds(gate.pid) - cpu) / passed))
            if flood is not None:
                flood.terminate()
                sent = int((await asyncio.to_thread(flood.communicate))[0])
        (calm, calm_cpu), (flooded, flooded_cpu) = figures
        where: dict[str, int | float | str] = {"shares": SHARES, "flood": round(sent / passed)}
        where["load"] = round(os.getloadavg()[0], 1)
        cost = (flooded_cpu - calm_cpu) * 1e6 / (sent / passed)
        return [
            row("media.flood", where, "frames a second of a share", flooded, {"without": calm}),
            row("media.flood_cost", where, "CPU-us of a stranger's datagram", cost, {}),
        ]


def _started(address: str, port: int, rate: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "tests.bench.media_flood", address, str(port), str(rate)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def flood(address: str, port: int, rate: int) -> None:
    """Until it is told to end; then it says how many it sent."""
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    datagrams, sent, began = _datagrams(), 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect((address, port))
        while not stopped:
            due = int((time.monotonic() - began) * rate)
            for number in range(sent, due):
                out.send(datagrams[number % len(datagrams)])
            sent = max(sent, due)
            time.sleep(_CHUNK_S)
    sys.stdout.write(str(sent))


def _datagrams() -> list[bytes]:
    chance = random.Random(12)  # noqa: S311 - the same flood each time
    made: list[bytes] = []
    for _ in range(250):
        check = aioice.stun.Message(
            aioice.stun.Method.BINDING,
            aioice.stun.Class.REQUEST,
            attributes={"USERNAME": f"{chance.randbytes(8).hex()}:abcd"},
        )
        check.add_message_integrity(chance.randbytes(16))
        made.append(bytes(check))
        made.append(b"\x16\xfe\xff" + bytes(8) + b"\x00\x90\x01" + chance.randbytes(143))
        made.append(b"\x80\x65" + chance.randbytes(1_100))
        made.append(chance.randbytes(chance.randint(1, 1_400)))
    return made


if __name__ == "__main__":
    flood(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
