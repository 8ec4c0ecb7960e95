"""Commands as an operator types them, each in a process of its own."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.forked import ForkedProcess, forked

WITHIN_S = 60


@asynccontextmanager
async def command(*arguments: str, folder: Path) -> AsyncIterator[ForkedProcess]:
    process = await forked(*arguments, environment={"PATH": "/usr/bin:/bin", "HOME": str(folder)})
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


async def ready_line(process: ForkedProcess) -> dict[str, Any]:
    assert process.stdout is not None
    async with asyncio.timeout(WITHIN_S):
        line: dict[str, Any] = json.loads(await process.stdout.readline())
    return line
