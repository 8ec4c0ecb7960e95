"""Out of a backup into staging: every file hashed as it is read, so that what was checked is what is used."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.kek import KeyUnavailable, read_secret
from audit.plain_file import NotPlain, read_plain
from audit.ports import KeyEncryptionKey
from server.authenticator_ring import contents_before
from server.backup.custody import AUTHENTICATORS, BADGES, fingerprint, optional_keys, server_keys
from server.backup.errors import BackupRefused
from server.backup.key_wrapping import unwrapped
from server.backup.manifest import Manifest, StoredFile
from server.backup.new_folder import NewFolder
from server.keys import HAS_SIGNED
from server.places import DATABASE_FILE, KeyPlaces, key_places

KEYS: Final = "keys"
SPARE_BYTES: Final = 64 * 1024 * 1024


def unpack(source: Path, manifest: Manifest, target: Path, disk: Disk) -> None:
    """Log and database, synced. Raises BackupRefused naming the first file that is not what was sealed; OSError."""
    free = shutil.disk_usage(target).free
    if free < manifest.size_bytes + SPARE_BYTES:
        raise BackupRefused(
            f"The backup needs {manifest.size_bytes // 1_000_000} MB, and {target} has {free // 1_000_000} MB left. "
            "Nothing was put in place."
        )
    folder = NewFolder(target, disk)
    for file in manifest.files:
        if file.path == DATABASE_FILE:
            _must_be_plain(source, file)
            if folder.copy_in(file.path, source / file.path) != file:
                raise _changed(source, file)
        elif file.path.startswith("log/"):
            folder.store(file.path, read_file(source, file))
    folder.flush()
    folder.close()


def _must_be_plain(source: Path, file: StoredFile) -> None:
    try:
        status = (source / file.path).lstat()
    except FileNotFoundError as error:
        raise _missing(source, file) from error
    if not stat.S_ISREG(status.st_mode) or status.st_size != file.size:
        raise _changed(source, file)


def read_file(source: Path, file: StoredFile) -> bytes:
    """Raises BackupRefused, OSError."""
    try:
        content = read_plain(source / file.path, file.size)
    except NotPlain as error:
        raise _changed(source, file) from error
    if content is None:
        raise _missing(source, file)
    if len(content) != file.size or hashlib.sha256(content).hexdigest() != file.sha256:
        raise _changed(source, file)
    return content


def check_keys(source: Path, manifest: Manifest, target: KeyPlaces, kek: KeyEncryptionKey) -> None:
    """Whether the keys can lie in `target`: those that are there must be the backup's, and those that are not must be
    in the backup. Raises BackupRefused, OSError."""
    places = server_keys(target) | optional_keys(target)
    for name, wanted in _wanted(manifest):
        if name == BADGES:
            continue  # it may have changed since, or be made anew: nothing in the backup needs it
        there = _present(places[name])
        if there is None and not manifest.with_keys:
            raise BackupRefused(
                f"This backup was taken without keys, and {places[name]} is not there. Nothing was changed. "
                "Put the server's keys in their place first."
            )
        if there is not None and wanted not in {fingerprint(name, one) for one in _before(name, there)}:
            raise BackupRefused(
                f"{places[name]} is another key than the backup's. Nothing was changed. Choose another folder for "
                "the keys, or move that key away if you are sure that nothing needs it."
            )
    if manifest.with_keys:
        for name, wanted in _wanted(manifest):
            if fingerprint(name, _key(source, manifest, name, kek)) != wanted:
                raise _changed(source, StoredFile(f"{KEYS}/{name}", 0, ""))


def place_keys(
    source: Path, manifest: Manifest, target: KeyPlaces, kek: KeyEncryptionKey, disk: Disk
) -> None:
    """Those that are missing, and that the signing key has signed, which no backup holds. Raises BackupRefused,
    OSError."""
    places = server_keys(target) | optional_keys(target)
    for name, _ in _wanted(manifest):
        place = places.get(name)  # None: the badge key of a server whose issuer is a process of its own
        if place is not None and _present(place) is None and manifest.with_keys:
            disk.make_folder(place.parent)
            temporary = place.with_name(f"{place.name}.new")
            disk.create(place, _key(source, manifest, name, kek), temporary=temporary, mode=0o600)
    memory = target.signed_before
    if not memory.exists() and os.access(memory.parent, os.W_OK):
        disk.create(memory, HAS_SIGNED, temporary=memory.with_name(f"{memory.name}.new"), mode=0o600)


def _before(name: str, content: bytes) -> Iterator[bytes]:
    """What a key's file that goes on changing may have held when the backup was taken: it opens that backup too."""
    if name == AUTHENTICATORS:
        yield from contents_before(content)
    else:
        yield content


def _wanted(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for name in server_keys(key_places(Path())):
        if name not in manifest.keys:
            raise BackupRefused(f"The manifest does not speak of the key {name}. Nothing was changed.")
        yield name, manifest.keys[name]
    for name in optional_keys(key_places(Path())):
        if name in manifest.keys:
            yield name, manifest.keys[name]


def _present(file: Path) -> bytes | None:
    if not file.exists():
        return None
    try:
        return read_secret(file)
    except KeyUnavailable as error:
        raise BackupRefused(f"A key cannot be used: {error}. Nothing was changed.") from error


def _key(source: Path, manifest: Manifest, name: str, kek: KeyEncryptionKey) -> bytes:
    for file in manifest.files:
        if file.path == f"{KEYS}/{name}":
            return unwrapped(name, read_file(source, file), kek)
    raise BackupRefused(f"The backup does not hold the key {name}. Nothing was changed.")


def _missing(source: Path, file: StoredFile) -> BackupRefused:
    return BackupRefused(f"{file.path} is missing in {source}. Nothing was put in place. Use another backup.")


def _changed(source: Path, file: StoredFile) -> BackupRefused:
    return BackupRefused(
        f"{source / file.path} is not what was backed up: it was changed or is damaged. Nothing was put in place. "
        "Use another backup."
    )
