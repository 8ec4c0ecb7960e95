"""Looks at files and folders: who may read them, and where they lie. Their content stays unread."""

import os
import stat
from pathlib import Path
from typing import Final

from server.checklist.facts import DataFolder, KeyFiles
from server.checklist.machine_probe import existing

_OTHERS: Final = 0o077


def look_at_keys(kek: Path, others: tuple[Path, ...], data: Path, *, credentials: Path | None) -> KeyFiles:
    """`kek` and `others` as they lie on the disk. `credentials`: systemd's folder of credentials, which it guards by
    access lists that show as rights of the group; what lies there is not judged by its mode."""
    files = [path for path in (kek, *others) if path.exists()]
    judged = [path for path in files if credentials is None or credentials not in path.parents]
    return KeyFiles(
        kek_missing=not kek.exists(),
        kek_beside_data=_lies_in(kek, data),
        kek_on_same_volume=_same_volume(kek, data),
        readable=tuple(str(path) for path in judged if path.stat().st_mode & _OTHERS),
        missing=tuple(str(path) for path in others if not path.exists()),
    )


def look_at_folder(data: Path) -> DataFolder:
    place = existing(data)
    return DataFolder(
        path=str(data),
        there=data.is_dir(),
        writable=os.access(place, os.W_OK | os.X_OK),
        private=data.is_dir() and not stat.S_IMODE(data.stat().st_mode) & _OTHERS,
    )


def _lies_in(file: Path, folder: Path) -> bool:
    """Through any links."""
    return folder.resolve() in file.resolve().parents


def _same_volume(one: Path, other: Path) -> bool:
    return existing(one).stat().st_dev == existing(other).stat().st_dev
