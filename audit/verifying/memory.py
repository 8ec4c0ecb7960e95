"""What a verifier keeps between two looks, in a file that the log's keeper cannot reach (FORMAT.md, section 11)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.note import MAX_NOTE, Verifier
from audit.plain_file import read_plain
from audit.seals.checking import SealsSeen
from audit.seals.record import Restart
from audit.tree import Frontier

_MOST_BYTES: Final = 64 * 1024 * 1024  # a keeper who starts a log a million times is remembered with it


class MemoryInvalid(Exception):
    """The file is no memory, or one of another log. The sentence says why."""


@dataclass(frozen=True, slots=True)
class Memory:
    """After the first `head.size` entries: `emitters` are the next numbers of those that sent them. Without a
    `frontier` it is only a checkpoint that was seen, as former versions kept it. `seals` is None where none were
    asked for yet."""

    note: bytes
    head: Checkpoint
    frontier: Frontier | None = None
    emitters: dict[bytes, int] = field(default_factory=dict)
    seals: SealsSeen | None = None


class _Seals(msgspec.Struct, forbid_unknown_fields=True):
    epoch: int
    hash: str
    restarts: list[str]


class _State(msgspec.Struct, forbid_unknown_fields=True):
    v: Literal[2]
    checkpoint: str
    size: int
    root: str
    frontier: list[str]
    emitters: dict[str, int]
    seals: _Seals | None = None


def read_memory(path: Path, verifier: Verifier) -> Memory | None:
    """None where there is no file yet. Raises MemoryInvalid, OSError."""
    data = read_plain(path, _MOST_BYTES)
    if data is None:
        return None
    try:
        return _decode(data, verifier) if data.startswith(b"{") else _former(data, verifier)
    except (ValueError, CheckpointInvalid) as error:
        raise MemoryInvalid(f"the state file {path} is not this log's: {error}") from error


def encode_memory(memory: Memory) -> bytes:
    frontier = memory.frontier or Frontier()
    state = _State(
        v=2,
        checkpoint=memory.note.decode(),
        size=memory.head.size,
        root=memory.head.root.hex(),
        frontier=[digest.hex() for digest in frontier.complete],
        emitters={emitter.hex(): number for emitter, number in memory.emitters.items()},
        seals=None if memory.seals is None else _encode_seals(memory.seals),
    )
    return msgspec.json.format(msgspec.json.encode(state, order="sorted"), indent=1) + b"\n"


def write_memory(path: Path, data: bytes) -> None:
    """Replaces the file in one step. Raises OSError."""
    Disk().create(path, data, temporary=path.with_name(path.name + ".new"), mode=0o644)


def _former(data: bytes, verifier: Verifier) -> Memory:
    if len(data) > MAX_NOTE:
        raise ValueError("it is too long for a checkpoint")
    return Memory(data, open_checkpoint(data, verifier.alone))


def _decode(data: bytes, verifier: Verifier) -> Memory:
    state = msgspec.json.decode(data, type=_State)
    note = state.checkpoint.encode()
    head = open_checkpoint(note, verifier.alone)
    frontier = Frontier(state.size, [_bytes(digest, 32) for digest in state.frontier])
    if (head.size, head.root) != (state.size, _bytes(state.root, 32)) or frontier.root() != head.root:
        raise ValueError("it was changed: its checkpoint says something else than the rest")
    if any(not 1 <= number < 1 << 64 for number in state.emitters.values()):
        raise ValueError("a number of an emitter is impossible")
    emitters = {_bytes(emitter, 16): number for emitter, number in state.emitters.items()}
    return Memory(note, head, frontier, emitters, None if state.seals is None else _decode_seals(state.seals))


def _encode_seals(seen: SealsSeen) -> _Seals:
    return _Seals(seen.epoch, seen.digest.hex(), sorted(map(str, seen.restarts)))


def _decode_seals(seals: _Seals) -> SealsSeen:
    """Raises ValueError."""
    restarts = frozenset(map(Restart.parse, seals.restarts))
    return SealsSeen(seals.epoch, _bytes(seals.hash, 32), restarts)


def _bytes(text: str, size: int) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != size or found.hex() != text:
        raise ValueError(f"{size} bytes are written as {size * 2} small hexadecimal digits")
    return found
