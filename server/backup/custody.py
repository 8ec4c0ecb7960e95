"""A server's keys, and who may touch its data."""

import hashlib
import os
import pwd
from pathlib import Path

from audit.kek import FileKek, KeyUnavailable, read_secret
from audit.note import KeyInvalid, Signer
from server.backup.errors import BackupRefused
from server.places import KeyPlaces, Places, places_of
from server.settings import Settings, SettingsRefused


def find_places(settings: Settings) -> Places:
    """Raises BackupRefused if the settings do not say where everything is."""
    try:
        return places_of(settings)
    except SettingsRefused as error:
        raise BackupRefused(f"{error} Nothing was changed.") from error


def server_keys(places: KeyPlaces) -> dict[str, Path]:
    """The keys that a backup may hold, by their names in it: all but the key-encryption key."""
    return {
        "authenticators.key": places.authenticators,
        "invitations.key": places.invitations,
        "log-signing-key": places.log_signing_key,
    }


def open_kek(places: Places) -> FileKek:
    """Raises BackupRefused."""
    try:
        return FileKek.open(places.keys.kek)
    except KeyUnavailable as error:
        raise BackupRefused(
            f"The key-encryption key cannot be used: {error}. Nothing was changed. Set keys.kek to its file."
        ) from error


def open_signer(file: Path) -> Signer:
    """The log's. Raises BackupRefused."""
    try:
        return Signer.parse(read_secret(file).decode("ascii", "replace").removesuffix("\n"))
    except (KeyUnavailable, KeyInvalid) as error:
        raise BackupRefused(f"The log's signing key cannot be used: {error}. Nothing was changed.") from error


def fingerprint(name: str, content: bytes) -> str:
    """Tells whether a key is the one meant, and nothing else about it: keys are 32 random bytes."""
    return hashlib.sha256(b"tachiai/backup/key/" + name.encode() + b"\0" + content).hexdigest()


def must_own(folder: Path) -> None:
    """Files that another user made here would keep the server from starting. Raises BackupRefused."""
    owner = folder.stat().st_uid
    if os.geteuid() != owner:
        name = _name(owner)
        raise BackupRefused(
            f"{folder} belongs to the user {name}. Do this as that user, for instance with "
            f"`runuser -u {name} --` before the command: the server could not use what another user "
            "makes. Nothing was changed."
        )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
