"""Signed notes, C2SP signed-note: text that one or more keys signed. Pure.

Rules kept here (clauses of the specification):
1. A note is UTF-8 without control characters other than newline (Format).
2. Signatures of unknown keys are ignored; one of a known key that fails refuses the whole note (Signatures).
3. Text is handed out only after a signature of a known key held.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from audit.note_key import (
    ID_SIZE,
    CannotSign,
    KeyInvalid,
    Kind,
    Signer,
    Verifier,
    canonical_base64,
    has_control_characters,
    is_key_name,
)

__all__ = ["CannotSign", "KeyInvalid", "Kind", "Signer", "Verifier", "is_key_name"]

MAX_SIGNATURES: Final = 72  # a log's two, and those of as many witnesses as a policy can name
MAX_LINE: Final = 3_600  # a name of 255 characters and an ML-DSA-44 signature are 3,505 bytes
MAX_NOTE: Final = 1_024 + MAX_SIGNATURES * MAX_LINE


class NoteInvalid(Exception):
    """Not a note, or not one that the given keys signed."""


@dataclass(frozen=True, slots=True)
class Held:
    """A signature that was checked: whose, and when by its own word (`Verifier.time_of`). `line` is as it stands."""

    verifier: Verifier
    at_s: int
    line: str


@dataclass(frozen=True, slots=True)
class OpenNote:
    """`held` are the signatures of known keys, at least one, in the note's order."""

    text: str
    held: tuple[Held, ...]

    def held_by(self, verifier: Verifier) -> bool:
        return any(held.verifier == verifier for held in self.held)


def open_note(note: bytes, verifier: Verifier) -> str:
    """The text, if `verifier`'s key signed it. Raises NoteInvalid."""
    return open_by_any(note, (verifier,)).text


def open_by_any(note: bytes, verifiers: Iterable[Verifier]) -> OpenNote:
    """Raises NoteInvalid if none of the keys signed it, or if one of their signatures fails."""
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise NoteInvalid("two known keys have one name and hash, so signatures cannot be told apart")
    text, lines = _split(note)
    held: list[Held] = []
    for line in lines:
        name, signature = _signature(line)
        of_known = known.get((name, signature[:ID_SIZE]))
        if of_known is None:
            continue
        at_s = of_known.time_of(text, signature[ID_SIZE:])
        if at_s is None:
            raise NoteInvalid("the signature does not hold")
        held.append(Held(of_known, at_s, f"{line}\n"))
    if not held:
        raise NoteInvalid("the note carries no signature of the expected key")
    return OpenNote(text, tuple(held))


def split_note(note: bytes) -> str:
    """The text of what has a note's form, whoever signed it: nothing of it may be believed. Raises NoteInvalid."""
    text, lines = _split(note)
    for line in lines:
        _signature(line)
    return text


def _split(note: bytes) -> tuple[str, list[str]]:
    if len(note) > MAX_NOTE:
        raise NoteInvalid("the note is too long")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteInvalid("the note is not UTF-8") from error
    head, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or has_control_characters(whole):
        raise NoteInvalid("the note is malformed")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteInvalid("the note carries too many signatures")
    return head + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or "+" in parts[1]:
        raise NoteInvalid("a signature line is malformed")
    signature = canonical_base64(parts[2])
    if signature is None or len(signature) <= ID_SIZE:
        raise NoteInvalid("a signature is not base64")
    return parts[1], signature
