"""The keys of an instance: made once, before there is anything that they protect, and recognised ever after."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from audit.disk import Disk
from audit.kek import FileKek, KeyUnavailable, check_value, write_secret
from audit.new_file import clear_leftover
from audit.note import KeyInvalid, Verifier
from audit.opening import new_signing_key, verifier_key_of
from server.authenticator_ring import FIRST, Ring
from server.key_encryption import Kek
from server.keys import Keys, new_key
from server.places import KeyPlaces, Places


class KeysNotMade(Exception):
    """A key is missing that cannot be made anew, or cannot be written. Says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By which a copy of a key is recognised; `value` is public or says nothing of the key."""

    key: str
    value: str


def make_missing(places: Places, base_url: str) -> tuple[list[Path], list[Path]]:
    """The keys that were made, and those that were there. Nothing is made where log or database exist already: a new
    key would not open what the lost one sealed. Raises KeysNotMade."""
    try:
        missing = [place for place in places.keys.all() if not place.exists()]
    except PermissionError as error:
        raise KeysNotMade(
            f"This user may not look for {error.filename}. Run this as the user whose keys they are."
        ) from error
    protected = [place for place in (places.log, places.database) if place.exists()]
    if missing and protected:
        raise KeysNotMade(
            f"{_named(missing)} is missing, and {_named(protected)} exists already. No new key was made, since it "
            "would not open what the lost one sealed: bring the key back from where you keep its copy."
        )
    try:
        for place in places.keys.all():
            if place in missing:
                _make(place, places.keys, base_url)
            elif os.access(place.parent, os.W_OK):
                clear_leftover(place)
    except (KeyUnavailable, KeyInvalid, OSError) as error:
        raise KeysNotMade(f"A key cannot be made: {error}.") from error
    return missing, [place for place in places.keys.all() if place not in missing]


def fingerprints(keys: Keys) -> list[Fingerprint]:
    """Of every key, for safekeeping away from this machine. Raises LogRefused."""
    verifier = Verifier.parse(verifier_key_of(keys.log_signing_key))
    second = verifier.companion
    return [
        Fingerprint("log, verifier key", str(verifier.alone)),
        *([] if second is None else [Fingerprint("log, post-quantum", _hash_of(second))]),
        *_of_kek(keys.kek),
        *_of_ring(keys.authenticators),
        Fingerprint("invitations", check_value(keys.invitations)),
    ]


def _hash_of(verifier: Verifier) -> str:
    """A post-quantum key is too long to be read aloud: the SHA-256 of its text stands for it."""
    return hashlib.sha256(str(verifier).encode()).hexdigest()


def _of_ring(ring: Ring) -> Iterator[Fingerprint]:
    """The first key is told as it always was; later ones by their numbers."""
    for number, value in ring.check_values().items():
        yield Fingerprint("authenticators" if number == FIRST else f"authenticators {number}", value)


def _of_kek(kek: Kek) -> Iterator[Fingerprint]:
    if isinstance(kek, FileKek):
        yield from (Fingerprint(f"kek {version}", value) for version, value in kek.check_values().items())
    else:
        yield Fingerprint(f"kek {kek.name}", "stays in Vault")


def _make(place: Path, places: KeyPlaces, base_url: str) -> None:
    Disk().make_folder(place.parent)
    if place == places.kek:
        FileKek.create(place)
    elif place == places.log_signing_key:
        new_signing_key(place, origin_for(base_url))
    else:
        write_secret(place, new_key())


def origin_for(base_url: str) -> str:
    """The name of a new log, which stays even if the address changes: the host, and that it is Tachiai's."""
    return f"{urlsplit(base_url).hostname}/tachiai"


def _named(places: list[Path]) -> str:
    return " and ".join(str(place) for place in places)
