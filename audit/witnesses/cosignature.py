"""Cosignatures, C2SP tlog-cosignature: made by a witness, checked by whoever knows its key. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from audit.note import Held, NoteInvalid, Signer, Verifier, open_by_any
from audit.tree_head import CheckpointInvalid, TreeHead

MAX_LINES: Final = 16  # of one answer: a witness has a few keys


class CosignatureInvalid(Exception):
    """What a witness answered is not its signature over the checkpoint that it was asked about."""


@dataclass(frozen=True, slots=True)
class Cosignature:
    """`at_s`: when it was made, by the witness's own clock, in seconds since 1970; 0: it does not say. `line` is the
    signature line with its newline."""

    verifier: Verifier
    at_s: int
    line: str


def cosign(text: str, signers: Iterable[Signer], at_s: int) -> str:
    """The signature lines of witness keys over a checkpoint's text. Raises CannotSign, CheckpointInvalid."""
    TreeHead.parse(text)
    return "".join(signer.line(text, at_s) for signer in signers)


def read_cosignatures(text: str, lines: bytes, verifiers: Sequence[Verifier]) -> list[Cosignature]:
    """Those in `lines` by the keys of `verifiers`, over a checkpoint's text, one a key. Lines of other keys are left
    out. Raises CosignatureInvalid, also if there is none."""
    if lines.count(b"\n") > MAX_LINES:
        raise CosignatureInvalid("the answer has too many lines")
    try:
        opened = open_by_any(text.encode() + b"\n" + lines, verifiers)
        TreeHead.parse(opened.text)
    except (NoteInvalid, CheckpointInvalid) as error:
        raise CosignatureInvalid(str(error)) from error
    if opened.text != text:  # a blank line in the answer would move the border between text and signatures
        raise CosignatureInvalid("the answer is no list of signature lines")
    return one_each(opened.held)


def one_each(held: Iterable[Held]) -> list[Cosignature]:
    """The latest of each key."""
    found: dict[bytes, Cosignature] = {}
    for one in held:
        key = one.verifier.raw
        if key not in found or found[key].at_s < one.at_s:
            found[key] = Cosignature(one.verifier, one.at_s, one.line)
    return list(found.values())
