"""Collectors of syslog on loopback, well and unwell, and a log with a keeper that forwards to them."""

import asyncio
import json
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.event import Event, EventName
from audit.export.syslog import MessageFormat, SyslogWriter
from audit.log import AuditLog
from server.clock import SystemClock
from server.log_keeping.forwarding import Collector, Forwarding, Pace
from server.places import LOG_FOLDER, Places, key_places
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

WITHIN_S = 30
QUICK = Pace(look=0.02, retry=0.02, longest_retry=0.1, late_after=3_600.0, stalled=60.0)
EAGER = Pace(look=0.02, retry=0.02, longest_retry=0.1, late_after=0.2, stalled=0.2)
HEADER = re.compile(
    r"<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) (\[meta sequenceId=\"\d+\"\]\[origin [^]]+\]) (.*)",
    re.DOTALL,
)
ABORTED = struct.pack("ii", 1, 0)  # SO_LINGER: what is unread is thrown away, and the other side gets a reset


class FramesBroken(Exception):
    """Not RFC 6587, 3.4.1."""


def split_frames(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole messages, and what is left of the next one."""
    messages = []
    while (space := data.find(b" ")) >= 0:
        if not re.fullmatch(rb"[1-9][0-9]{0,7}", data[:space]):
            raise FramesBroken(data[:40])
        stop = space + 1 + int(data[:space])
        if len(data) < stop:
            break
        messages.append(data[space + 1 : stop])
        data = data[stop:]
    return messages, data


def record_in(message: bytes) -> dict[str, Any]:
    """The record of a message in the JSON form, after its header was looked at."""
    found = HEADER.fullmatch(message.decode())
    assert found is not None, message[:200]
    return dict(json.loads(found[8]))


@dataclass(slots=True)
class FakeCollector:
    """`dies_after` gives the bytes after which a connection is cut, unread; None: never. `deaf`: takes nothing."""

    dies_after: Callable[[], int | None] = lambda: None
    deaf: bool = False
    tls: ssl.SSLContext | None = None
    port: int = 0
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    ended: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.tls, limit=4_096
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in tuple(self._open):
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def indices(self) -> list[int]:
        return [int(record_in(message)["index"]) for message in self.messages]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            await self._take(reader, writer)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left, rest = self.dies_after(), b""
        if self.deaf:
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # a reading transport
            await asyncio.sleep(WITHIN_S)
        while left is None or left > 0:
            data = await reader.read(1_024 if left is None else min(left, 1_024))
            if not data:
                self.ended += 1
                break
            left = None if left is None else left - len(data)
            messages, rest = split_frames(rest + data)
            self.messages += messages
        else:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORTED)
            writer.transport.abort()


@dataclass(slots=True)
class Forwarded:
    log: AuditLog
    keeper: Forwarding
    task: "asyncio.Task[None]"

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                assert not self.task.done()
                await asyncio.sleep(0.01)

    async def append(self, count: int, *, subject: str | None = None) -> None:
        now = SystemClock().now_ms()
        await self.log.append_all([an_event(number, at_ms=now, subject=subject) for number in range(count)])

    async def told(self, name: EventName) -> list[Event]:
        entries = await self.log.read(0, self.log.size)
        return [entry.event for entry in entries if entry.event is not None and entry.event.name is name]


@asynccontextmanager
async def forwarding(
    root: Path,
    port: int,
    *,
    pace: Pace = QUICK,
    format_: MessageFormat = MessageFormat.JSON,
    personal: bool = False,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Forwarded]:
    """`root`/log with its keeper at work."""
    log = await LogOnDisk(root).open(now_ms=SystemClock().now_ms())
    places = Places(root, root / LOG_FOLDER / "lockstate", key_places(root / "keys"))
    writer = SyslogWriter(
        origin="test.example/log", version="0.1.0", format=format_, facility=13, personal=personal
    )
    keeper = Forwarding(
        log, places, Collector(host=host, port=port, tls=tls), writer, SystemClock(), pace=pace
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(keeper.run())
            yield Forwarded(log, keeper, running)
            running.cancel()
    finally:
        await log.close()
