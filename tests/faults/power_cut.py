"""What a power cut takes: every byte and every name that was not yet synced.

A file keeps the content that it had when it was last synced, a folder the names that it had then; the rest is gone. A
name that was synced and that a rename took since is there again: a rename is done or not done. It is the worst that a
file system may do, and more than most do. SQLite syncs its own files outside of Python's sight, so they stay as they
are, wherever the folder stays in which they lie.
"""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike, StrPath

_SQLITES: Final = (".db", ".db-journal", ".db-wal", ".db-shm")


class PowerCut:
    """Sees every sync of this process from now on."""

    def __init__(self) -> None:
        self.looking = False  # while it reads for itself
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, set[str]] = {}
        self._renamed: list[tuple[Path, Path]] = []
        self._fsync, self._fdatasync, self._replace = os.fsync, os.fdatasync, os.replace
        os.fsync, os.fdatasync = self._seen_fsync, self._seen_fdatasync
        setattr(os, "replace", self._seen_replace)  # noqa: B010 - without its directory descriptors

    def spare(self, folder: Path) -> None:
        """What lies in `folder` now was synced long ago."""
        self._names[folder.stat().st_ino] = {place.name for place in folder.iterdir()}
        for place in folder.iterdir():
            if place.is_dir():
                self.spare(place)
            elif place.is_file():
                self._contents[place.stat().st_ino] = place.read_bytes()

    def take(self, folder: Path) -> None:
        """Takes from `folder` whatever a power cut could, its own names and everything below."""
        self.looking = True
        kept = self._synced(folder)
        for old, new in reversed(self._renamed):
            if old.parent == folder and old.name in kept and new.name not in self._synced(new.parent):
                new.rename(old)
        for place in sorted(folder.iterdir()):
            if place.name.endswith(_SQLITES):
                continue
            if place.name not in kept:
                shutil.rmtree(place, ignore_errors=True) if place.is_dir() else place.unlink(missing_ok=True)
            elif place.is_dir():
                self.take(place)
            elif place.read_bytes() != (content := self._contents.get(place.stat().st_ino, b"")):
                place.write_bytes(content)

    def _synced(self, folder: Path) -> set[str]:
        return self._names.get(folder.stat().st_ino, set())

    def _seen_replace(self, old: "StrPath", new: "StrPath") -> None:
        self._replace(old, new)
        self._renamed.append((Path(old), Path(new)))

    def _seen_fsync(self, fd: "FileDescriptorLike") -> None:
        self._fsync(fd)
        self._remember(fd)

    def _seen_fdatasync(self, fd: "FileDescriptorLike") -> None:
        self._fdatasync(fd)
        self._remember(fd)

    def _remember(self, descriptor: "FileDescriptorLike") -> None:
        self.looking = True
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        place = Path(f"/proc/self/fd/{number}")
        if place.is_dir():
            self._names[place.stat().st_ino] = {name.name for name in place.iterdir()}
            self._renamed = [pair for pair in self._renamed if not place.samefile(pair[1].parent)]
        else:
            self._contents[place.stat().st_ino] = place.read_bytes()
        self.looking = False
