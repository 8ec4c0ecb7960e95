"""Where the public part of a log is read from."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audit.plain_file import NotPlain, read_plain
from audit.tile import TILE_WIDTH, tile_path


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the source. `size` in bytes; None if it is a link, a folder, a pipe: anything but a plain file."""

    name: str
    size: int | None


class Source(Protocol):
    """Names are paths below the public folder, with `/`. `read` and `expect` are called from one thread."""

    def read(self, name: str, most: int) -> bytes | None:
        """All bytes, or None where there is no such file. Raises NotPlain for what is no plain file or has more than
        `most` bytes; any other OSError means that nothing can be said about the log now."""
        ...

    def has(self, name: str) -> bool:
        """Whether it is there, as far as that can be told without fetching it."""
        ...

    def widths(self, level: int | str, index: int) -> list[int]:
        """Of the narrower files of one tile or bundle that can be looked at, widest first."""
        ...

    def listed(self) -> Iterator[Listed]:
        """Every file, where files can be listed; else those that were too large to be read."""
        ...

    def expect(self, names: Iterable[tuple[str, int]]) -> None:
        """What will be read next, in order, with the most bytes that each may have: a hint to fetch ahead."""
        ...


class FolderSource:
    """A folder of somebody else's: links are not followed, pipes are not waited for."""

    def __init__(self, public: Path) -> None:
        self._public = public

    def read(self, name: str, most: int) -> bytes | None:
        return read_plain(self._public / name, most)

    def has(self, name: str) -> bool:
        return os.path.lexists(self._public / name)

    def widths(self, level: int | str, index: int) -> list[int]:
        folder = self._public / f"{tile_path(level, index)}.p"
        names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - a million paths are not needed
        found = {int(name) for name in names if name.isascii() and name.isdigit() and len(name) <= 3}
        return sorted(found & set(range(1, TILE_WIDTH)), reverse=True)

    def listed(self) -> Iterator[Listed]:
        for folder, folders, names in os.walk(self._public):
            for entry in sorted(names + [one for one in folders if (Path(folder) / one).is_symlink()]):
                path = Path(folder) / entry
                name = path.relative_to(self._public).as_posix()
                try:
                    status = path.lstat()
                except FileNotFoundError:
                    continue  # a running writer replaced it
                yield Listed(name, status.st_size if stat.S_ISREG(status.st_mode) else None)

    def expect(self, names: Iterable[tuple[str, int]]) -> None:
        """A disk needs no hint."""


__all__ = ["FolderSource", "Listed", "NotPlain", "Source"]
