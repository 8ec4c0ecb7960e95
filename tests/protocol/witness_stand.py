"""Witnesses as others run them: processes of their own, made and started by their commands."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from audit.witnesses.exchange import Answer, parse_answer
from tests.forked import ForkedProcess, forked

WITHIN_S = 30


@dataclass(slots=True)
class WitnessStand:
    """`port` 0 until it was started once; then it keeps it, as a policy names it."""

    folder: Path
    keys: list[str]
    port: int = 0
    said: str = ""
    process: ForkedProcess | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def add(self, body: bytes) -> Answer:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/add-checkpoint", data=body) as got,
        ):
            return parse_answer(got.status, got.content_type, await got.read())

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)


async def told(*arguments: str) -> tuple[int, str, str]:
    """A command of `tachiai`, to its end: exit code, output, errors."""
    process = await _started(*arguments)
    async with asyncio.timeout(WITHIN_S):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def made(folder: Path, name: str, *arguments: str) -> WitnessStand:
    code, out, err = await told(
        "witness", "init", "--folder", str(folder), "--name", name, "--json", *arguments
    )
    assert code == 0, err
    return WitnessStand(folder, json.loads(out)["keys"])


@asynccontextmanager
async def running(stand: WitnessStand, logs: Sequence[str]) -> AsyncIterator[dict[str, Any]]:
    """Gives what it said when it was ready."""
    named = [word for log in logs for word in ("--log", log)]
    listen = f"127.0.0.1:{stand.port}"
    process = await _started("witness", "--listen", listen, "--folder", str(stand.folder), "--json", *named)
    stand.process = process
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        async with asyncio.timeout(WITHIN_S):
            line = await process.stdout.readline()
            assert line, (await process.stderr.read()).decode()
        ready: dict[str, Any] = json.loads(line)
        stand.port = int(ready["listening"].rpartition(":")[2])
        yield ready
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(WITHIN_S):
            _, err = await process.communicate()
        stand.said += err.decode()


async def _started(*arguments: str) -> ForkedProcess:
    return await forked(*arguments, environment={"PATH": os.defpath})
