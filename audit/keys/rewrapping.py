"""Brings everything that a log has wrapped under the newest version, and ends an old one (FORMAT.md, section 15).

Each step is durable by itself and leaves a store that opens, so that whatever interrupts it, asking again finishes it.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from audit.kek import KeyUnavailable
from audit.keys.tables import OWN_KEYS, Row
from audit.keys.wrapping import version_of
from audit.keystore import Keystore
from audit.ports import KeyEncryptionKey, RotatingKek

TURNS: Final = 3

Wraps = list[tuple[bytes, bytes]]  # what is wrapped, with its context


class Kek(KeyEncryptionKey, RotatingKek, Protocol):
    """What is asked of a key-encryption key here: that it wraps, and that it has versions."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """`keys` are wrapped in all, `changed` of them anew; `version` is what all of them are under now."""

    version: str
    keys: int
    changed: int


def rewrap(keystore: Keystore, kek: Kek) -> Rewrapped:
    """May be called while the log is written. Raises KeystoreFailed, KeyUnavailable: then part of it may be done."""
    version, changed = kek.versions()[-1], 0
    for _ in range(TURNS):  # a key may be stored that was wrapped a moment before the newest version was made
        for rows in _batches(keystore):
            changed += _rewrap_rows(
                keystore, kek, [row for row in rows if version_of(row.wrapped or b"") != version]
            )
        changed += sum(_rewrap_own(keystore, kek, name) for name in OWN_KEYS)
        if versions_in_use(keystore) == {version}:
            return Rewrapped(version, _check(keystore, kek), changed)
    raise KeyUnavailable("keys are still wrapped under an older version; ask again")


def unfinished(keystore: Keystore, kek: RotatingKek) -> bool:
    """Whether something is wrapped under a version that is not the newest: an earlier rewrapping was interrupted."""
    return bool(versions_in_use(keystore) - {kek.version})


def versions_in_use(keystore: Keystore) -> set[str | None]:
    """Of all that the store holds. Raises KeystoreFailed."""
    found = {version_of(row.wrapped or b"") for rows in _batches(keystore) for row in rows}
    own = (keystore.tables.value(name) for name in OWN_KEYS)
    return found | {version_of(wrapped) for wrapped in own if wrapped is not None}


def retire(keystore: Keystore, kek: RotatingKek, version: str, files: set[str | None]) -> None:
    """Destroys a version that wraps nothing any more. `files`: the versions that files of the log are wrapped under.
    Raises KeyUnavailable, KeystoreFailed: then it was not destroyed."""
    if version == kek.versions()[-1]:
        raise KeyUnavailable(f"{version} is the newest version: it wraps every new key")
    used = versions_in_use(keystore) | files
    # A version of Vault's goes with all before it.
    ended = [one for one in kek.versions() if one == version or older(one, version)]
    if still := [one for one in ended if one in used]:
        raise KeyUnavailable(
            f"{still[0]} still wraps keys of this log. Rewrap first, and ask again once the running epoch has changed, "
            "which takes 15 minutes at most"
        )
    kek.retire(version)


def versions_of_files(folder: Path) -> set[str | None]:
    """Under which versions the log's own files are wrapped: the key of the running seal (FORMAT.md, section 12)."""
    found: set[str | None] = set()
    for name in ("seals.key", "seals.next"):
        with suppress(FileNotFoundError):  # it comes and goes with the epochs
            found.add(_version_in((folder / "private" / name).read_bytes()))
    return found


def _version_in(content: bytes) -> str | None:
    lines = content.split(b"\n")
    try:
        return version_of(base64.b64decode(lines[3], validate=True)) if len(lines) > 3 else None
    except binascii.Error:
        return None


def older(one: str, other: str) -> bool:
    """Of versions that are counted, as Vault's are."""
    numbered = one[:1] == other[:1] == "v" and one[1:].isdecimal() and other[1:].isdecimal()
    return numbered and int(one[1:]) < int(other[1:])


def _batches(keystore: Keystore) -> Iterator[list[Row]]:
    last = b""
    while rows := keystore.tables.wrapped_after(last):
        yield rows
        last = rows[-1].key_id


def _wrap_of(row: Row) -> tuple[bytes, bytes]:
    return row.wrapped or b"", b"data-key" + row.key_id


def _anew(kek: Kek, wraps: Wraps) -> list[bytes]:
    """Nothing is replaced by what does not open to the same."""
    fresh = kek.rewrap_all(wraps)
    again = kek.unwrap_all([(new, context) for new, (_, context) in zip(fresh, wraps, strict=True)])
    if again != kek.unwrap_all(wraps) or any(version_of(new) != kek.version for new in fresh):
        raise KeyUnavailable("what was wrapped anew does not open to the same key; the former wraps stay")
    return fresh


def _rewrap_rows(keystore: Keystore, kek: Kek, rows: list[Row]) -> int:
    wraps = [_wrap_of(row) for row in rows]
    fresh = _anew(kek, wraps) if wraps else []
    swaps = [(row.key_id, wrapped, new) for row, (wrapped, _), new in zip(rows, wraps, fresh, strict=True)]
    return keystore.tables.replace(swaps) if swaps else 0


def _rewrap_own(keystore: Keystore, kek: Kek, name: str) -> int:
    wrapped = keystore.tables.value(name)
    if wrapped is None or version_of(wrapped) == kek.version:
        return 0
    (fresh,) = _anew(kek, [(wrapped, name.encode())])
    return int(keystore.tables.replace_value(name, wrapped, fresh))


def _check(keystore: Keystore, kek: Kek) -> int:
    """Everything opens; how many keys that are."""
    count = 0
    for rows in _batches(keystore):
        kek.unwrap_all([_wrap_of(row) for row in rows])
        count += len(rows)
    own = {name: keystore.tables.value(name) for name in OWN_KEYS}
    wraps = [(wrapped, name.encode()) for name, wrapped in own.items() if wrapped is not None]
    kek.unwrap_all(wraps)
    return count + len(wraps)
