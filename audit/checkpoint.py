"""A signed tree head, C2SP tlog-checkpoint without extension lines (FORMAT.md, section 7). Pure."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from audit.note import NoteInvalid, Signer, Verifier, open_note
from audit.tree import HASH_SIZE

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class CheckpointInvalid(Exception):
    """Not a checkpoint of this log. The sentence says why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`root` is the RFC 6962 root over the first `size` entries."""

    origin: str
    size: int
    root: bytes

    def sign(self, signer: Signer) -> bytes:
        return signer.sign(f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n")


def open_checkpoint(note: bytes, verifier: Verifier) -> Checkpoint:
    """Raises CheckpointInvalid unless the key of `verifier`, whose name is the origin, signed it."""
    try:
        text = open_note(note, verifier)
    except NoteInvalid as error:
        raise CheckpointInvalid(f"the checkpoint does not hold: {error}") from error
    lines = text.split("\n")
    if len(lines) != 4 or lines[0] != verifier.name:
        raise CheckpointInvalid("the checkpoint is not one of this log")
    return Checkpoint(lines[0], parse_number(lines[1]), parse_root(lines[2]))


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
