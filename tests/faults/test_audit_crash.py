"""kill -9 in the middle of everything: nothing acknowledged is lost, the next start works, the log verifies."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from audit.report import ExitCode
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

CYCLES = 20
WRITERS = 64
ROOT = Path(__file__).resolve().parent.parent.parent


async def write_until_killed(folder: Path, first: int) -> None:
    """The program that is killed: says each number on its standard output once its entry is durable."""
    log = await LogOnDisk(folder).open()
    os.write(1, b"ready\n")

    async def writer(number: int) -> None:
        while True:
            done = await log.append(an_event(number, subject=f"customer-{number % 50}"))
            os.write(1, b"%d %d\n" % (number, done.index))
            number += WRITERS

    await asyncio.gather(*(writer(first + number) for number in range(WRITERS)))


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


@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_in_twenty_crashes(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    told: dict[int, int] = {}
    for cycle in range(CYCLES):
        fresh = await acknowledged_before_the_kill(tmp_path, cycle * 10_000_000, 0.01 + cycle * 0.003)
        assert not told.keys() & fresh.keys(), "an index was given out twice"
        told |= fresh
        if cycle:
            assert disk.verify().exit_code in {ExitCode.GOOD, ExitCode.INCOMPLETE}
        log = await disk.open()
        for start in range(min(fresh), log.size, 5_000):
            for entry in await log.read(start, start + 5_000):
                if entry.index in fresh:
                    assert entry.event is not None
                    assert entry.event.facts["number"] == fresh[entry.index]
        assert log.size > max(told)
        await log.close()
        report = disk.verify(state=disk.state)
        assert report.exit_code == ExitCode.GOOD, report.sentence
    assert len(told) > CYCLES * WRITERS


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    asyncio.run(write_until_killed(Path(sys.argv[1]), int(sys.argv[2])))
