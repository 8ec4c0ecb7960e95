"""A process that starts quickly, does one operator's command, and dies by SIGKILL where it is told to.

The nursery imports everything once and then forks a child for each line it is sent. A child dies at its n-th step on
the disk: before the step, with half of its bytes written, or in a power cut that takes what was not synced. Or the
nursery kills it after a while.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from audit.disk import Disk
from server.backup.upgrading import upgrade
from server.clock import SystemClock
from tests.faults.power_cut import PowerCut
from tests.protocol.backup_site import OPERATOR, Site

NEVER = 1_000_000
FATES = (KILLED, TORN, POWER_CUT) = ("killed", "torn", "power cut")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """`what` is backup, restore or migrate at the site in `root`, with the backup in `folder`."""

    what: str
    root: str
    folder: str = ""
    apart: bool = False
    declare_loss: bool = False
    die_at: int = NEVER
    fate: str = KILLED
    kill_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """`steps` on the disk, if it lived to tell."""

    killed: bool
    steps: int
    lasted_s: float


class DyingDisk(Disk):
    """Every step is counted before it is done."""

    def __init__(self, errand: Errand) -> None:
        self.steps, self._die_at, self._torn = 0, errand.die_at, errand.fate == TORN
        self._cut = PowerCut() if errand.fate == POWER_CUT else None
        self._around = Path(os.path.commonpath([errand.root, errand.folder or errand.root]))
        if self._cut is not None:
            self._cut.spare(self._around)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        if self._is_last() and self._torn:
            os.pwrite(descriptor, data[: len(data) // 2], offset)
        self._die_if_last()
        super().write_at(descriptor, data, offset)

    def create(self, path: Path, data: bytes, *, temporary: Path, mode: int = 0o600) -> None:
        if self._is_last() and self._torn:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
            os.write(descriptor, data[: len(data) // 2])
        self._die_if_last()
        super().create(path, data, temporary=temporary, mode=mode)

    def create_all(self, files: Sequence[tuple[Path, bytes]], *, temporary: Path, mode: int = 0o600) -> None:
        if self._is_last() and self._torn:
            super().create_all(files[: len(files) // 2], temporary=temporary, mode=mode)
        self._die_if_last()
        super().create_all(files, temporary=temporary, mode=mode)

    def rename(self, old: Path, new: Path) -> None:
        if self._is_last() and self._torn:
            old.replace(new)
        self._die_if_last()
        super().rename(old, new)

    def _is_last(self) -> bool:
        return self.steps + 1 == self._die_at

    def _die_if_last(self) -> None:
        self.steps += 1
        if self.steps == self._die_at:
            if self._cut is not None:
                self._cut.take(self._around)
            os.kill(os.getpid(), signal.SIGKILL)


class Nursery:
    """The test's end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dying"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def run(self, errand: Errand) -> Ended:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(errand)).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer
        return Ended(**answer)


async def do(errand: Errand, disk: Disk) -> None:
    site = Site(Path(errand.root), apart=errand.apart)
    match errand.what:
        case "backup":
            await site.backup(Path(errand.folder), disk=disk)
        case "restore":
            await site.restore(Path(errand.folder), declare_loss=errand.declare_loss, disk=disk)
        case _:
            await upgrade(site.settings, OPERATOR, SystemClock())


def child(errand: Errand, telling: int) -> NoReturn:
    disk = DyingDisk(errand)
    try:
        asyncio.run(do(errand, disk))
        os.write(telling, json.dumps({"steps": disk.steps}).encode())
    except Exception as error:  # noqa: BLE001  # told to the test, which fails by it
        os.write(telling, json.dumps({"failed": repr(error)}).encode())
    os._exit(0)


def attend(errand: Errand) -> dict[str, Any]:
    reading, writing = os.pipe()
    begun = time.monotonic()
    number = os.fork()
    if number == 0:
        os.close(reading)
        child(errand, writing)
    os.close(writing)
    if errand.kill_after_s:
        time.sleep(errand.kill_after_s)  # the moment of the kill is what is being tried
        os.kill(number, signal.SIGKILL)
    _, status = os.waitpid(number, 0)
    lasted = time.monotonic() - begun
    with os.fdopen(reading, "rb") as told:
        answer = json.loads(told.read() or b"{}")
    if "failed" in answer:
        return dict(answer)
    return {"killed": os.WIFSIGNALED(status), "steps": answer.get("steps", 0), "lasted_s": lasted}


@contextmanager
def nursery() -> Iterator[Nursery]:
    with Nursery() as opened:
        yield opened


if __name__ == "__main__":
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(attend(Errand(**json.loads(line)))) + "\n")
        sys.stdout.flush()
