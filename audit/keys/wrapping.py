"""What is the same for every provider: which version wrapped something, and how a context is bound to it. Pure."""

import re
import struct
from typing import Final

FILE_SUITE: Final = 1
VAULT_SUITE: Final = 2
FILE_ID_SIZE: Final = 8
LONGEST_VAULT_TEXT: Final = 4_096

_VAULT_TEXT: Final = re.compile(rb"vault:(v[1-9][0-9]{0,8}):[A-Za-z0-9+/]+={0,2}", re.ASCII)


def bound(context: bytes) -> bytes:
    """What a wrap authenticates besides the secret. `context` has at most 65,535 bytes."""
    return b"audit/v1/wrap" + struct.pack(">H", len(context)) + context


def version_of(wrapped: bytes) -> str | None:
    """The name of the version that wrapped this; None for what no provider of ours has written."""
    if wrapped[:1] == bytes([FILE_SUITE]) and len(wrapped) > FILE_ID_SIZE:
        return wrapped[1 : 1 + FILE_ID_SIZE].hex()
    if wrapped[:1] == bytes([VAULT_SUITE]) and (match := _VAULT_TEXT.fullmatch(wrapped, 1)):
        return match[1].decode()
    return None
