"""The keys that seal authenticators, as a file of mode 0600: one key as 32 bytes, as it was made, or a ring of several.

    tachiai-authenticators-1 2 3q2+7w...=        a line a key: its number, and 32 bytes in base64; the last line seals

A ring grows at its end and is cut at its beginning, each time as a whole new file: whatever stops the writing leaves
the one or the other.
"""

import base64
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.kek import KeyUnavailable, check_value, read_secret
from audit.new_file import write_over
from verification.sealing import KEY_BYTES, Keyring

FIRST: Final = 1
MOST_KEYS: Final = 16
_LINE: Final = re.compile(r"tachiai-authenticators-1 ([1-9][0-9]{0,8}) ([A-Za-z0-9+/]{43}=)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ring:
    """`keys` by number, the one that seals last."""

    keys: Mapping[int, bytes] = field(repr=False)

    @property
    def current(self) -> int:
        return list(self.keys)[-1]

    def keyring(self) -> Keyring:
        return Keyring(self.keys, self.current)

    def check_values(self) -> dict[int, str]:
        """For each number what tells two keys apart, and nothing else of them."""
        return {number: check_value(key) for number, key in self.keys.items()}


def read_ring(file: Path) -> Ring:
    """Raises KeyUnavailable."""
    return parsed(read_secret(file), file)


def parsed(content: bytes, file: Path) -> Ring:
    """Raises KeyUnavailable."""
    if len(content) == KEY_BYTES:
        return Ring({FIRST: content})
    keys: dict[int, bytes] = {}
    for line in content.decode("ascii", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or int(match[1]) <= max(keys, default=0):
            raise KeyUnavailable(f"{file} does not hold {KEY_BYTES} bytes, and is no ring of keys either")
        keys[int(match[1])] = base64.b64decode(match[2])
    if not 0 < len(keys) <= MOST_KEYS:
        raise KeyUnavailable(f"{file} holds no key, or more than {MOST_KEYS}")
    return Ring(keys)


def add_key(file: Path) -> Ring:
    """One more, which seals from now on. Durable on return. Raises KeyUnavailable."""
    ring = read_ring(file)
    return _write(file, {**ring.keys, ring.current + 1: secrets.token_bytes(KEY_BYTES)})


def retire_key(file: Path, number: int) -> Ring:
    """Without the key `number`, which is not the one that seals. Durable on return. Raises KeyUnavailable."""
    ring = read_ring(file)
    return _write(file, {one: key for one, key in ring.keys.items() if one != number})


def contents_before(content: bytes) -> Iterator[bytes]:
    """What a file with this ring may have held earlier: each run of its keys, and the first one as it was made."""
    try:
        keys = parsed(content, Path("authenticators.key")).keys
    except KeyUnavailable:
        yield content
        return
    numbers = list(keys)
    for start in range(len(numbers)):
        for end in range(start + 1, len(numbers) + 1):
            yield _encoded({number: keys[number] for number in numbers[start:end]})
    if numbers[0] == FIRST:
        yield keys[FIRST]


def _write(file: Path, keys: Mapping[int, bytes]) -> Ring:
    if len(keys) > MOST_KEYS:
        raise KeyUnavailable(f"{file} holds {MOST_KEYS} keys already: retire older ones first")
    try:
        write_over(file, _encoded(keys))
    except OSError as error:
        raise KeyUnavailable(
            f"{file} cannot be changed by this user: {error.strerror}. If it is a credential, add a key to the file "
            "that it is made of with `tachiai key rotate authenticators --file FILE`, and restart the server"
        ) from error
    return Ring(keys)


def _encoded(keys: Mapping[int, bytes]) -> bytes:
    lines = (
        f"tachiai-authenticators-1 {number} {base64.b64encode(key).decode()}\n"
        for number, key in keys.items()
    )
    return "".join(lines).encode()
