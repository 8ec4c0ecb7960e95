"""What a power cut may leave: of what was not synced, any part, 512 bytes at a time, and any of the names.

`Recorder` watches one process write below a folder, and keeps what is synced and what is not at each moment just before
a sync. `Moment.leave` then makes the folder of one such power cut: each sector that was written since its file was last
synced is there or not, a file is as long as it was or as it is, and each name that was not synced was made, or taken
away, or not. A rename within a folder is done or not done. SQLite syncs its files outside of Python's sight and has
proofs of its own: of a key store one whole state is kept, the last one at that moment.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.keystore import serialized

SECTOR: Final = 512
Names = dict[str, int]  # what a folder holds: a name, and the number of the file behind it


@dataclass(frozen=True, slots=True, repr=False)
class Moment:
    """`synced` and `written` hold the content of files by their number, `names` and `synced_names` those of folders by
    theirs. `renamed` are (folder, old name, new name) that are not synced. `told` is what the test had been told by
    then, `visible` the checkpoint that anybody could have fetched."""

    top: int
    synced: dict[int, bytes]
    written: dict[int, bytes]
    synced_names: dict[int, Names]
    names: dict[int, Names]
    renamed: tuple[tuple[int, str, str], ...]
    databases: dict[str, bytes]
    told: int
    visible: bytes | None

    def leave(self, place: Path, chance: random.Random, kept: float) -> None:
        """Makes `place`; what was not synced survives with the probability `kept`, each part for itself."""
        self._folder(self.top, place, lambda: chance.random() < kept)
        for name, content in self.databases.items():
            (place / name).write_bytes(content)

    def _folder(self, number: int, place: Path, survives: Callable[[], bool]) -> None:
        place.mkdir()
        for name, inside in sorted(self._surviving(number, survives).items()):
            if inside in self.names or inside in self.synced_names:
                self._folder(inside, place / name, survives)
            else:
                (place / name).write_bytes(self._content(inside, survives))

    def _surviving(self, number: int, survives: Callable[[], bool]) -> Names:
        before, now = self.synced_names.get(number, {}), self.names.get(number, {})
        left = dict(before)
        renamed = [(old, new) for folder, old, new in self.renamed if folder == number and new in now]
        together = {name for pair in renamed for name in pair}
        for old, new in renamed:
            if survives():
                left.pop(old, None)
                left[new] = now[new]
        for name in sorted(before.keys() | now.keys()):
            if name not in together and before.get(name) != now.get(name) and survives():
                left.pop(name, None)
                left |= {name: now[name]} if name in now else {}
        return left

    def _content(self, number: int, survives: Callable[[], bool]) -> bytes:
        before = self.synced.get(number, b"")
        now = self.written.get(number, before)
        if now == before:
            return now
        size = len(now) if survives() else len(before)
        parts: list[bytes] = []
        for start in range(0, size, SECTOR):
            old, new = before[start : start + SECTOR], now[start : start + SECTOR]
            part = new if old != new and survives() else old
            parts.append(part.ljust(min(SECTOR, size - start), b"\0")[: size - start])
        return b"".join(parts)


@dataclass(slots=True)
class Recorder:
    """`told` counts what the test was told is durable; `moments` are filled by `watching`."""

    top: Path
    told: int = 0
    moments: list[Moment] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _synced: dict[int, bytes] = field(default_factory=dict)
    _names: dict[int, Names] = field(default_factory=dict)
    _renamed: list[tuple[int, str, str]] = field(default_factory=list)
    _held: dict[int, int] = field(default_factory=dict)  # an open file's number is not given to another

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Every sync and rename of this process, below the folder."""
        fsync, fdatasync, replace = os.fsync, os.fdatasync, os.replace
        try:
            setattr(os, "fsync", self._watched(fsync))  # noqa: B010 - only a descriptor is ever given
            setattr(os, "fdatasync", self._watched(fdatasync))  # noqa: B010
            setattr(os, "replace", self._rename(replace))  # noqa: B010
            yield
            self._keep()
        finally:
            os.fsync, os.fdatasync, os.replace = fsync, fdatasync, replace
            for descriptor in self._held.values():
                os.close(descriptor)

    def _watched(self, sync: Callable[[int], None]) -> Callable[[int], None]:
        def watched(descriptor: int) -> None:
            with self._lock:
                self._keep()
                sync(descriptor)
                self._remember(Path(f"/proc/self/fd/{descriptor}").readlink())

        return watched

    def _rename(self, replace: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        def rename(old: Path, new: Path) -> None:
            with self._lock:
                replace(old, new)
                if old.parent == new.parent:
                    self._renamed.append((new.parent.stat().st_ino, old.name, new.name))

        return rename

    def _remember(self, path: Path) -> None:
        number = path.stat().st_ino
        self._held.setdefault(number, os.open(path, os.O_RDONLY))
        if path.is_dir():
            self._names[number] = {one.name: one.stat().st_ino for one in path.iterdir()}
            self._renamed = [one for one in self._renamed if one[0] != number]
        else:
            self._synced[number] = path.read_bytes()

    def _keep(self) -> None:
        if not self.top.is_dir():
            return
        told = self.told
        checkpoint = self.top / "public" / "checkpoint"
        visible = checkpoint.read_bytes() if checkpoint.exists() else None
        written: dict[int, bytes] = {}
        names: dict[int, Names] = {}
        for folder, _, files in os.walk(self.top):
            place = Path(folder)
            names[place.stat().st_ino] = {
                one.name: one.stat().st_ino for one in place.iterdir() if ".db" not in one.name
            }
            for file in files:
                if ".db" not in file:
                    self._look(place / file, written)
        keys = self.top / "keys.db"
        databases = {keys.name: serialized(keys)} if keys.exists() and keys.stat().st_size else {}
        self.moments.append(
            Moment(
                self.top.stat().st_ino,
                dict(self._synced),
                written,
                dict(self._names),
                names,
                tuple(self._renamed),
                databases,
                told,
                visible,
            )
        )

    def _look(self, path: Path, written: dict[int, bytes]) -> None:
        """What was synced and not written since takes no room a second time."""
        try:
            number, content = path.stat().st_ino, path.read_bytes()
        except FileNotFoundError:  # another thread renamed it
            return
        if self._synced.get(number) != content:
            written[number] = content
