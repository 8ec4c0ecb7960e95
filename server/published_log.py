"""The log's public part for outsiders: read as it lies there, by names of C2SP tlog-tiles and by no other."""

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from audit.note import MAX_NOTE
from audit.plain_file import NotPlain, read_plain
from audit.tile import ENTRIES, MAX_BUNDLE, MAX_TILE, TILE_WIDTH, tile_path

PREFIX: Final = "/log/"
NOTES: Final = frozenset({"checkpoint", "witnessed"})
_SEALS: Final = "seals"
_AT_ONCE: Final = 8  # files in memory; a bundle has 16 MiB at most
_TILE: Final = re.compile(
    r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)
_LONGEST_NAME: Final = 40  # 10^19 entries need no more


@dataclass(frozen=True, slots=True)
class Published:
    """`lasting`: what stands under this name never changes and never goes."""

    content: bytes
    lasting: bool


class PublishedLog:
    """`folder` is the log's; nothing of it but `public/` is ever read. With `given_out` False there is nothing here."""

    def __init__(self, folder: Path, *, given_out: bool) -> None:
        self._public, self._given_out = folder / "public", given_out
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def note(self, name: str) -> Published | None:
        """`checkpoint` or `witnessed`; None where there is none."""
        return await self._read(name, MAX_NOTE, lasting=False) if name in NOTES else None

    def seals(self) -> BinaryIO | None:
        """The file of seals, to be read piece by piece and closed: it grows for as long as the log lives. None where
        there is none."""
        if not self._given_out:
            return None
        try:
            descriptor = os.open(self._public / _SEALS, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        return os.fdopen(descriptor, "rb")

    async def tile(self, name: str) -> Published | None:
        """A tile or a bundle, named as behind `tile/`; None where there is none of exactly this name."""
        match = _TILE.fullmatch(name) if len(name) <= _LONGEST_NAME else None
        if match is None:
            return None
        level = match[1] if match[1] == ENTRIES else int(match[1])
        index, width = int(match[2].replace("x", "").replace("/", "")), int(match[3] or TILE_WIDTH)
        if width > TILE_WIDTH or (isinstance(level, int) and level > 63):
            return None
        path = tile_path(level, index, width)  # made anew, so that no text of a request becomes a path
        if path != f"tile/{name}":
            return None
        most = MAX_BUNDLE if level == ENTRIES else MAX_TILE
        return await self._read(path, most, lasting=width == TILE_WIDTH)

    async def _read(self, path: str, most: int, *, lasting: bool) -> Published | None:
        if not self._given_out:
            return None
        async with self._places:
            try:
                content = await asyncio.to_thread(read_plain, self._public / path, most)
            except NotPlain:
                return None  # nothing that a writer of ours put there
        return None if content is None else Published(content, lasting)
