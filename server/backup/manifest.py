"""The list of what is in a backup, sealed so that only who holds the key-encryption key can have made it.

`manifest.json` is JSON; `manifest.seal` is its SHA-256 wrapped under the key-encryption key, in base64. Paths are
relative, of plain names; the list is in the order of the paths.
"""

import base64
import binascii
import hashlib
import hmac
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Final

import msgspec

from audit.kek import KeyUnavailable
from audit.plain_file import NotPlain, read_plain
from audit.ports import KeyEncryptionKey
from server.backup.errors import BackupRefused

MANIFEST: Final = "manifest.json"
SEAL: Final = "manifest.seal"
FORMAT: Final = 1
LARGEST: Final = 256 * 1024 * 1024  # a log of half a billion entries
LARGEST_SEAL: Final = 4_096
_CONTEXT: Final = b"backup-manifest"
_PATH: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,14}", re.ASCII
)
_TOP: Final = frozenset({"log", "keys", "settings.toml", "tachiai.db"})

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class StoredFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    size: Count
    sha256: Sha256


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`taken_at_ms` is the instant, UTC milliseconds. `log_size` and `log_root` are of all entries in the backup, the
    checkpoint's of those below that were signed. `keys` names each server key with a hash that identifies it."""

    format: int
    product: str
    taken_at_ms: Count
    schema: str
    verifier_key: str
    log_size: Count
    log_root: Sha256
    checkpoint_size: Count
    checkpoint_root: Sha256
    with_keys: bool
    keys: dict[str, Sha256]
    files: list[StoredFile]

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)


def encoded(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def sealed(content: bytes, kek: KeyEncryptionKey) -> bytes:
    return base64.b64encode(kek.wrap(hashlib.sha256(content).digest(), _CONTEXT)) + b"\n"


def read_manifest(folder: Path, kek: KeyEncryptionKey) -> tuple[Manifest, str]:
    """The manifest of a backup, and its SHA-256. Raises BackupRefused."""
    content = _read(folder / MANIFEST, LARGEST)
    seal = _read(folder / SEAL, LARGEST_SEAL)
    digest = hashlib.sha256(content).digest()
    try:
        found = kek.unwrap(base64.b64decode(seal.removesuffix(b"\n"), validate=True), _CONTEXT)
    except (KeyUnavailable, binascii.Error) as error:
        raise BackupRefused(
            f"The seal of {folder} does not open with this key-encryption key: it is another one's backup, or of "
            "another version's time, or somebody changed it. Nothing was changed. Give the key-encryption key of the "
            "server that took it, as it was on that day or later."
        ) from error
    if not hmac.compare_digest(found, digest):
        raise BackupRefused(
            f"{folder / MANIFEST} is not what was sealed: somebody changed it. Nothing was changed. Use another backup."
        )
    return _checked(content, folder), digest.hex()


def _checked(content: bytes, folder: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupRefused(
            f"{folder / MANIFEST} is not one of this version. Nothing was changed."
        ) from error
    if manifest.format != FORMAT:
        raise BackupRefused(
            f"{folder} has format {manifest.format}, and this version knows {FORMAT}. Nothing was changed. "
            f"Restore it with Tachiai {manifest.product}."
        )
    paths = [file.path for file in manifest.files]
    if paths != sorted(set(paths)) or not all(map(_is_plain, paths)):
        raise BackupRefused(f"{folder / MANIFEST} names files that no backup has. Nothing was changed.")
    return manifest


def _is_plain(path: str) -> bool:
    return _PATH.fullmatch(path) is not None and PurePosixPath(path).parts[0] in _TOP


def _read(file: Path, most: int) -> bytes:
    try:
        content = read_plain(file, most)
    except NotPlain as error:
        raise BackupRefused(f"{file} cannot be read: {error.strerror}. Nothing was changed.") from error
    except OSError as error:
        raise BackupRefused(f"{file} cannot be read: {error.strerror}. Nothing was changed.") from error
    if content is None:
        raise BackupRefused(
            f"There is no {file.name} in {file.parent}, so it is no finished backup. Nothing was changed."
        )
    return content
