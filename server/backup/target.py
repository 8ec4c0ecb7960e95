"""Whether a backup can be written somewhere: asked before the first byte is."""

import shutil
from pathlib import Path
from typing import Final

from server.backup.custody import must_own
from server.backup.errors import BackupRefused
from server.backup.manifest import MANIFEST
from server.places import Places

SPARE_BYTES: Final = 64 * 1024 * 1024


def must_take(places: Places, target: Path) -> None:
    """Raises BackupRefused, OSError."""
    if not places.database.is_file() or not places.log.is_dir():
        raise BackupRefused(f"There is no server's data in {places.data}. Nothing was copied.")
    must_own(places.data)
    for folder in {places.data, *(key.resolve().parent for key in places.keys.all())}:
        if target.is_relative_to(folder) or folder.is_relative_to(target):
            raise BackupRefused(
                f"A backup cannot lie in {folder} or around it: what destroys the one would destroy the other. "
                "Nothing was copied. Choose a folder elsewhere, best on another disk."
            )
    if target.exists() and not target.is_dir():
        raise BackupRefused(f"{target} is there already and is no folder. Nothing was copied.")
    if target.is_dir():
        must_be_empty(target)
    if not target.parent.is_dir():
        raise BackupRefused(f"There is no folder {target.parent}: is its disk mounted? Nothing was copied.")
    needed, free = _size(places) + SPARE_BYTES, shutil.disk_usage(target.parent).free
    if free < needed:
        raise BackupRefused(
            f"The backup needs about {needed // 1_000_000} MB, and {target.parent} has {free // 1_000_000} MB left. "
            "Nothing was copied."
        )


def must_be_empty(target: Path) -> None:
    """Raises BackupRefused, OSError."""
    if any(target.iterdir()):
        finished = (target / MANIFEST).exists()
        what = (
            "holds a backup already" if finished else "is not empty, and what it holds is no finished backup"
        )
        raise BackupRefused(f"{target} {what}. Nothing was copied. Choose a new folder, or remove this one.")


def _size(places: Places) -> int:
    database = sum(file.stat().st_size for file in places.data.glob(f"{places.database.name}*"))
    return database + sum(_size_of(path) for path in places.log.rglob("*"))


def _size_of(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:  # a running writer removes files
        return 0
