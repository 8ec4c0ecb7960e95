"""A folder that is being filled: every file synced before the list of them is, and hashed as it was written."""

import hashlib
import os
from pathlib import Path
from typing import Final

from audit.disk import Disk
from server.backup.manifest import StoredFile

AT_ONCE_FILES: Final = 64
AT_ONCE_BYTES: Final = 16 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class NewFolder:
    """Files are written in batches, so that the disk is waited for once a batch. `flush` before anything counts on
    them. Raises OSError."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder, self._disk = folder, disk
        self._waiting: list[tuple[Path, bytes]] = []
        self._temporary = folder / "unfinished"
        self.files: list[StoredFile] = []

    def store(self, path: str, content: bytes) -> None:
        """`path` is relative. Durable after `flush`."""
        self.files.append(StoredFile(path, len(content), hashlib.sha256(content).hexdigest()))
        self._waiting.append((self._folder / path, content))
        if len(self._waiting) >= AT_ONCE_FILES or sum(len(one) for _, one in self._waiting) >= AT_ONCE_BYTES:
            self.flush()

    def adopt(self, path: str) -> None:
        """Takes in a file that somebody else wrote here and synced."""
        size, digest = digest_of(self._folder / path)
        self._disk.sync_folder((self._folder / path).parent)
        self.files.append(StoredFile(path, size, digest))

    def copy_in(self, path: str, source: Path) -> StoredFile:
        """A large file, in chunks; synced on return, and given as it was read. `source` is no link."""
        digest, size = hashlib.sha256(), 0
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with (
            os.fdopen(descriptor, "rb") as old,
            os.fdopen(os.open(self._folder / path, _NEW, 0o600), "wb") as new,
        ):
            while chunk := old.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                new.write(chunk)
            new.flush()
            os.fsync(new.fileno())
        self._disk.sync_folder((self._folder / path).parent)
        self.files.append(StoredFile(path, size, digest.hexdigest()))
        return self.files[-1]

    def flush(self) -> None:
        for folder in sorted({path.parent for path, _ in self._waiting}):
            self._disk.make_folder(folder)
        self._disk.make_folder(self._temporary)
        self._disk.create_all(self._waiting, temporary=self._temporary)
        self._waiting.clear()

    def publish(self, name: str, content: bytes) -> None:
        """One file that is not in the list, after everything else: there whole or not at all."""
        self.flush()
        self._disk.create(self._folder / name, content, temporary=self._temporary / name)

    def close(self) -> None:
        """No temporary files are left."""
        if self._temporary.exists():
            self._temporary.rmdir()
            self._disk.sync_folder(self._folder)


def digest_of(file: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file, in chunks."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
