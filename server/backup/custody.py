"""A server's keys, and who may touch its data."""

import hashlib
import os
import pwd
import stat
from pathlib import Path
from typing import Final

from audit.kek import KeyUnavailable, read_secret
from audit.note import KeyInvalid, Signer, Verifier
from audit.post_quantum import both, place_beside, read_beside
from server import key_encryption
from server.backup.errors import BackupRefused
from server.key_encryption import Kek
from server.places import KeyPlaces, Places, places_of
from server.settings import Settings, SettingsRefused

ROOT: Final = 0
AUTHENTICATORS: Final = "authenticators.key"
BADGES: Final = "badge-keys.json"


def find_places(settings: Settings) -> Places:
    """Raises BackupRefused if the settings do not say where everything is."""
    try:
        return places_of(settings)
    except SettingsRefused as error:
        raise BackupRefused(f"{error} Nothing was changed.") from error


def server_keys(places: KeyPlaces) -> dict[str, Path]:
    """The keys that a backup may hold, by their names in it: all but the key-encryption key."""
    return {
        AUTHENTICATORS: places.authenticators,
        "invitations.key": places.invitations,
        "log-signing-key": places.log_signing_key,
    }


def optional_keys(places: KeyPlaces) -> dict[str, Path]:
    """Those that not every server has, by their names in a backup."""
    badges = {} if places.badges is None else {BADGES: places.badges}
    return {"log-signing-key.ml-dsa-44": place_beside(places.log_signing_key), **badges}


def kept_keys(places: KeyPlaces) -> dict[str, Path]:
    """All that this server has."""
    return server_keys(places) | {
        name: place for name, place in optional_keys(places).items() if place.exists()
    }


def open_kek(places: Places) -> Kek:
    """Raises BackupRefused."""
    try:
        return key_encryption.open_kek(places.keys)
    except KeyUnavailable as error:
        where = "Set keys.kek to its file." if places.keys.vault is None else "See [vault] in the settings."
        raise BackupRefused(
            f"The key-encryption key cannot be used: {error}. Nothing was changed. {where}"
        ) from error


def open_signer(file: Path) -> Signer:
    """The log's. Raises BackupRefused."""
    try:
        return Signer.parse(read_secret(file).decode("ascii", "replace").removesuffix("\n"))
    except (KeyUnavailable, KeyInvalid) as error:
        raise BackupRefused(f"The log's signing key cannot be used: {error}. Nothing was changed.") from error


def verifier_of(file: Path, signer: Signer) -> Verifier:
    """With the companion, if the key in `file` has one. Raises BackupRefused."""
    try:
        return both(signer, read_beside(file, signer.name))
    except (KeyUnavailable, KeyInvalid, PermissionError) as error:
        raise BackupRefused(
            f"The log's post-quantum key {place_beside(file)} cannot be used: {error}. Nothing was changed."
        ) from error


def fingerprint(name: str, content: bytes) -> str:
    """Tells whether a key is the one meant, and nothing else about it: keys are 32 random bytes."""
    return hashlib.sha256(b"tachiai/backup/key/" + name.encode() + b"\0" + content).hexdigest()


def must_own(folder: Path) -> None:
    """The folder's own user or root may go on: files that another user made here would keep the server from starting.
    Raises BackupRefused."""
    owner = folder.stat().st_uid
    if os.geteuid() not in {ROOT, owner}:
        raise BackupRefused(
            f"{folder} belongs to the user {_name(owner)}. Do this as that user or as root: the server "
            "could not use what another user makes. Nothing was changed."
        )


def give_back(places: Places) -> None:
    """What root made in the data folder, and a lockstate apart, is the data folder's owner's. Goes by descriptors and
    follows no link: the owner may be an attacker by now, and root's hand must not be led elsewhere."""
    owner = places.data.stat()
    if os.geteuid() != ROOT or owner.st_uid == ROOT:
        return
    for _, folders, files, descriptor in os.fwalk(places.data):
        for name in (*folders, *files):
            _give(name, owner, descriptor)
    if places.lockstate.exists():
        _give(str(places.lockstate), owner, None)


def _give(name: str, owner: os.stat_result, folder: int | None) -> None:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    # A second name could have been made by the owner for a file that is none of theirs.
    if found.st_uid == ROOT and (found.st_nlink == 1 or stat.S_ISDIR(found.st_mode)):
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=folder, follow_symlinks=False)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
