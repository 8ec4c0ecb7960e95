"""Genesis and seal records, and the file that they form (FORMAT.md, section 12). Pure."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audit.checkpoint import CheckpointInvalid, parse_number, parse_root
from audit.note import KeyInvalid, NoteInvalid, Signer, Verifier, is_key_name, open_note

MAX_RECORD: Final = 2_048
_SHORTEST: Final = 250  # bytes of a record: no seal of the shortest origin has fewer
SECTOR: Final = 512  # bytes that a disk writes whole or not at all
MAX_SEALS: Final = 268_435_456  # at 15 minutes an epoch some twenty years
MAX_AT_MS: Final = 2**53 - 1
NO_RECORD: Final = bytes(32)  # what the first record has for the hash of the one before

_GENESIS: Final = "tachiai/genesis/v1"
_SEAL: Final = "tachiai/seal/v1"
_LINES: Final = {_GENESIS: 9, _SEAL: 8}
_ED25519: Final = b"\x01"
_RESTART: Final = re.compile(r"(0|[1-9][0-9]{0,18}):([0-9a-f]{64})", re.ASCII)


class RecordInvalid(ValueError):
    """Bytes that are not a record, or one that its key did not sign. `offset` is where it begins in the file."""

    def __init__(self, sentence: str, offset: int = 0) -> None:
        super().__init__(sentence)
        self.offset = offset


class RecordCutShort(RecordInvalid):
    """The file ends within a record that could have been one."""


class Reason(StrEnum):
    """Why a chain begins. The last two are restarts."""

    NEW = "new"
    UNSEALED = "unsealed"
    KEY_MISSING = "key-missing"
    KEY_UNUSABLE = "key-unusable"

    @property
    def is_restart(self) -> bool:
        return self in {Reason.KEY_MISSING, Reason.KEY_UNUSABLE}


@dataclass(frozen=True, slots=True)
class Restart:
    """`digest` is the SHA-256 of the genesis: what an auditor accepts."""

    epoch: int
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> "Restart":
        """`EPOCH:HASH`. Raises RecordInvalid."""
        match = _RESTART.fullmatch(text)
        if match is None:
            raise RecordInvalid("a restart is given as EPOCH:HASH, a number and 64 hexadecimal digits")
        return cls(int(match[1]), bytes.fromhex(match[2]))

    def __str__(self) -> str:
        return f"{self.epoch}:{self.digest.hex()}"


@dataclass(frozen=True, slots=True)
class Record:
    """`epoch` begins with a genesis and ends with a seal; `key` is the public key of the epoch to be sealed next.
    `before` is the hash of the record before; `reason` is None for a seal."""

    origin: str
    epoch: int
    size: int
    root: bytes
    at_ms: int
    key: bytes
    before: bytes
    reason: Reason | None = None

    @property
    def text(self) -> str:
        title = _SEAL if self.reason is None else _GENESIS
        words = [title, self.origin, str(self.epoch), str(self.size), _base64(self.root), str(self.at_ms)]
        words += [_base64(self.key), _base64(self.before), *([] if self.reason is None else [self.reason])]
        return "\n".join(words) + "\n"

    @property
    def following(self) -> int:
        """The epoch that `key` seals."""
        return self.epoch + (self.reason is None)

    def sign(self, signer: Signer) -> bytes:
        return signer.sign(self.text)


@dataclass(frozen=True, slots=True)
class Placed:
    """A record's bytes and where they begin in the file."""

    offset: int
    data: bytes

    @property
    def digest(self) -> bytes:
        return digest_of(self.data)


def digest_of(data: bytes) -> bytes:
    """By which the next record, a state file and an auditor name this one."""
    return hashlib.sha256(data).digest()


def split_records(content: bytes) -> Iterator[Placed]:
    """The file's records, unread. Raises RecordCutShort at an end within a record, RecordInvalid."""
    offset = 0
    while offset < len(content):
        blank = content.find(b"\n\n", offset, offset + MAX_RECORD)
        end = -1 if blank < 0 else content.find(b"\n", blank + 2, offset + MAX_RECORD)
        if end < 0 or b"\0" in content[offset:end]:
            rest = content[offset : offset + MAX_RECORD]
            raise _unfinished(rest, offset)
        yield Placed(offset, content[offset : end + 1])
        offset = end + 1


def whole_records(content: bytes) -> bytes:
    """Without an end that is only half written: for a copy that is read while the file grows."""
    stop = 0
    try:
        for placed in split_records(content):
            stop = placed.offset + len(placed.data)
    except RecordCutShort:
        return content[:stop]
    except RecordInvalid:
        return content  # damage is for the verifier to name, not for a copier to hide
    return content


def is_part_of(there: bytes, record: bytes, offset: int) -> bool:
    """Whether writing `record` at `offset`, cut off by a loss of power, may have left `there` up to the file's end: of
    each sector what was written, or zeros."""
    return len(there) <= len(record) and all(
        piece in (bytes(len(piece)), record[start : start + len(piece)])
        for start, piece in _sectors(there, offset)
    )


def parse_record(data: bytes) -> Record:
    """The form alone: nothing is believed before `check_signature`. Raises RecordInvalid."""
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError as error:
        raise RecordInvalid("the record is not text") from error
    count = _LINES.get(lines[0], 0)
    if len(data) > MAX_RECORD or len(lines) != count + 3 or lines[count] or lines[-1]:
        raise RecordInvalid("this is neither a genesis nor a seal")
    try:
        record = _fields(lines, Reason(lines[8]) if lines[0] == _GENESIS else None)
    except (CheckpointInvalid, ValueError) as error:
        raise RecordInvalid(f"a line of the record is not in its form: {error}") from error
    same = record.text == "\n".join(lines[:count]) + "\n"
    if not same or record.at_ms > MAX_AT_MS or not is_key_name(record.origin):
        raise RecordInvalid("the record is not in its one form")
    return record


def check_signature(data: bytes, verifier: Verifier) -> None:
    """Raises RecordInvalid."""
    try:
        open_note(data, verifier)
    except NoteInvalid as error:
        raise RecordInvalid(str(error)) from error


def epoch_verifier(origin: str, key: bytes) -> Verifier:
    """Of the epoch whose public key was announced. Raises RecordInvalid."""
    typed = _ED25519 + key
    key_id = hashlib.sha256(origin.encode() + b"\n" + typed).digest()[:4]
    try:
        return Verifier.parse(f"{origin}+{key_id.hex()}+{_base64(typed)}")
    except KeyInvalid as error:
        raise RecordInvalid("the announced key is none") from error


def restarts(content: bytes) -> list[Restart]:
    """Those that the file names, in order; as far as it can be read."""
    found: list[Restart] = []
    try:
        for placed in split_records(content):
            record = parse_record(placed.data)
            if placed.offset and record.reason is not None:
                found.append(Restart(record.epoch, placed.digest))
    except RecordInvalid:
        return found
    return found


def _fields(lines: list[str], reason: Reason | None) -> Record:
    return Record(
        origin=lines[1],
        epoch=parse_number(lines[2]),
        size=parse_number(lines[3]),
        root=parse_root(lines[4]),
        at_ms=parse_number(lines[5]),
        key=parse_root(lines[6]),
        before=parse_root(lines[7]),
        reason=reason,
    )


def _unfinished(rest: bytes, offset: int) -> RecordInvalid:
    first = rest.split(b"\n", 1)[0].decode("ascii", "replace")
    begun = first in _LINES if b"\n" in rest else any(title.startswith(first) for title in _LINES)
    if len(rest) < MAX_RECORD and (begun or _has_holes(rest, offset)):
        return RecordCutShort("the last record is only half there", offset)
    return RecordInvalid("this is neither a genesis nor a seal", offset)


def _has_holes(rest: bytes, offset: int) -> bool:
    """A record is text: whole sectors of zeros did not reach the disk. The file then ends with the record or with a
    sector, so that a few zeros behind the last record are no such end."""
    ended = len(rest) >= _SHORTEST or not (offset + len(rest)) % SECTOR
    pieces = [piece for _, piece in _sectors(rest, offset)]
    return ended and b"\0" in rest and all(b"\0" not in piece or not piece.strip(b"\0") for piece in pieces)


def _sectors(data: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """(where it begins in `data`, the bytes) of each of the file's sectors, for data that lies at `offset`."""
    start = 0
    while start < len(data):
        stop = start + SECTOR - (offset + start) % SECTOR
        yield start, data[start:stop]
        start = stop


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
