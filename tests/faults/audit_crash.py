"""kill -9 in the middle of everything: nothing acknowledged is lost, the next start works, the log verifies.

Run as a program it is the writer that is killed. `CrashedLog` is what looks on: it kills, opens, compares, verifies.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from audit.event import Event
from audit.report import ExitCode
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

WRITERS: Final = 64
NUMBERS: Final = 10_000_000  # for each cycle: no writer gets through them
READ_AT_ONCE: Final = 5_000
LARGE_EVERY: Final = 97
ROOT: Final = Path(__file__).resolve().parent.parent.parent


class CrashedLog:
    """One log that is killed again and again. Any assertion that fails is a finding."""

    def __init__(self, root: Path) -> None:
        self.disk = LogOnDisk(root)
        self._root = root
        self.cycles = 0
        self.told: dict[int, int] = {}  # index: number, of every entry that was acknowledged

    async def cycle(self, after_s: float) -> int:
        """One life and its end `after_s` seconds after the first acknowledgement could come; how many there were."""
        fresh = await acknowledged_before_the_kill(self._root, self.cycles * NUMBERS, after_s)
        assert not self.told.keys() & fresh.keys(), "an index was given out twice"
        self.told |= fresh
        if self.cycles:
            left = self.disk.verify(state=self.disk.state)
            assert left.exit_code in {ExitCode.GOOD, ExitCode.INCOMPLETE}, left.sentence
        await self._compare(fresh)
        report = self.disk.verify(state=self.disk.state)
        assert report.exit_code == ExitCode.GOOD, report.sentence
        self.cycles += 1
        return len(fresh)

    async def _compare(self, fresh: dict[int, int]) -> None:
        log = await self.disk.open()
        found = 0
        for start in range(min(fresh), log.size, READ_AT_ONCE):
            for entry in await log.read(start, start + READ_AT_ONCE):
                if entry.index in fresh:
                    assert entry.event is not None
                    assert entry.event == numbered(fresh[entry.index])
                    found += 1
        assert found == len(fresh)
        assert log.size > max(self.told)
        await log.close()


async def acknowledged_before_the_kill(folder: Path, first: int, after_s: float) -> dict[int, int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(folder), str(first), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    reading = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(after_s, reading.set_result, None)
    lines: list[bytes] = []
    while not reading.done() or not lines:
        lines.append(await process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    lines += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -signal.SIGKILL
    pairs = [line.split() for line in lines if line.endswith(b"\n")]
    return {int(index): int(number) for number, index in pairs}


async def write_until_killed(folder: Path, first: int) -> None:
    """Says each number on its standard output once its entry is durable."""
    log = await LogOnDisk(folder).open()
    os.write(1, b"ready\n")

    async def writer(number: int) -> None:
        while True:
            done = await log.append(numbered(number))
            os.write(1, b"%d %d\n" % (number, done.index))
            number += WRITERS

    await asyncio.gather(*(writer(first + number) for number in range(WRITERS)))


def numbered(number: int) -> Event:
    """Every now and then one with a blob."""
    event = an_event(number, subject=f"customer-{number % 50}")
    if number % LARGE_EVERY:
        return event
    return replace(event, personal={f"customer-{number % 50}": {"wording": "x" * 70_000}})


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    asyncio.run(write_until_killed(Path(sys.argv[1]), int(sys.argv[2])))
