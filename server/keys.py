"""The server's own keys: one file each, mode 0600, in a folder that is not the log's."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.kek import FileKek, KeyUnavailable, read_secret, write_secret
from server.places import KeyPlaces, key_places

KEY_BYTES: Final = 32


class KeysRefused(Exception):
    """A key file cannot be used; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """`kek` wraps the log's data keys; `authenticators` seals TOTP secrets; `invitations` hashes link tokens and codes.
    `log_signing_key` is the file in which the log keeps its own."""

    kek: FileKek
    log_signing_key: Path
    authenticators: bytes
    invitations: bytes


def open_keys(places: KeyPlaces) -> Keys:
    """Every key must be there: one made anew would open nothing that the lost one sealed. Raises KeysRefused."""
    try:
        missing = [str(place) for place in places.all() if not place.exists()]
    except PermissionError as error:
        raise KeysRefused(
            f"This user may not look for {error.filename}. Run this as the user whose keys they are."
        ) from error
    if missing:
        raise KeysRefused(
            f"These keys are missing: {', '.join(missing)}. No new ones were made, since they would open nothing. On a "
            "new machine run `tachiai init`; otherwise bring the keys back from where you keep their copies."
        )
    return _read(places)


def open_or_create(folder: Path) -> Keys:
    """All keys of the folder; those that are missing are made, the log's own when the log is. Raises KeysRefused."""
    places = key_places(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not places.kek.exists():
            FileKek.create(places.kek)
        for place in (places.authenticators, places.invitations):
            if not place.exists():
                write_secret(place, new_key())
    except (KeyUnavailable, OSError) as error:
        raise KeysRefused(f"A key cannot be made: {error}.") from error
    return _read(places)


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _read(places: KeyPlaces) -> Keys:
    try:
        return Keys(
            kek=FileKek.open(places.kek),
            log_signing_key=places.log_signing_key,
            authenticators=_key(places.authenticators),
            invitations=_key(places.invitations),
        )
    except (KeyUnavailable, OSError) as error:
        raise KeysRefused(f"A key cannot be used: {error}.") from error


def _key(file: Path) -> bytes:
    key = read_secret(file)
    if len(key) != KEY_BYTES:
        raise KeyUnavailable(f"{file} does not hold {KEY_BYTES} bytes")
    return key
