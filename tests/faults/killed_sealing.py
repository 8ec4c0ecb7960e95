"""Kills a log at each step that its seals take on the disk: run as a program, it writes a line of JSON for each death.

A step is a call that writes, syncs, renames or unlinks while a seal is made: at a start, at a close, or when a chain
begins. The process dies before the call, with half of the bytes written, or as by a power cut. Then the log is opened
again, and what became of the seals is told.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from audit.seals.chain import SealChain
from audit.seals.record import restarts
from tests.faults.power_cut import PowerCut
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

STEPS: Final = ("write", "pwrite", "fsync", "fdatasync", "replace", "unlink")
NEVER: Final = 1_000_000


class Death:
    """Counts the calls made while a seal is made, and ends the process at one of them."""

    def __init__(self, root: Path, at: int, fate: str) -> None:
        self._root, self._at, self._fate, self.steps, self._sealing = root, at, fate, 0, False
        self._cut = PowerCut() if fate == "power-cut" else None
        if self._cut is not None:
            self._cut.spare(root)
        for name in STEPS:
            setattr(os, name, self._counted(getattr(os, name), name))
        change = SealChain._change

        def sealing(chain: SealChain, *given: Any) -> None:
            self._sealing = True
            change(chain, *given)
            self._sealing = False

        setattr(SealChain, "_change", sealing)  # noqa: B010 - where the steps begin that are counted

    def _counted(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            if self._sealing and not (self._cut is not None and self._cut.looking):
                self.steps += 1
                if self.steps == self._at:
                    self._sealing = False
                    self._die(call, name, *given)
            return call(*given, **named)

        return counted

    def _die(self, call: Callable[..., Any], name: str, *given: Any) -> None:
        if self._fate == "torn" and name in {"write", "pwrite"}:
            call(given[0], given[1][: len(given[1]) // 2], *given[2:])
        seals = self._root / "log" / "public" / "seals"
        if seals.exists():
            shutil.copy(seals, self._root.parent / "seen")  # what somebody may have fetched by now
        if self._cut is not None:
            self._cut.take(self._root)
        os.kill(os.getpid(), signal.SIGKILL)


async def a_life(root: Path) -> None:
    log = await LogOnDisk(root).open()
    await log.append(an_event(1))
    await log.close()


def in_child(work: Callable[[], int]) -> int:
    """What `work` gives; the negative signal if it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.write(writing, work().to_bytes(8, "big"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        number = said.read()
    _, status = os.waitpid(child, 0)
    return int.from_bytes(number, "big") if number else os.waitstatus_to_exitcode(status)


def lived(root: Path, at: int, fate: str) -> int:
    death = Death(root, at, fate)
    asyncio.run(a_life(root))
    return death.steps


def opened_again(root: Path) -> int:
    asyncio.run(a_life(root))
    return 0


def main(folder: Path, ready: Path, fate: str) -> None:
    steps = in_child(lambda: lived(shutil.copytree(ready, folder / "counted" / "root"), NEVER, "killed"))
    for at in range(1, steps + 1):
        root = shutil.copytree(ready, folder / str(at) / "root")
        died = in_child(lambda root=root, at=at: lived(root, at, fate))  # type: ignore[misc]
        seen = folder / str(at) / "seen"
        visible = seen.read_bytes() if seen.exists() else b""
        opened = in_child(lambda root=root: opened_again(root))  # type: ignore[misc]
        disk, seals = LogOnDisk(root), root / "log" / "public" / "seals"
        report = disk.verify()
        line = {
            "step": at,
            "of": steps,
            "died": died == -signal.SIGKILL,
            "opened": opened == 0,
            "exit": report.exit_code,
            "said": report.sentence,
            "kept": seals.read_bytes().startswith(visible),
            "grown": len(seals.read_bytes()) > len(visible),
            "restarts": len(restarts(seals.read_bytes())),
            "left": [path.name for path in (root / "log" / "private").iterdir() if path.name == "seals.next"],
        }
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder / str(at))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
