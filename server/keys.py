"""The server's own keys: one file each, mode 0600, in a folder that is not the log's."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.kek import FileKek, KeyUnavailable, read_secret, write_secret

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


def open_or_create(folder: Path) -> Keys:
    """All keys of the folder; those that are missing are made. Raises KeysRefused."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kek_file = folder / "kek"
        return Keys(
            kek=FileKek.open(kek_file) if kek_file.exists() else FileKek.create(kek_file),
            log_signing_key=folder / "log-signing-key",
            authenticators=_key(folder / "authenticators.key"),
            invitations=_key(folder / "invitations.key"),
        )
    except (KeyUnavailable, OSError) as error:
        raise KeysRefused(f"A key cannot be used: {error}.") from error


def _key(file: Path) -> bytes:
    if not file.exists():
        write_secret(file, secrets.token_bytes(KEY_BYTES))
    key = read_secret(file)
    if len(key) != KEY_BYTES:
        raise KeyUnavailable(f"{file} does not hold {KEY_BYTES} bytes")
    return key
