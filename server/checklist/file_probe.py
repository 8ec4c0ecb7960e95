"""Looks at files and folders: who may read them, and where they lie. Their content stays unread."""

import os
import stat
from pathlib import Path
from typing import Final

from audit.readers import others_may_use
from server.checklist.facts import DataFolder, KeyFiles
from server.checklist.machine_probe import existing
from server.places import Places
from server.production.safety import lies_in

_OTHERS: Final = 0o077


def look_at_keys(places: Places, *, kek_given: bool = False) -> KeyFiles:
    kek, *others = places.keys.all()
    files = [path for path in (kek, *others) if path.exists()]
    return KeyFiles(
        kek_missing=not kek.exists(),
        kek_given=kek_given,
        kek_beside_data=lies_in(kek, places.data),
        kek_on_same_volume=_same_volume(kek, places.data),
        readable=tuple(str(path) for path in files if others_may_use(path)),
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


def _same_volume(one: Path, other: Path) -> bool:
    return existing(one).stat().st_dev == existing(other).stat().st_dev
