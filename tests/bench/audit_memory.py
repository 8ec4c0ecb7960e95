"""How much memory a writer takes after 10,000 entries and after 1,000,000 (`audit.memory`), in a process of its own.

The same log goes on: nothing is closed in between. At each step it is first waited until all is signed and published,
since what is not published yet is kept, and the allocator gives back what is free.
"""

import asyncio
import ctypes
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.bench.audit_append import an_event, opened
from tests.bench.table import Row, row, show

STEPS: Final = (10_000, 100_000, 1_000_000)
TOGETHER: Final = 1_000
ROOT: Final = Path(__file__).resolve().parents[2]


def resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1_024
    raise OSError("this system does not tell a process its memory")


async def grow(folder: Path) -> None:
    """Prints the resident bytes at each step."""
    async with opened(folder) as log:
        done = 0
        for step in STEPS:
            while done < step:
                await asyncio.gather(*(log.append(an_event(done + number)) for number in range(TOGETHER)))
                done += TOGETHER
            await log.await_signed(step - 1)
            ctypes.CDLL(None).malloc_trim(0)
            sys.stdout.write(f"{resident_bytes()}\n")
            sys.stdout.flush()


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.bench.audit_memory", folder]
        ran = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    sizes = [int(line) for line in ran.stdout.split()]
    against = {f"at {step}": size / 1_048_576 for step, size in zip(STEPS[:-1], sizes, strict=False)}
    return [row("audit.memory", {"entries": STEPS[-1]}, "MiB", sizes[-1] / 1_048_576, against)]


def main(json: bool) -> int:
    show(rows(), as_json=json)
    return 0


if __name__ == "__main__":
    asyncio.run(grow(Path(sys.argv[1])))
