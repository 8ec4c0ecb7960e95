"""Commands as an operator types them, each in a process of its own."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

WITHIN_S = 60


@asynccontextmanager
async def command(*arguments: str, folder: Path) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server",
        *arguments,
        cwd=Path(__file__).parents[2],
        stdout=PIPE,
        stderr=PIPE,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.communicate()


async def said(*arguments: str, folder: Path) -> tuple[int, str, str]:
    async with command(*arguments, folder=folder) as process:
        async with asyncio.timeout(WITHIN_S):
            out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()


async def ready_line(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        line: dict[str, Any] = json.loads(await process.stdout.readline())
    return line
