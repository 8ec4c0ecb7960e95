"""A demo server of its own for one test: the real command, a fresh data folder, stopped by its pid."""

import asyncio
import json
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from tests.forked import ForkedProcess, forked

READY_WITHIN_S = 90
STOPPED_WITHIN_S = 15


@dataclass(slots=True)
class DemoServer:
    data: Path
    port: int
    process: ForkedProcess
    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.ready["base_url"])

    @property
    def gate_pid(self) -> int:
        return int(self.ready["gate_pid"])

    @property
    def log_folder(self) -> Path:
        return Path(self.ready["log"]["folder"])

    @property
    def verifier_key(self) -> str:
        return str(self.ready["log"]["verifier_key"])

    @property
    def stderr(self) -> str:
        return (self.data.parent / "server.log").read_text("utf-8", "replace")

    async def kill(self) -> None:
        """As a power cut would: no chance to say goodbye."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), STOPPED_WITHIN_S)
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"the server did not stop within {STOPPED_WITHIN_S} s") from None


@asynccontextmanager
async def demo_server(folder: Path, **settings: str) -> AsyncIterator[DemoServer]:
    """Start on `folder`/data, or start again there; stopped on leaving unless it was killed before."""
    if not (folder / "data").exists():
        await _put_data(folder)
    server = await start(folder, free_port(), **settings)
    try:
        yield server
    finally:
        await server.stop()


_prepared: list[TemporaryDirectory[str]] = []


async def _put_data(folder: Path) -> None:
    """What the first start of a demo makes, made once in a process: the hashes of so many passwords take a second."""
    if not _prepared:
        _prepared.append(TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))  # noqa: TID251
        await (await start(Path(_prepared[0].name), free_port())).stop()
    await asyncio.to_thread(shutil.copytree, Path(_prepared[0].name) / "data", folder / "data")


async def start(folder: Path, port: int, **settings: str) -> DemoServer:
    """`settings` are environment variables, as an operator would set them. Without more no words are compared."""
    data = folder / "data"
    with (folder / "server.log").open("ab") as log:
        process = await _spawn(data, port, log, settings)
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_WITHIN_S)
    except TimeoutError:
        process.kill()
        raise AssertionError(f"not ready within {READY_WITHIN_S} s") from None
    assert line, (folder / "server.log").read_text("utf-8", "replace")[-4_000:]
    return DemoServer(data, port, process, json.loads(line))


async def _spawn(data: Path, port: int, log: IO[bytes], settings: dict[str, str]) -> ForkedProcess:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TACHIAI_")}  # noqa: TID251
    return await forked(
        *("demo", "--json", "--port", str(port), "--data", str(data)),
        stderr=log,
        environment=environment | {"TACHIAI_INTRODUCTION__WORDS": "never"} | settings,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
