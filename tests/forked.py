"""Commands of the program, each in a process of its own that did not have to import everything first.

A start costs seconds of a processor for imports alone, and tests start hundreds. Here one process for each worker
imports the program once; each command is forked from it and then does what `python -m server` does, from its first line
on: its own arguments, environment, folder and standard streams. The guides' tests start commands as an operator does.
"""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import reduction
from pathlib import Path
from typing import IO, Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PIPE: Final = asyncio.subprocess.PIPE
_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["server.demo_run", "server.serving", "server.cli", "audit.commands", "server.administration.office"]
)


class ForkedProcess:
    """Used as `asyncio.subprocess.Process` is."""

    def __init__(
        self, process: Any, stdout: asyncio.StreamReader | None, stderr: asyncio.StreamReader | None
    ) -> None:
        self._process = process
        self.pid: int = process.pid
        self.stdout, self.stderr = stdout, stderr
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode if self._ended.is_set() else None

    def send_signal(self, number: signal.Signals) -> None:
        if not self._ended.is_set():
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        await self._ended.wait()
        return int(self._process.exitcode)

    async def communicate(self) -> tuple[bytes, bytes]:
        out, err, _ = await asyncio.gather(_read(self.stdout), _read(self.stderr), self.wait())
        return out, err

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._ended.set()


async def forked(
    *arguments: str,
    environment: Mapping[str, str],
    folder: Path = ROOT,
    stdout: int | IO[bytes] = PIPE,
    stderr: int | IO[bytes] = PIPE,
) -> ForkedProcess:
    """`tachiai` with these arguments. `stdout`, `stderr`: PIPE or an open file. Nothing comes on its standard input."""
    ends = [_End(wanted) for wanted in (stdout, stderr)]
    try:
        process = _CONTEXT.Process(
            target=_run, args=(arguments, dict(environment), str(folder), *(end.handed for end in ends))
        )
        await asyncio.to_thread(process.start)
    finally:
        for end in ends:
            end.let_go()
    return ForkedProcess(process, *[await end.reader() for end in ends])


class _End:
    """One standard stream of the other process, and the end of it that stays here."""

    def __init__(self, wanted: int | IO[bytes]) -> None:
        self._kept: int | None = None
        if isinstance(wanted, int):
            self._kept, given = os.pipe()
        else:
            given = os.dup(wanted.fileno())
        self.handed = _Handed(given)

    def let_go(self) -> None:
        os.close(self.handed.descriptor)

    async def reader(self) -> asyncio.StreamReader | None:
        if self._kept is None:
            return None
        reader = asyncio.StreamReader()
        file = os.fdopen(self._kept, "rb", buffering=0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), file)
        return reader


class _Handed:
    """A descriptor that arrives in the other process as a number that is good there."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (reduction.DupFd(self.descriptor),)


def _arrived(handed: Any) -> int:
    return int(handed.detach())


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()


def _run(arguments: Sequence[str], environment: dict[str, str], folder: str, out: Any, err: Any) -> None:
    os.chdir(folder)
    os.environ.clear()  # noqa: TID251 - it becomes the command's own
    os.environ.update(environment)  # noqa: TID251
    for given, number in ((out, 1), (err, 2)):
        os.dup2(given, number)
        os.close(given)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.argv = ["tachiai", *arguments]
    runpy.run_module("server", run_name="__main__", alter_sys=True)
