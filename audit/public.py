"""Reading and writing the public folder's files. Every read states the tree size it is for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from audit.blobs import MAX_FILE, blob_path
from audit.disk import Disk
from audit.note import MAX_NOTE
from audit.plain_file import read_plain
from audit.tile import (
    ENTRIES,
    MAX_BUNDLE,
    MAX_TILE,
    TILE_WIDTH,
    BundleInvalid,
    decode_bundle,
    split_hashes,
    tile_count,
    tile_path,
)
from audit.tiling import Files, RightEdge
from audit.tree import leaf_hash

_TOGETHER: Final = 64  # files open at once


class PublicDamaged(Exception):
    """A file of the public folder is missing or is not what it must be. The sentence names it."""


class PublicFolder:
    def __init__(self, folder: Path, temporary: Path, disk: Disk) -> None:
        self._folder = folder
        self._temporary = temporary
        self._disk = disk

    def checkpoint(self) -> bytes | None:
        return read_plain(self._folder / "checkpoint", MAX_NOTE)

    def witnessed(self) -> bytes | None:
        """The newest checkpoint that enough witnesses have signed; None where there is none."""
        return read_plain(self._folder / "witnessed", MAX_NOTE)

    def write_checkpoint(self, note: bytes) -> None:
        temporary = self._temporary / "checkpoint"
        self._disk.create(self._folder / "checkpoint", note, temporary=temporary, mode=0o644)

    def write_witnessed(self, note: bytes) -> None:
        """The newest checkpoint that enough witnesses have signed (FORMAT.md 13). Raises OSError."""
        temporary = self._temporary / "witnessed"
        self._disk.create(self._folder / "witnessed", note, temporary=temporary, mode=0o644)

    def blob(self, name: str) -> bytes | None:
        """The file that an entry names; None where there is none. Raises NotPlain, OSError."""
        return read_plain(self._folder / blob_path(name), MAX_FILE)

    def blobs(self) -> list[str]:
        """The names of all that there are, in order; others are for the verifier to name."""
        folder = self._folder / "blob"
        parts = self._disk.names(folder) if folder.is_dir() else []
        return sorted(place.name for part in parts if part.is_dir() for place in self._disk.names(part))

    def write_blob(self, name: str, data: bytes) -> None:
        """Durable on return. Raises OSError."""
        path = self._folder / blob_path(name)
        self._disk.make_folder(path.parent, 0o755)
        self._disk.create(path, data, temporary=self._temporary / "blob", mode=0o644)

    def write(self, files: Files) -> None:
        """Durable on return, and safe to repeat. Raises OSError."""
        for start in range(0, len(files.fresh), _TOGETHER):
            part = [
                (self._folder / path, content) for path, content in files.fresh[start : start + _TOGETHER]
            ]
            for folder in {path.parent for path, _ in part}:
                self._disk.make_folder(folder, 0o755)
            self._disk.create_all(part, temporary=self._temporary, mode=0o644)

    def retire(self, files: Files) -> None:
        """Removes partial files whose full one is durable."""
        for path in files.retired:
            folder = self._folder / path
            if folder.is_dir():
                for partial in self._disk.names(folder):
                    self._disk.remove(partial)
                folder.rmdir()

    def hashes(self, level: int, index: int, size: int) -> list[bytes]:
        """A tile of the tree of `size` leaves. Raises PublicDamaged."""
        path, width = self._place(level, index, size)
        try:
            row = split_hashes(_content(path, MAX_TILE))
        except (OSError, ValueError) as error:
            raise PublicDamaged(f"{path} cannot be read as a tile") from error
        if len(row) < width:
            raise PublicDamaged(f"{path} holds {len(row)} hashes and not {width}")
        return row[:width]

    def bundle(self, index: int, size: int) -> list[bytes]:
        """The leaves of a bundle of the tree of `size` leaves. Raises PublicDamaged."""
        path, width = self._place(ENTRIES, index, size)
        try:
            leaves = [leaf for _, leaf in decode_bundle(_content(path, MAX_BUNDLE))]
        except (OSError, BundleInvalid) as error:
            raise PublicDamaged(f"{path} cannot be read as a bundle") from error
        if len(leaves) < width:
            raise PublicDamaged(f"{path} holds {len(leaves)} entries and not {width}")
        return leaves[:width]

    def right_edge(self, size: int) -> RightEdge:
        """Raises PublicDamaged, also when the last bundle is not what the tiles say."""
        levels: list[Sequence[bytes]] = []
        while size >> (8 * len(levels)):
            full, width = tile_count(len(levels), size)
            levels.append(self.hashes(len(levels), full, size) if width else [])
        full, width = tile_count(0, size)
        tail = self.bundle(full, size) if width else []
        if [leaf_hash(leaf) for leaf in tail] != list(levels[0] if levels else []):
            raise PublicDamaged(f"{self._place(ENTRIES, full, size)[0]} does not hold what its tile says")
        return RightEdge(size, levels, tail)

    def _place(self, level: int | str, index: int, size: int) -> tuple[Path, int]:
        """The file, or the full one where a later tree has it, and how wide it is at this size."""
        full, partial = tile_count(level if isinstance(level, int) else 0, size)
        width = TILE_WIDTH if index < full else partial
        if index > full or not width:
            raise PublicDamaged("the tree is too small for this tile")
        path = self._folder / tile_path(level, index, width)
        whole = self._folder / tile_path(level, index)
        return (path if path.exists() or not whole.exists() else whole), width


def _content(path: Path, most: int) -> bytes:
    """Raises OSError, also where there is no such file, or where it is longer than such a file can be."""
    content = read_plain(path, most)
    if content is None:
        raise FileNotFoundError(path)
    return content
