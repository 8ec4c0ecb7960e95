"""Kills a rewrapping at each of its steps: run as a program, it writes one line of JSON for each.

A step is the moment before and after each transaction of the key store, before each of its commits, and each file that
is opened, renamed or removed among the keys. The process kills itself there, with the signal that nobody can catch.
"""

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.kek import FileKek
from audit.keys.rewrapping import retire, rewrap, unfinished
from audit.keys.tables import KeyTables
from audit.keystore import PERIOD_MS, Keystore

FILES = frozenset({"open", "os.rename", "os.remove"})
PARTIES = [(f"customer-{number % 600}", number // 600 * PERIOD_MS) for number in range(1_200)]


class Steps:
    def __init__(self, die_at: int) -> None:
        self.seen, self._die_at = 0, die_at

    def step(self) -> None:
        self.seen += 1
        if self.seen == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingTables(KeyTables):
    def __init__(self, path: Path, steps: Steps) -> None:
        super().__init__(path)
        self._steps = steps

    @contextmanager
    def _writing(self, what: str) -> Iterator[sqlite3.Connection]:
        self._steps.step()
        with super()._writing(what) as database:
            yield database
            self._steps.step()
        self._steps.step()


def main(folder: Path) -> None:
    first = folder / "first"
    first.mkdir(parents=True)
    keystore = Keystore(first / "keys.db", FileKek.create(first / "kek"))
    secrets = {key.key_id: key.secret for key in keystore.keys(PARTIES).values()}
    keystore.close()
    count = _in_child(lambda: _rotate(_copy(first, folder / "counted"), 0))
    for number in range(1, count + 1):
        place = _copy(first, folder / f"killed-{number}")
        died = _in_child(lambda place=place, number=number: _rotate(place, number))  # type: ignore[misc]
        after = _all_open(place, secrets)
        _rotate(place, 0)
        line = {"died": died == -signal.SIGKILL, "opens": after, "finished": _finished(place, secrets)}
        sys.stdout.write(json.dumps(line) + "\n")
        shutil.rmtree(place)


def _rotate(place: Path, die_at: int) -> int:
    """All of it, as an operator would ask for it: also a second time, after whatever happened."""
    steps = Steps(die_at)
    kek = FileKek.open(place / "kek")
    keystore = Keystore(place / "keys.db", kek)
    keystore.tables = DyingTables(place / "keys.db", steps)
    if die_at or place.name == "counted":
        sys.addaudithook(lambda event, told: _count(steps, place, event, told))
    if not unfinished(keystore, kek) and len(kek.versions()) == 1:
        kek.add_version()
    rewrap(keystore, kek)
    for version in kek.versions()[:-1]:
        retire(keystore, kek, version, set())
    keystore.tables.close()
    return steps.seen


def _count(steps: Steps, place: Path, event: str, told: tuple[object, ...]) -> None:
    if event in FILES and told and str(place) in str(told[0]):
        steps.step()


def _all_open(place: Path, secrets: dict[bytes, bytes]) -> bool:
    keystore = Keystore(place / "keys.db", FileKek.open(place / "kek"))
    found = {key_id: key.secret if (key := keystore.find(key_id)) else None for key_id in secrets}
    keystore.close()
    return found == secrets


def _finished(place: Path, secrets: dict[bytes, bytes]) -> bool:
    kek = FileKek.open(place / "kek")
    left = sorted(path.name for path in place.iterdir())
    return _all_open(place, secrets) and len(kek.versions()) == 1 and left == ["kek", "keys.db"]


def _copy(first: Path, place: Path) -> Path:
    shutil.copytree(first, place)
    return place


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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
