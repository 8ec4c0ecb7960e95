"""A redis-server of the test's own, on a socket in its folder."""

import gc
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = "redis-server"
USUAL = ("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction")
SHORT_PATH = 100  # sun_path holds 108 octets


class RedisServer:
    """Can be stopped in its tracks, and started anew at the same place with nothing kept."""

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, port
        self._options = (*USUAL, *options)
        self._process: subprocess.Popen[str] | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        assert len(str(self.socket)) < SHORT_PATH
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Returns once it answers."""
        program = shutil.which(PROGRAM)
        if program is None:
            pytest.skip(f"{PROGRAM} is not installed. Run: apt-get install redis-server")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", str(self.socket)]
        options += ["--dir", str(self.folder), "--daemonize", "no", *self._options]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "ready to accept connections" in line.lower():
                return
        raise AssertionError(f"redis-server did not start: {''.join(said)}")

    def hang(self) -> None:
        self._running.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """At once, as by a crash; nothing is kept."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def again(self) -> None:
        self.end()
        self.start()

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process


def tidied() -> None:
    """A connection that is made in the very turn of the loop in which its time is over is dropped by asyncio, and
    closed by the collector, which complains: in the test that had Redis hang, and not in another one."""
    gc.collect()


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[RedisServer]:
    server = RedisServer(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.end()
