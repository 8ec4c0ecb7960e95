"""Rehashes every published entry and holds every file of the folder against the hashes that are proved."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audit.report import ExitCode, Findings
from audit.tile import ENTRIES, TILE_WIDTH, BundleInvalid, decode_bundle, tile_count, tile_path
from audit.tree import HASH_SIZE, leaf_hash
from audit.verify_entries import EntryLaws
from audit.verify_evidence import Evidence, most_bytes
from audit.verify_rows import UNKNOWN, Row, Rows

_TILE: Final = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)
_PATIENCE: Final = 64  # bundles missing one after the other, hashes and all, before the rest is left alone


class TreeCheck:
    """Each finding names the file that was changed and the first byte of the entry or hash in it."""

    def __init__(self, evidence: Evidence, rows: Rows, laws: EntryLaws, findings: Findings) -> None:
        self._evidence = evidence
        self._rows = rows
        self._laws = laws
        self._findings = findings

    def run(self) -> None:
        missing = 0
        for index in range(-(-self._evidence.size // TILE_WIDTH)):
            held = self._bundle(index)
            missing = 0 if held else missing + 1
            if missing == _PATIENCE:
                sentence = "so many bundles are missing that the rest was not looked at"
                self._findings.add(ExitCode.INCOMPLETE, sentence, file=tile_path(ENTRIES, index))
                return
        for level in range(-(-self._evidence.size.bit_length() // 8)):
            full, partial = tile_count(level, self._evidence.size)
            for index in range(full + bool(partial)):
                self._tile(level, index)

    def other_files(self) -> list[str]:
        """Judges the files that `run` did not need, and gives those that go beyond what is known."""
        late: list[str] = []
        for name in self._names():
            match = _TILE.fullmatch(name)
            if match is None or not _canonical(match, name):
                self._findings.add(ExitCode.TAMPERED, "this file does not belong in the folder", file=name)
                continue
            level, index, width = _parts(match)
            if width == self._evidence.width(level, index):
                continue
            row = self._rows.row(0 if isinstance(level, str) else level, index)
            if len(row) < width:
                late.append(name)
            elif (data := self._evidence.read(name)) is not None:
                self._judge(level, index, name, data, row[:width])
        return late

    def _bundle(self, index: int) -> bool:
        """False if neither the entries nor their hashes are there."""
        row = self._rows.row(0, index)
        name, data = self._evidence.required(ENTRIES, index)
        if data is None:
            self._findings.add(ExitCode.INCOMPLETE, "an entry bundle is missing", file=name)
            self._laws.lose()
            return any(row)
        if self._rows.is_doubtful(index):
            self._laws.lose()
        self._judge_bundle(index, name, data, row, None if self._rows.is_doubtful(index) else self._laws)
        return True

    def _tile(self, level: int, index: int) -> None:
        name, data = self._evidence.required(level, index)
        if data is None:
            self._findings.add(ExitCode.INCOMPLETE, "a tile is missing", file=name)
        else:
            self._judge_tile(level, name, data, self._rows.row(level, index))

    def _judge(self, level: int | str, index: int, name: str, data: bytes, row: Row) -> None:
        if isinstance(level, str):
            self._judge_bundle(index, name, data, row, None)
        else:
            self._judge_tile(level, name, data, row)

    def _judge_tile(self, level: int, name: str, data: bytes, row: Row) -> None:
        width = len(data) // HASH_SIZE
        if len(data) % HASH_SIZE or width < len(row) or (width > len(row) and ".p/" in name):
            sentence = f"the tile has {len(data)} bytes and not {len(row) * HASH_SIZE}"
            self._findings.add(ExitCode.TAMPERED, sentence, file=name, offset=len(data))
        for place, want in enumerate(row[:width]):
            if want not in (UNKNOWN, data[place * HASH_SIZE : (place + 1) * HASH_SIZE]):
                sentence = f"a hash of a level {level} tile was changed"
                self._findings.add(ExitCode.TAMPERED, sentence, file=name, offset=place * HASH_SIZE)

    def _judge_bundle(self, index: int, name: str, data: bytes, row: Row, laws: EntryLaws | None) -> None:
        base, count, stop = index * TILE_WIDTH, 0, 0
        changed: list[tuple[int, int, bytes]] = []
        broken = ""
        try:
            for offset, leaf in decode_bundle(data):
                if count < len(row):
                    if (digest := leaf_hash(leaf)) != row[count] != UNKNOWN:
                        changed.append((count, offset, digest))
                        if laws is not None:
                            laws.lose()
                    elif laws is not None:
                        laws.see(base + count, leaf, name, offset)
                count, stop = count + 1, offset + 2 + len(leaf)
        except BundleInvalid as error:
            broken = f": {error}"
        if not broken and (count < len(row) or (count > len(row) and ".p/" in name)):
            broken = f": the bundle holds {count} entries and not {len(row)}"
        if broken:
            # once a length is wrong, all that follows is read at wrong places: only the first entry says something
            place, offset, _ = changed[0] if changed else (min(count, len(row)), stop, b"")
            sentence = f"entry {base + place} was changed{broken}"
            self._findings.add(ExitCode.TAMPERED, sentence, entry=base + place, file=name, offset=offset)
        else:
            self._name_changed(base, name, changed, row)
        if laws is not None and broken:
            laws.lose()

    def _name_changed(self, base: int, name: str, changed: list[tuple[int, int, bytes]], row: Row) -> None:
        for place, offset, digest in changed:
            now = f": entry {base + row.index(digest)} stands in its place" if digest in row else ""
            sentence = f"entry {base + place} was changed{now}"
            self._findings.add(ExitCode.TAMPERED, sentence, entry=base + place, file=name, offset=offset)

    def _names(self) -> Iterator[str]:
        """All plain files but the checkpoint; what is not plain, or too large, is a finding."""
        public = self._evidence.public
        for folder, folders, names in os.walk(public):
            for entry in sorted(names + [one for one in folders if (Path(folder) / one).is_symlink()]):
                path = Path(folder) / entry
                name = path.relative_to(public).as_posix()
                if name == "checkpoint":
                    continue
                try:
                    status = path.lstat()
                except FileNotFoundError:
                    continue  # a running writer replaced it
                if not stat.S_ISREG(status.st_mode):
                    self._findings.add(ExitCode.TAMPERED, "this is no plain file", file=name)
                elif status.st_size > most_bytes(name):
                    sentence = f"this file has {status.st_size} bytes, more than it can have"
                    self._findings.add(ExitCode.TAMPERED, sentence, file=name, offset=most_bytes(name))
                else:
                    yield name


def _parts(match: re.Match[str]) -> tuple[int | str, int, int]:
    level = match[1] if match[1] == ENTRIES else int(match[1])
    return level, int(match[2].replace("x", "").replace("/", "")), int(match[3] or TILE_WIDTH)


def _canonical(match: re.Match[str], name: str) -> bool:
    level, index, width = _parts(match)
    return (
        (level == ENTRIES or int(level) <= 63)
        and width <= TILE_WIDTH
        and tile_path(level, index, width) == name
    )
