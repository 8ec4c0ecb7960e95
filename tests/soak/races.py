"""Two hundred rounds of every race: fifty uses at once of what is good once."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.protocol.racing import AT_ONCE, BEHIND_A_PROXY, RACES, run
from tests.protocol.server_stand import stand

CYCLES: Final = 200
_ROUNDS_OF_ONE_SERVER: Final = 10  # after more of them, wrong spoken codes are slowed down for everybody


def main(cycles: int) -> int:
    """0 if all held; an assertion's sentence and 1 otherwise. `cycles`: rounds of each race, 0 for the usual number."""
    began, rounds = time.monotonic(), cycles or CYCLES
    try:
        asyncio.run(_all(rounds))
    except AssertionError as finding:
        sys.stderr.write(f"does not hold: {finding}\n")
        return 1
    sys.stdout.write(
        f"{len(RACES)} races of {rounds} rounds, {AT_ONCE} uses at once in each, in {time.monotonic() - began:.0f} s: "
        "exactly one success in every round\n"
    )
    return 0


async def _all(rounds: int) -> None:
    for name in RACES:
        for first in range(0, rounds, _ROUNDS_OF_ONE_SERVER):
            with tempfile.TemporaryDirectory() as folder:
                async with stand(Path(folder), settings=BEHIND_A_PROXY) as server:
                    await run(name, server, min(_ROUNDS_OF_ONE_SERVER, rounds - first))
            sys.stderr.write(f"{name}: {min(first + _ROUNDS_OF_ONE_SERVER, rounds)} rounds\n")
