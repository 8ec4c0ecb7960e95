"""Server keys as they lie in a backup: each under the key-encryption key, so that a backup alone opens nothing.

Without it, whoever finds a backup could sign logs and compute the codes of everybody in its database.
"""

import base64
import binascii
from typing import Final

from audit.kek import KeyUnavailable
from audit.ports import KeyEncryptionKey
from server.backup.errors import BackupRefused

_CONTEXT: Final = b"backup-key:"


def wrapped(name: str, content: bytes, kek: KeyEncryptionKey) -> bytes:
    return base64.b64encode(kek.wrap(content, _CONTEXT + name.encode())) + b"\n"


def unwrapped(name: str, stored: bytes, kek: KeyEncryptionKey) -> bytes:
    """Raises BackupRefused."""
    try:
        wrapping = base64.b64decode(stored.removesuffix(b"\n"), validate=True)
        return kek.unwrap(wrapping, _CONTEXT + name.encode())
    except (KeyUnavailable, binascii.Error) as error:
        raise BackupRefused(
            f"The key {name} in the backup does not open with this key-encryption key. Nothing was changed."
        ) from error
