"""What a witness remembers: for each log the newest head that it cosigned, in one file that is never half written.

A witness that forgets signs a second history, so the file is made once, by `create`, and must be there ever after; what
is not in its one form is refused and not mended. One process holds it at a time.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.new_file import write_new
from audit.note import is_key_name
from audit.plain_file import read_plain
from audit.tree_head import CheckpointInvalid, TreeHead
from audit.witnesses.judging import Seen

MAX_ORIGINS: Final = 1_024
MAX_MEMORY: Final = MAX_ORIGINS * 384
_TITLE: Final = "tachiai witness memory v1"


class MemoryUnusable(Exception):
    """The sentence says what is wrong and what to do."""


class WentBack(Exception):
    """A head that is not newer than what is remembered was to be remembered: nothing was changed."""


def create_memory(path: Path) -> None:
    """Of a witness that has seen nothing. Raises FileExistsError, OSError."""
    write_new(path, _encoded({}), 0o600)


@contextmanager
def held_memory(path: Path, disk: Disk | None = None) -> Iterator["Memory"]:
    """Nobody else has it meanwhile. Raises MemoryUnusable, OSError."""
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Memory(path, _read(path), disk or Disk())
    except BlockingIOError as error:
        raise MemoryUnusable(f"another witness uses {path.parent}; stop it first") from error
    finally:
        os.close(lock)


class Memory:
    """Made by `held_memory`. May be used by several threads; whoever reads and then replaces the head of a log sees to
    it that nobody else does so for the same log meanwhile."""

    def __init__(self, path: Path, heads: dict[str, Seen], disk: Disk) -> None:
        self._path, self._heads, self._disk = path, heads, disk
        self._writing = threading.Lock()

    def seen(self, origin: str) -> Seen:
        return self._heads.get(origin, Seen())

    def remember(self, head: TreeHead) -> None:
        """Durable on return. Raises WentBack, MemoryUnusable, OSError: then the old head is still remembered."""
        with self._writing:
            before = self.seen(head.origin)
            fresh = Seen(head.size, head.root)
            if fresh.size < before.size or (fresh.size == before.size and fresh.root != before.root):
                raise WentBack(f"size {fresh.size} of {head.origin} was to follow size {before.size}")
            if fresh == before and head.origin in self._heads:
                return
            heads = self._heads | {head.origin: fresh}
            if len(heads) > MAX_ORIGINS:
                raise MemoryUnusable(f"a witness remembers at most {MAX_ORIGINS} logs")
            temporary = self._path.with_name(f".{self._path.name}.new")
            self._disk.create(self._path, _encoded(heads), temporary=temporary)
            self._heads = heads


def _encoded(heads: dict[str, Seen]) -> bytes:
    parts = [str(TreeHead(origin, seen.size, seen.root)) for origin, seen in sorted(heads.items())]
    return "\n".join([_TITLE, *parts, "end", ""]).encode()


def _read(path: Path) -> dict[str, Seen]:
    content = read_plain(path, MAX_MEMORY)
    if content is None:
        raise MemoryUnusable(
            f"{path} is missing: what this witness has signed is forgotten, and it must sign nothing more. If it never "
            "was in use, remove its folder and make it anew with `tachiai witness init`"
        )
    heads: dict[str, Seen] = {}
    try:
        first, *parts = content.decode("ascii").removesuffix("\nend\n").split("\n", 1)
        for part in parts[0].split("\n\n") if parts else []:
            head = TreeHead.parse(part if part.endswith("\n") else f"{part}\n")
            heads[head.origin] = Seen(head.size, head.root)
    except (UnicodeDecodeError, CheckpointInvalid) as error:
        raise _damaged(path) from error
    if first != _TITLE or _encoded(heads) != content or not all(map(is_key_name, heads)):
        raise _damaged(path)
    return heads


def _damaged(path: Path) -> MemoryUnusable:
    return MemoryUnusable(
        f"{path} was changed or is damaged, and nothing was signed. Never replace it by an older copy: begin anew with "
        "another key and folder, and tell the logs' keepers the new key"
    )
