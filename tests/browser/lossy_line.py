"""A line between the gate and the agent's browser that is slow and loses every so many packets of the picture."""

import asyncio
import re
from asyncio import DatagramProtocol, DatagramTransport
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

DELAY_S: Final = 0.02  # each way
Address = tuple[str, int]


class LossyLine(DatagramProtocol):
    """Loses nothing before `lose_every` is set."""

    def __init__(self, gate: Address) -> None:
        self.lose_every = 0
        self.lost = 0
        self._gate, self._passed = gate, 0
        self._agent: Address | None = None
        self._transport: DatagramTransport | None = None

    def connection_made(self, transport: DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, sender: Address) -> None:
        if sender != self._gate:
            self._agent = sender
            self._carry(data, self._gate)
        elif self._agent is not None and not self._loses(data):
            self._carry(data, self._agent)

    def _loses(self, data: bytes) -> bool:
        """RTP alone (RFC 7983, and RFC 5761 clause 4): what sets up and keeps the line goes through."""
        if not self.lose_every or not 128 <= data[0] <= 191 or 192 <= data[1] <= 223:
            return False
        self._passed += 1
        loses = self._passed % self.lose_every == 0
        self.lost += loses
        return loses

    def _carry(self, data: bytes, to: Address) -> None:
        asyncio.get_running_loop().call_later(DELAY_S, self._deliver, data, to)

    def _deliver(self, data: bytes, to: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, to)


@asynccontextmanager
async def lossy_line(offer: str) -> AsyncIterator[tuple[LossyLine, str]]:
    """The line, and the gate's `offer` as it is by way of it."""
    found = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) ", offer)
    assert found
    host, port = found[1], int(found[2])
    transport, line = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: LossyLine((host, port)), local_addr=(host, 0)
    )
    own = transport.get_extra_info("sockname")[1]
    yield line, offer.replace(f" {host} {port} ", f" {host} {own} ")
    transport.close()
