"""The key-encryption key as a file of the operator's (FORMAT.md, section 9). It never lies in the log's folder."""

import base64
import hmac
import re
import secrets
import struct
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.new_file import write_new
from audit.readers import others_may_use

_LINE: Final = re.compile(r"tachiai-kek-1 ([0-9a-f]{16}) ([A-Za-z0-9+/]{43}=)", re.ASCII)
_SUITE: Final = b"\x01"
_ID_SIZE: Final = 8
_NONCE_SIZE: Final = 12
_MAX_FILE: Final = 65_536


class KeyUnavailable(Exception):
    """A key cannot be read, may be read by others, or does not open what it should."""


class FileKek:
    """Versions in one file of mode 0600; the last line wraps, all unwrap."""

    def __init__(self, path: Path, versions: dict[bytes, bytes]) -> None:
        self._path = path
        self._versions = versions
        self._current = list(versions)[-1]

    @classmethod
    def create(cls, path: Path) -> "FileKek":
        """A new file with one fresh key. Raises KeyUnavailable if there is a file already."""
        line = f"tachiai-kek-1 {secrets.token_hex(_ID_SIZE)} {base64.b64encode(secrets.token_bytes(32)).decode()}\n"
        write_secret(path, line.encode())
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> "FileKek":
        """Raises KeyUnavailable."""
        versions: dict[bytes, bytes] = {}
        for line in read_secret(path).decode("ascii", "replace").splitlines():
            match = _LINE.fullmatch(line)
            if match is None or bytes.fromhex(match[1]) in versions:
                raise KeyUnavailable(f"{path} is not a key file of this form")
            versions[bytes.fromhex(match[1])] = base64.b64decode(match[2])
        if not versions:
            raise KeyUnavailable(f"{path} holds no key")
        return cls(path, versions)

    @property
    def folder(self) -> str:
        return str(self._path.resolve().parent)

    def check_values(self) -> dict[str, str]:
        """For each version's id what tells two keys apart and nothing else of them."""
        return {version.hex(): check_value(key) for version, key in self._versions.items()}

    def wrap(self, secret: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        sealed = AESGCM(self._versions[self._current]).encrypt(nonce, secret, _aad(context))
        return _SUITE + self._current + nonce + sealed

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Raises KeyUnavailable if no version opens it for this context."""
        key = self._versions.get(wrapped[1 : 1 + _ID_SIZE])
        start = 1 + _ID_SIZE + _NONCE_SIZE
        if wrapped[:1] != _SUITE or key is None or len(wrapped) < start + 16:
            raise KeyUnavailable("a data key is wrapped under a key-encryption key that is not here")
        try:
            return AESGCM(key).decrypt(wrapped[1 + _ID_SIZE : start], wrapped[start:], _aad(context))
        except InvalidTag as error:
            raise KeyUnavailable("a wrapped data key was changed or belongs elsewhere") from error


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


def _aad(context: bytes) -> bytes:
    return b"audit/v1/wrap" + struct.pack(">H", len(context)) + context
