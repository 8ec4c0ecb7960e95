"""A network that lets out to the TURN server and to nothing else, with a Chromium inside: a namespace of its own.

Its pages come over a loopback port of the namespace, which is carried to the server's outside. Needs root.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from tests.browser.actors import PATTERN_TITLE
from tests.browser.chromium import executable, launch
from tests.protocol.turn_stand import Ground, ip

_NAMESPACES: Final = Path("/run/netns")
_NEW_NETWORK: Final = 0x40000000  # CLONE_NEWNET of sched.h
_CHUNK_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class StrictNetwork:
    name: str

    def listening(self, port: int) -> socket.socket:
        """A socket of the namespace. One thread enters it and ends: the others stay where they are."""
        made: list[socket.socket] = []

        def listen() -> None:
            with (_NAMESPACES / self.name).open("rb") as namespace:
                assert ctypes.CDLL(None).setns(namespace.fileno(), _NEW_NETWORK) == 0
            made.append(socket.create_server(("127.0.0.1", port)))

        thread = threading.Thread(target=listen)
        thread.start()
        thread.join()
        return made[0]


@contextmanager
def strict_network(around: Ground) -> Iterator[StrictNetwork]:
    """From inside the TURN server's address is reached, the gate's is not."""
    name, inside = around.interface, around.inside
    ip("netns", "add", name)
    try:
        ip("link", "set", around.other_end, "netns", name)
        ip("route", "add", f"{inside}/32", "dev", around.interface)
        for command in (
            ("link", "set", "lo", "up"),
            ("link", "set", around.other_end, "up"),
            ("address", "add", f"{inside}/32", "dev", around.other_end),
            ("route", "add", f"{around.turn[0]}/32", "dev", around.other_end),
            ("route", "add", "default", "via", around.turn[0], "dev", around.other_end),
            ("link", "add", "void", "type", "veth", "peer", "name", "nobody"),
            ("link", "set", "void", "up"),
            ("link", "set", "nobody", "up"),
            *_swallowed(around.gate[0]),
            *_swallowed(around.neighbour[0]),
        ):
            ip("-netns", name, *command)
        yield StrictNetwork(name)
    finally:  # a namespace takes what is in it along
        ip("-netns", name, "link", "set", around.other_end, "netns", str(os.getpid()))
        ip("netns", "delete", name)


def _swallowed(host: str) -> Iterator[tuple[str, ...]]:
    """Packets to `host` leave and arrive nowhere. A blackhole route would be an error to the sender, which Chromium
    answers by closing the socket that it asks the TURN server by, too."""
    yield ("route", "add", f"{host}/32", "dev", "void")
    yield ("neighbour", "add", host, "lladdr", "02:00:00:00:00:01", "dev", "void")


@asynccontextmanager
async def browser_inside(network: StrictNetwork, folder: Path) -> AsyncIterator[Browser]:
    """As the browser of the other tests, but for where it is. It takes the test's own certificate for TURN over TLS."""
    enter = shutil.which("nsenter")
    assert enter, "`nsenter` is not installed: `apt-get install util-linux`."
    program = folder / "chromium-inside"
    program.write_text(f'#!/bin/sh\nexec {enter} --net={_NAMESPACES / network.name} {executable()} "$@"\n')
    program.chmod(0o700)
    async with async_playwright() as playwright:
        browser = await launch(
            playwright,
            capture_title=PATTERN_TITLE,
            program=str(program),
            more=["--ignore-certificate-errors"],
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def carried_in(network: StrictNetwork, port: int) -> AsyncIterator[None]:
    """What connects to `port` of the namespace's loopback is connected to that port of this machine's."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            outside = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_copy(reader, outside[1]), _copy(outside[0], writer))

    async with await asyncio.start_server(carry, sock=network.listening(port)):
        yield


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()
