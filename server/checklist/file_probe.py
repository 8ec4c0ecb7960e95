"""Looks at files and folders: who may read them, and where they lie. Of their content only keys are counted."""

import os
import stat
from pathlib import Path
from typing import Final

from audit.kek import KeyUnavailable
from audit.readers import others_may_use
from server.authenticator_ring import read_ring
from server.checklist.facts import DataFolder, KeyFiles
from server.checklist.machine_probe import existing
from server.places import Places
from server.production.safety import lies_in

_OTHERS: Final = 0o077


def look_at_keys(places: Places, *, kek_given: bool = False) -> KeyFiles:
    kek, own = places.keys.kek, places.keys.own()
    secrets = (*places.keys.all(), places.keys.badges)
    files = [path for path in secrets if path is not None and path.exists()]
    return KeyFiles(
        kek_missing=kek is not None and not kek.exists(),
        kek_given=kek_given,
        kek_in_vault=kek is None,
        kek_beside_data=kek is not None and lies_in(kek, places.data),
        kek_on_same_volume=kek is not None and _same_volume(kek, places.data),
        readable=tuple(str(path) for path in files if others_may_use(path)),
        missing=tuple(str(path) for path in own if not path.exists()),
        ring=_ring(places.keys.authenticators),
    )


def _ring(file: Path) -> int | None:
    try:
        return len(read_ring(file).keys)
    except KeyUnavailable:
        return None


def look_at_folder(places: Places) -> DataFolder:
    data = places.data
    place = existing(data)
    return DataFolder(
        path=str(data),
        used=places.keys.signed_before.exists(),
        there=data.is_dir(),
        writable=os.access(place, os.W_OK | os.X_OK),
        private=data.is_dir() and not stat.S_IMODE(data.stat().st_mode) & _OTHERS,
    )


def _same_volume(one: Path, other: Path) -> bool:
    return existing(one).stat().st_dev == existing(other).stat().st_dev
