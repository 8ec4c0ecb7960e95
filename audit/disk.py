"""The one place where the log touches files it must not lose: whole writes, syncs, renames. Tests put faults here."""

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path


class WriteFailed(OSError):
    """Fewer bytes were written than given."""


class Disk:
    """Every method returns only when what it did is durable, and raises OSError otherwise. After a failed sync the
    kernel may have dropped the data and will report success the next time: nobody may try again."""

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        """A descriptor, which the caller closes."""
        return os.open(path, flags, mode)

    def read(self, path: Path) -> bytes | None:
        """The whole file; None if there is none."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def names(self, folder: Path) -> list[Path]:
        """What lies in it, in no order."""
        return list(folder.iterdir())

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """Overwrites part of a zero-filled file; no metadata changes, so `fdatasync` is enough."""
        if os.pwrite(descriptor, data, offset) != len(data):
            raise WriteFailed("a write was cut short: the disk is full or failing")
        os.fdatasync(descriptor)

    def create(self, path: Path, data: bytes, *, temporary: Path, mode: int = 0o600) -> None:
        """A new file, or a new content for an old one: it is there whole or not at all, also after a crash."""
        descriptor = self.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            if os.write(descriptor, data) != len(data):
                raise WriteFailed("a write was cut short: the disk is full or failing")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.rename(temporary, path)

    def create_all(self, files: Sequence[tuple[Path, bytes]], *, temporary: Path, mode: int = 0o600) -> None:
        """Like `create` for each, with the syncs shared: all is written before the first is asked for, so that the
        disk is waited for about once, and each folder is synced once. After a crash any part of them may be there,
        each one whole. `temporary` is a folder."""
        with ExitStack() as resources:
            written: list[tuple[Path, Path, int]] = []
            for number, (path, data) in enumerate(files):
                place = temporary / f"file-{number}"
                descriptor = self.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
                resources.callback(os.close, descriptor)
                if os.write(descriptor, data) != len(data):
                    raise WriteFailed("a write was cut short: the disk is full or failing")
                written.append((place, path, descriptor))
            for _, _, descriptor in written:
                os.fsync(descriptor)
        for place, path, _ in written:
            place.replace(path)
        for folder in {path.parent for path, _ in files}:
            self.sync_folder(folder)

    def write_end(self, path: Path, data: bytes, offset: int, *, mode: int = 0o600) -> None:
        """Makes `data` the end of a file that only grows, from `offset` on; the file is made if need be. After a crash
        any part of the data may be there."""
        fresh = not path.exists()
        descriptor = self.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, mode)
        try:
            if os.pwrite(descriptor, data, offset) != len(data):
                raise WriteFailed("a write was cut short: the disk is full or failing")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            self.sync_folder(path.parent)

    def destroy(self, path: Path) -> None:
        """Overwrites a file, if there is one, before its name goes. What a disk keeps elsewhere of it (spare blocks of
        an SSD, snapshots, journals) this does not reach."""
        try:
            descriptor = self.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        try:
            self.write_at(descriptor, bytes(os.fstat(descriptor).st_size), 0)
        finally:
            os.close(descriptor)
        path.unlink()
        self.sync_folder(path.parent)

    def rename(self, old: Path, new: Path) -> None:
        old.replace(new)
        self.sync_folder(new.parent)

    def make_folder(self, path: Path, mode: int = 0o700) -> None:
        """The folder and its parents; each new name is synced in the folder above it."""
        missing = [path, *path.parents]
        for folder in reversed([folder for folder in missing if not folder.exists()]):
            folder.mkdir(mode=mode)
            self.sync_folder(folder.parent)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        descriptor = self.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
