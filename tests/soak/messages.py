"""A million broken messages over real sockets, beside a share that must not notice: no fault, no restart, no effect."""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.bench.loopback import BEHIND_A_PROXY, elsewhere
from tests.protocol.broken_messages import mutant
from tests.protocol.broken_sockets import assert_no_fault, broken_into, unmoved
from tests.protocol.server_people import in_sharing
from tests.protocol.server_stand import Stand, stand
from tests.protocol.test_signalling_socket import refusal_of

CYCLES: Final = 1_000_000
EACH_SOCKET: Final = 25  # the twentieth refusal closes it
PACE_S: Final = 0.01  # a page may be asked for sixty times a second by one address
_SOCKETS_OF_ONE_SERVER: Final = 400  # within what one source may change, and the time that a share lasts


def main(cycles: int) -> int:
    """0 if all held; an assertion's sentence and 1 otherwise. `cycles`: messages, 0 for the usual number."""
    began, wanted = time.monotonic(), cycles or CYCLES
    chance = random.Random(20261127)  # noqa: S311  # a seed, so that a failure can be had again
    try:
        for _ in range(wanted):
            refusal_of(mutant(chance))
        on_the_wire = asyncio.run(_sent(wanted // 10, chance))
    except AssertionError as finding:
        sys.stderr.write(f"does not hold: {finding}\n")
        return 1
    sys.stdout.write(
        f"{wanted} broken messages parsed and {on_the_wire} sent over sockets in {time.monotonic() - began:.0f} s: "
        "no fault, no restart, and a share beside them went on\n"
    )
    return 0


async def _sent(wanted: int, chance: random.Random) -> int:
    """A tenth of them over sockets, each of which has to be let in first."""
    sent = 0
    while sent < wanted:
        with tempfile.TemporaryDirectory() as folder:
            async with stand(Path(folder), settings=BEHIND_A_PROXY) as server:
                sent += await _at_one_server(server, chance, wanted - sent)
                assert_no_fault(server)
        sys.stderr.write(f"{sent} sent\n")
    return sent


async def _at_one_server(server: Stand, chance: random.Random, wanted: int) -> int:
    sockets = min(_SOCKETS_OF_ONE_SERVER, -(-wanted // EACH_SOCKET))
    async with in_sharing(server) as beside, broken_into(server) as target:
        seen = len(beside.customer_socket.got)
        for _ in range(sockets):
            await target.send_broken(chance, EACH_SOCKET, headers=elsewhere())
            await asyncio.sleep(PACE_S)
        await unmoved(server, beside, seen)
    return sockets * EACH_SOCKET
