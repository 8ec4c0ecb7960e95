"""What a checkpoint states, C2SP tlog-checkpoint: origin, size and root in three lines. Pure."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from audit.tree import HASH_SIZE

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class CheckpointInvalid(Exception):
    """Not a checkpoint of this log. The sentence says why."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """`root` is the RFC 6962 root over the first `size` entries. `extended`: lines of the log's own follow."""

    origin: str
    size: int
    root: bytes
    extended: bool = False

    @classmethod
    def parse(cls, text: str) -> "TreeHead":
        """The whole text of a checkpoint's note. Raises CheckpointInvalid."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise CheckpointInvalid("a checkpoint has an origin, a size and a root, one a line")
        return cls(lines[0], parse_number(lines[1]), parse_root(lines[2]), extended=len(lines) > 4)

    def __str__(self) -> str:
        """The text that is signed, without lines of the log's own."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_number(text: str) -> int:
    """A decimal number without leading zeros, below 10^19. Raises CheckpointInvalid."""
    if not _NUMBER.fullmatch(text):
        raise CheckpointInvalid("a number is not in its canonical form")
    return int(text)


def parse_root(text: str) -> bytes:
    """A base64 hash. Raises CheckpointInvalid."""
    try:
        root = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CheckpointInvalid("the root is not base64") from error
    if len(root) != HASH_SIZE or base64.b64encode(root).decode() != text:
        raise CheckpointInvalid("the root is not a hash in its canonical form")
    return root
