"""The proof that an entry is in a signed tree, as a text: C2SP tlog-proof version 1 (FORMAT.md, section 14). Pure."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from audit.note import MAX_NOTE
from audit.tree import HASH_SIZE

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
MAX_PROOF: Final = MAX_NOTE + 64 * (MAX_HASHES + 2)

_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


class ProofMalformed(Exception):
    """Not a proof in its one form. The sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """`hashes` from the leaf upwards; `note` is the checkpoint with its signatures, byte for byte."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        lines = [HEADER, f"index {self.index}", *(base64.b64encode(part).decode() for part in self.hashes)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note


def parse_proof(data: bytes) -> TlogProof:
    """Raises ProofMalformed. What the note says is not judged here."""
    if len(data) > MAX_PROOF:
        raise ProofMalformed("the proof is longer than a proof can be")
    head, blank, note = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if not blank or not note or not head.isascii() or lines[0] != HEADER.encode():
        raise ProofMalformed("the proof does not begin as one")
    found = _INDEX.fullmatch(lines[1].decode("ascii")) if len(lines) > 1 else None
    if found is None:
        raise ProofMalformed("the proof names no index in its canonical form")
    if len(lines) - 2 > MAX_HASHES:
        raise ProofMalformed("the proof has more hashes than a tree is high")
    return TlogProof(int(found[1]), tuple(_digest(line) for line in lines[2:]), note)


def _digest(line: bytes) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ProofMalformed("a line of the proof is not base64") from error
    if len(raw) != HASH_SIZE or base64.b64encode(raw) != line:
        raise ProofMalformed("a line of the proof is not a hash in its canonical form")
    return raw
