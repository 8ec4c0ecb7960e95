"""The server's own keys: one file each, mode 0600, in a folder that is not the log's."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.kek import FileKek, KeyUnavailable, read_secret, write_secret
from audit.keys.recipients import Recipients
from audit.log import LogRefused
from audit.note import KeyInvalid
from audit.opening import verifier_key_of
from audit.post_quantum import new_beside, place_beside
from server.authenticator_ring import Ring, read_ring
from server.key_encryption import Kek, open_kek, read_recipients
from server.places import KeyPlaces, key_places

KEY_BYTES: Final = 32
HAS_SIGNED: Final = b"This key has signed a log: no second one is begun under it.\n"


class KeysRefused(Exception):
    """A key file cannot be used; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """`kek` wraps the log's data keys; `authenticators` seal TOTP secrets; `invitations` hashes link tokens and codes.
    `log_signing_key` is the file in which the log keeps its own, `recipients` who is to open sealed periods."""

    kek: Kek
    log_signing_key: Path
    authenticators: Ring
    invitations: bytes
    recipients: Recipients | None = None


def open_keys(places: KeyPlaces) -> Keys:
    """Every key must be there: one made anew would open nothing that the lost one sealed. Raises KeysRefused."""
    try:
        missing = [str(place) for place in places.all() if not place.exists()]
    except PermissionError as error:
        raise _not_to_be_seen(error) from error
    if missing:
        raise KeysRefused(
            f"These keys are missing: {', '.join(missing)}. No new ones were made, since they would open nothing. On a "
            "new machine run `tachiai init`; otherwise bring the keys back from where you keep their copies."
        )
    return _read(places)


def refuse_unusable(places: KeyPlaces) -> None:
    """Judges the keys that are there, before anything is made beside them. Raises KeysRefused."""
    try:
        if places.kek is None or places.kek.exists():
            open_kek(places)
        read_recipients(places)
        if places.authenticators.exists():
            read_ring(places.authenticators)
        if places.invitations.exists():
            _key(places.invitations)
        if places.log_signing_key.exists():
            verifier_key_of(places.log_signing_key)
    except PermissionError as error:
        raise _not_to_be_seen(error) from error
    except (KeyUnavailable, LogRefused, OSError) as error:
        raise KeysRefused(
            f"A key cannot be used: {str(error).rstrip('.')}. Nothing was made. Mend that, or bring the key back from "
            "where you keep its copy."
        ) from error


def open_or_create(folder: Path, places: KeyPlaces | None = None) -> Keys:
    """All keys of the folder; those that are missing are made, the log's own when the log is. `places`: those of the
    folder, where they name recipients too. Raises KeysRefused."""
    places = places or key_places(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if places.kek is not None and not places.kek.exists():
            FileKek.create(places.kek)
        for place in (places.authenticators, places.invitations):
            if not place.exists():
                write_secret(place, new_key())
    except (KeyUnavailable, OSError) as error:
        raise KeysRefused(f"A key cannot be made: {error}.") from error
    return _read(places)


def make_post_quantum(signing_key: Path, origin: str) -> Path | None:
    """The log's second key, beside its first; None if it is there already. Raises KeysRefused."""
    try:
        return None if place_beside(signing_key).exists() else new_beside(signing_key, origin)
    except (KeyUnavailable, KeyInvalid, PermissionError) as error:
        raise KeysRefused(
            f"log.post_quantum asks for a second key of the log, and it cannot be made: {error}. Run "
            "`tachiai init` as the user whose keys they are; it makes what is missing."
        ) from error


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def _not_to_be_seen(error: PermissionError) -> KeysRefused:
    return KeysRefused(
        f"This user may not look for {error.filename}. Run this as the user whose keys they are."
    )


def _read(places: KeyPlaces) -> Keys:
    try:
        return Keys(
            kek=open_kek(places),
            log_signing_key=places.log_signing_key,
            authenticators=read_ring(places.authenticators),
            invitations=_key(places.invitations),
            recipients=read_recipients(places),
        )
    except (KeyUnavailable, OSError) as error:
        raise KeysRefused(f"A key cannot be used: {error}.") from error


def _key(file: Path) -> bytes:
    key = read_secret(file)
    if len(key) != KEY_BYTES:
        raise KeyUnavailable(f"{file} does not hold {KEY_BYTES} bytes")
    return key
