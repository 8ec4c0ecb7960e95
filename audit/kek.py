"""The key-encryption key as a file of the operator's (FORMAT.md, section 9). It never lies in the log's folder."""

import base64
import hmac
import re
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.keys.wrapping import FILE_ID_SIZE as _ID_SIZE
from audit.keys.wrapping import FILE_SUITE, bound
from audit.new_file import write_new, write_over
from audit.readers import others_may_use

_LINE: Final = re.compile(r"tachiai-kek-1 ([0-9a-f]{16}) ([A-Za-z0-9+/]{43}=)", re.ASCII)
_SUITE: Final = bytes([FILE_SUITE])
_NONCE_SIZE: Final = 12
_MAX_FILE: Final = 65_536


class KeyUnavailable(Exception):
    """A key cannot be read, may be read by others, does not open what it should, or its keeper does not answer."""


class KekSilent(KeyUnavailable):
    """The key-encryption key's keeper does not answer, or refuses for now: asking later may help."""


class FileKek:
    """Versions in one file of mode 0600; the last line wraps, all unwrap. Implements KeyEncryptionKey and RotatingKek;
    safe to use from several threads."""

    def __init__(self, path: Path, versions: dict[bytes, bytes]) -> None:
        self._path = path
        self._versions = versions  # never changed in place: replaced by another one
        self._changing = threading.Lock()

    @classmethod
    def create(cls, path: Path) -> "FileKek":
        """A new file with one fresh key. Raises KeyUnavailable if there is a file already."""
        write_secret(path, _line(*_fresh()))
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> "FileKek":
        """Raises KeyUnavailable."""
        return cls(path, _read(path))

    @property
    def folder(self) -> str:
        return str(self._path.resolve().parent)

    @property
    def version(self) -> str:
        return list(self._versions)[-1].hex()

    def versions(self) -> list[str]:
        return [version.hex() for version in self._versions]

    def check_values(self) -> dict[str, str]:
        """For each version's id what tells two keys apart and nothing else of them."""
        return {version.hex(): check_value(key) for version, key in self._versions.items()}

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        current, key = list(self._versions.items())[-1]
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return _SUITE + current + nonce + AESGCM(key).encrypt(nonce, secret, bound(context))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises KeyUnavailable if no version opens it for this context."""
        key = self._versions.get(wrapped[1 : 1 + _ID_SIZE])
        start = 1 + _ID_SIZE + _NONCE_SIZE
        if wrapped[:1] != _SUITE or key is None or len(wrapped) < start + 16:
            raise KeyUnavailable("a data key is wrapped under a key-encryption key that is not here")
        try:
            return AESGCM(key).decrypt(wrapped[1 + _ID_SIZE : start], wrapped[start:], bound(context))
        except InvalidTag as error:
            raise KeyUnavailable("a wrapped data key was changed or belongs elsewhere") from error

    def wrap_all(self, secrets_: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        return [self.wrap(secret, context) for secret, context in secrets_]

    def unwrap_all(self, wraps: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Raises KeyUnavailable."""
        return [self.unwrap(wrapped, context) for wrapped, context in wraps]

    def rewrap_all(self, wraps: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Raises KeyUnavailable."""
        return [self.wrap(self.unwrap(wrapped, context), context) for wrapped, context in wraps]

    def add_version(self) -> str:
        """Raises KeyUnavailable."""
        with self._changing:
            fresh, key = _fresh()
            return self._write({**_read(self._path), fresh: key})

    def retire(self, version: str) -> None:
        """Takes one version out for good. Raises KeyUnavailable, also for the newest one."""
        with self._changing:
            there = _read(self._path)
            if version == list(there)[-1].hex():
                raise KeyUnavailable(f"{version} is the newest version: it wraps every new key")
            self._write({one: key for one, key in there.items() if one.hex() != version})

    def _write(self, versions: dict[bytes, bytes]) -> str:
        try:
            write_over(self._path, b"".join(_line(version, key) for version, key in versions.items()))
        except OSError as error:
            raise KeyUnavailable(
                f"{self._path} cannot be changed by this user: {error.strerror}. If it is a credential, change the "
                "file that it is made of with `tachiai audit kek FILE`, and restart the server"
            ) from error
        self._versions = versions
        return self.version


def _read(path: Path) -> dict[bytes, bytes]:
    versions: dict[bytes, bytes] = {}
    for line in read_secret(path).decode("ascii", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or bytes.fromhex(match[1]) in versions:
            raise KeyUnavailable(f"{path} is not a key file of this form")
        versions[bytes.fromhex(match[1])] = base64.b64decode(match[2])
    if not versions:
        raise KeyUnavailable(f"{path} holds no key")
    return versions


def _fresh() -> tuple[bytes, bytes]:
    return secrets.token_bytes(_ID_SIZE), secrets.token_bytes(32)


def _line(version: bytes, key: bytes) -> bytes:
    return f"tachiai-kek-1 {version.hex()} {base64.b64encode(key).decode()}\n".encode()


def check_value(key: bytes) -> str:
    """16 hexadecimal digits by which a copy of a random key of 32 bytes is recognised; they say nothing of the key."""
    return hmac.digest(key, b"tachiai/key-check/v1", "sha256")[:8].hex()


def read_secret(path: Path) -> bytes:
    """A small file that only its owner may read. Raises KeyUnavailable."""
    try:
        status = path.stat()
        content = path.read_bytes() if status.st_size <= _MAX_FILE else b""
        shared = others_may_use(path)
    except OSError as error:
        raise KeyUnavailable(f"{path} cannot be read: {error.strerror}") from error
    if shared:
        raise KeyUnavailable(f"{path} may be read by others; run: chmod 600 {path}")
    return content


def write_secret(path: Path, content: bytes) -> None:
    """A new file of mode 0600, whole and durable on return. Raises KeyUnavailable if it is there already or cannot be
    made."""
    try:
        write_new(path, content, 0o600)
    except OSError as error:
        raise KeyUnavailable(f"{path} cannot be created: {error.strerror}") from error
