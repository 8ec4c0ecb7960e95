"""Two hundred crashes of one log, at moments that nobody chose."""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from audit.report import ExitCode
from tests.faults.audit_crash import CrashedLog

CYCLES: Final = 200
_SHORTEST_S: Final = 0.001
_LONGEST_S: Final = 0.25


def main(cycles: int) -> int:
    """0 if all held; an assertion's sentence and 1 otherwise. `cycles`: 0 for the usual number."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = asyncio.run(_crash(Path(folder), cycles or CYCLES))
        except AssertionError as finding:
            sys.stderr.write(f"does not hold: {finding}\n")
            return 1
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{cycles or CYCLES} crashes in {seconds:.0f} s, {told} entries acknowledged, none lost, all verified\n"
    )
    return 0


async def _crash(folder: Path, cycles: int) -> int:
    """How many entries were acknowledged."""
    chance = random.SystemRandom()
    log = CrashedLog(folder)
    for number in range(cycles):
        after_s = chance.uniform(_SHORTEST_S, _LONGEST_S)
        told = await log.cycle(after_s)
        sys.stderr.write(f"crash {number + 1} after {after_s:.3f} s: {told} entries acknowledged\n")
    report = log.disk.verify()
    assert report.exit_code == ExitCode.GOOD, report.sentence
    return len(log.told)
