"""Kills `tachiai init` at chosen moments: run as a program, it writes one line of JSON for each.

A moment is the number of something that Python reports of the process (PEP 578): a file opened, a folder made, a name
linked or removed, a database connected. The process kills itself there, with the signal that nobody can catch; or it
ends as by a power cut, and what was not synced is gone. All modules are imported before the first fork, so that a cycle
is only what init itself does.
"""

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from server.administration import here, reaching
from server.production import initialising
from tests.faults.power_cut import PowerCut
from tests.protocol.operator import OFFICER, Site

EVENTS = frozenset(
    {"open", "os.mkdir", "os.link", "os.remove", "os.rename", "sqlite3.connect", "fcntl.flock"}
)
LOADED = (initialising, reaching, here)  # what the command imports when it is called


def main(folder: Path, cycles: int, seed: int, *, power_cut: bool) -> None:
    # The first run may also compile what it imports, which no later one does again.
    moments = min(_in_child(lambda: _counted(folder / "counted")) for _ in range(2))
    # How often a thread looks at a file differs from run to run: nearer to the end there may be nothing left to kill.
    chosen = random.Random(seed).sample(range(1, moments * 9 // 10), cycles)  # noqa: S311  # no secret: moments to kill at
    for number, moment in enumerate(sorted(chosen)):
        site = Site(folder / f"site-{number}")
        site.folder.mkdir()
        died = _in_child(lambda site=site, moment=moment: _killed(site, moment, power_cut))  # type: ignore[misc]
        finished = _in_child(lambda site=site: _finished(site))  # type: ignore[misc]
        line = {"moment": moment, "of": moments, "died": died == -signal.SIGKILL, "finished": finished}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def _in_child(work: Callable[[], int]) -> int:
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


def _counted(folder: Path) -> int:
    seen = 0

    def count(event: str, _: object) -> None:
        nonlocal seen
        seen += event in EVENTS

    sys.addaudithook(count)
    if Site(folder).first_init(*OFFICER).code:
        raise RuntimeError("init does not work even when nobody kills it")
    shutil.rmtree(folder)
    return seen


def _killed(site: Site, moment: int, power_cut: bool) -> int:
    left, cut = moment, PowerCut() if power_cut else None

    def count(event: str, _: object) -> None:
        nonlocal left
        if event not in EVENTS or (cut is not None and cut.looking):
            return
        left -= 1
        if not left:
            if cut is not None:
                cut.take(site.folder)
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    return site.first_init(*OFFICER).code


def _finished(site: Site) -> int:
    """The same command again, as an operator would repeat it."""
    ended = site.first_init(*OFFICER)
    if ended.code:
        sys.stderr.write(ended.err)
    return ended.code


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), power_cut=sys.argv[4] == "power-cut")
