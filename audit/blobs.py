"""What is too large for an entry: one sealed file for each such fact, which only its section opens (FORMAT.md,
section 17). Pure.

The section keeps the file's name, which is the hash of its bytes, and the key follows from the section's secret: who
opens the section opens the file, and when the person's key is gone the file is noise.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.entry import KEY_SIZE
from audit.event import Fact

MAX_BLOB: Final = 16_777_216  # bytes of a fact's text in UTF-8
PREFIX: Final = "blob."
SIZE: Final = ".size"

_VERSION: Final = b"\x01"
_BLOCK: Final = 4_096
_TAG: Final = 16
_NONCE: Final = bytes(12)  # each key encrypts once: it follows from one section's secret and one fact's name
_LABEL: Final = b"audit/v1/blob"
_OVERHEAD: Final = len(_VERSION) + KEY_SIZE + _TAG

MAX_FILE: Final = MAX_BLOB + _BLOCK + _OVERHEAD

Kept = Mapping[str, bytes]  # a fact's name: its text in UTF-8


class BlobDamaged(Exception):
    """A file is missing, or is not what the entry names. The sentence says which."""


def seal_blob(secret: bytes, fact: str, content: bytes) -> bytes:
    """The file's bytes. `secret` is the section's."""
    key, commitment = _keys(secret, fact)
    padded = content + b"\x80" + bytes(-(len(content) + 1) % _BLOCK)
    return _VERSION + commitment + AESGCM(key).encrypt(_NONCE, padded, _LABEL)


def open_blob(secret: bytes, fact: str, data: bytes) -> bytes:
    """Raises BlobDamaged."""
    key, commitment = _keys(secret, fact)
    if not is_blob(data) or not hmac.compare_digest(data[1 : 1 + KEY_SIZE], commitment):
        raise BlobDamaged("the file was not sealed for this fact of this entry")
    try:
        padded = AESGCM(key).decrypt(_NONCE, data[1 + KEY_SIZE :], _LABEL)
    except InvalidTag as error:
        raise BlobDamaged("the file is not what was sealed") from error
    content, mark, rest = padded.rpartition(b"\x80")
    if not mark or len(rest) >= _BLOCK or rest.strip(b"\0"):
        raise BlobDamaged("the file's padding is not in its canonical form")
    return content


def is_blob(data: bytes) -> bool:
    """Whether it has the form of one; all that can be said without the section's secret."""
    body = len(data) - _OVERHEAD
    return _BLOCK <= body <= MAX_BLOB + _BLOCK and body % _BLOCK == 0 and data.startswith(_VERSION)


def blob_name(data: bytes) -> str:
    """By which the entry names it: 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def blob_path(name: str) -> str:
    """Below the public folder."""
    return f"blob/{name[:2]}/{name}"


def told_apart(facts: Mapping[str, Fact], kept: Kept, names: Mapping[str, str]) -> dict[str, Fact]:
    """The facts as the section has them: those of `kept` are replaced by their file's name and size."""
    told = {name: value for name, value in facts.items() if name not in kept}
    for fact, content in kept.items():
        told[PREFIX + fact] = names[fact]
        told[PREFIX + fact + SIZE] = len(content)
    return told


def put_together(
    facts: Mapping[str, Fact], secret: bytes, read: Callable[[str], bytes | None]
) -> Mapping[str, Fact]:
    """The facts as they were recorded. `read` gives the file of a name. Raises BlobDamaged."""
    if not any(name.startswith(PREFIX) for name in facts):
        return facts
    whole = {name: value for name, value in facts.items() if not name.startswith(PREFIX)}
    for name, value in facts.items():
        if name.startswith(PREFIX) and not name.endswith(SIZE):
            whole[name.removeprefix(PREFIX)] = _text(facts, name, str(value), secret, read)
    return whole


def _text(
    facts: Mapping[str, Fact], name: str, file: str, secret: bytes, read: Callable[[str], bytes | None]
) -> str:
    data = read(file)
    if data is None:
        raise BlobDamaged(f"its file blob {file} is missing")
    if blob_name(data) != file:
        raise BlobDamaged(f"its file blob {file} was changed")
    content = open_blob(secret, name.removeprefix(PREFIX), data)
    if len(content) != facts.get(name + SIZE):
        raise BlobDamaged(f"its file blob {file} has another size than the entry says")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BlobDamaged(f"its file blob {file} is not text") from error


def _keys(secret: bytes, fact: str) -> tuple[bytes, bytes]:
    name = fact.encode()
    both = hashlib.sha512(_LABEL + bytes([len(name)]) + name + secret).digest()
    return both[:KEY_SIZE], both[KEY_SIZE:]
