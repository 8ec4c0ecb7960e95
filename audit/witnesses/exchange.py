"""What log and witness say to each other, C2SP tlog-witness: `POST <prefix>/add-checkpoint`. Pure.

    old <size>LF  (base64(hash)LF)*  LF  <checkpoint>

| answer | means |
|---|---|
| 200 | signature lines |
| 400 | the request has not this form, or its old size is larger than the checkpoint's |
| 403 | no key that the witness knows for this log signed the checkpoint |
| 404 | the witness does not know the log |
| 409 | it remembers another size, which the body says; or another root at this size |
| 422 | the proof does not lead from what it remembers to the checkpoint |
"""

import base64
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from audit.note import MAX_LINE, NoteInvalid, split_note
from audit.note_key import canonical_base64
from audit.tree import HASH_SIZE
from audit.tree_head import CheckpointInvalid, TreeHead, parse_number

PATH: Final = "/add-checkpoint"
SIZE_TYPE: Final = "text/x.tlog.size"
MAX_PROOF: Final = 63
MAX_REQUEST: Final = 131_072
MAX_ANSWER: Final = 16 * MAX_LINE
_MAX_HEAD: Final = 32 + MAX_PROOF * 45
_OLD: Final = "old "
_LINE: Final = re.compile(r"[A-Za-z0-9+/=]{44}", re.ASCII)


class Status(IntEnum):
    COSIGNED = 200
    MALFORMED = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    CONFLICT = 409
    NOT_PROVED = 422


class RequestInvalid(Exception):
    """Not a request of this form. The sentence says why."""


class AnswerInvalid(Exception):
    """Not an answer that a witness gives."""


@dataclass(frozen=True, slots=True)
class Request:
    """`old` is the size that the witness is thought to remember; `text` is the note's, which nobody has checked yet."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes
    head: TreeHead
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`lines` with COSIGNED; `size` with CONFLICT: what the witness remembers."""

    status: Status
    lines: bytes = b""
    size: int | None = None


def encode_request(old: int, proof: tuple[bytes, ...], note: bytes) -> bytes:
    lines = [f"{_OLD}{old}", *(base64.b64encode(part).decode() for part in proof), "", ""]
    return "\n".join(lines).encode() + note


def parse_request(body: bytes) -> Request:
    """Raises RequestInvalid."""
    if len(body) > MAX_REQUEST:
        raise RequestInvalid("the request is too long")
    head, blank, note = body.partition(b"\n\n")
    if not blank or len(head) > _MAX_HEAD:
        raise RequestInvalid("the request is a size, a proof, a blank line and a checkpoint")
    try:
        first, *lines = head.decode("ascii").split("\n")
        if not first.startswith(_OLD):
            raise RequestInvalid("the request begins with the old size")
        old = parse_number(first.removeprefix(_OLD))
        text = split_note(note)
        parsed = TreeHead.parse(text)
    except UnicodeDecodeError as error:
        raise RequestInvalid("the proof is not base64") from error
    except (NoteInvalid, CheckpointInvalid) as error:
        raise RequestInvalid(str(error)) from error
    if len(lines) > MAX_PROOF:
        raise RequestInvalid(f"a proof has at most {MAX_PROOF} hashes")
    return Request(old, tuple(_hash(line) for line in lines), note, parsed, text)


def encode_size(size: int) -> bytes:
    return f"{size}\n".encode()


def parse_answer(status: int, content_type: str, body: bytes) -> Answer:
    """`content_type` without parameters. Raises AnswerInvalid."""
    if len(body) > MAX_ANSWER:
        raise AnswerInvalid("the answer is too long")
    try:
        known = Status(status)
    except ValueError as error:
        raise AnswerInvalid(f"the answer has the status {status}") from error
    if known is Status.COSIGNED:
        return Answer(known, lines=body)
    if known is Status.CONFLICT:
        return Answer(known, size=_size(content_type, body))
    return Answer(known)


def _size(content_type: str, body: bytes) -> int:
    try:
        text = body.decode("ascii")
        if content_type != SIZE_TYPE or not text.endswith("\n"):
            raise AnswerInvalid("the answer names no size")
        return parse_number(text[:-1])
    except (UnicodeDecodeError, CheckpointInvalid) as error:
        raise AnswerInvalid("the answer names no size") from error


def _hash(line: str) -> bytes:
    raw = canonical_base64(line) if _LINE.fullmatch(line) else None
    if raw is None or len(raw) != HASH_SIZE:
        raise RequestInvalid("a line of the proof is not the base64 of a hash")
    return raw
