"""Rehashes every published entry and holds every file of the folder against the hashes that are proved."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from audit.report import ExitCode, Findings
from audit.tile import ENTRIES, TILE_WIDTH, BundleInvalid, decode_bundle, tile_count, tile_path
from audit.tree import HASH_SIZE, leaf_hash
from audit.verifying.blob_check import check_blob
from audit.verifying.bundle_scan import BundleScan
from audit.verifying.entry_laws import EntryLaws
from audit.verifying.evidence import Evidence, most_bytes
from audit.verifying.rows import UNKNOWN, Row, Rows

_TILE: Final = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)
_PATIENCE: Final = 64  # bundles missing one after the other, hashes and all, before the rest is left alone


Progress = Callable[[int, int], object]  # how many entries were looked at, of how many


class TreeCheck:
    """Each finding names the file that was changed and the first byte of the entry or hash in it. The first `known`
    entries are proved to be those of an earlier look: of their files it is asked only that they are there."""

    def __init__(
        self, evidence: Evidence, rows: Rows, laws: EntryLaws, findings: Findings, known: int = 0
    ) -> None:
        self._evidence = evidence
        self._rows = rows
        self._laws = laws
        self._findings = findings
        self._known = known
        self._scan = BundleScan()

    def run(self, progress: Progress = lambda _, __: None) -> None:
        size = self._evidence.size
        missing = 0
        self._evidence.source.expect(self._needed())
        for index in range(-(-size // TILE_WIDTH)):
            if (index + 1) * TILE_WIDTH <= self._known:
                held = self._present(index)
            else:
                held = self._bundle(index)
                if not self._rows.is_stored(index):
                    self._tile(0, index)
                progress(min((index + 1) * TILE_WIDTH, size), size)
            missing = 0 if held else missing + 1
            if missing == _PATIENCE:
                sentence = "so many bundles are missing that the rest was not looked at"
                self._findings.add(ExitCode.INCOMPLETE, sentence, file=tile_path(ENTRIES, index))
                return
        for level in range(1, -(-size.bit_length() // 8)):
            full, partial = tile_count(level, size)
            for index in range(full + bool(partial)):
                self._tile(level, index)

    def _needed(self) -> Iterator[tuple[str, int]]:
        for index in range(self._known // TILE_WIDTH, -(-self._evidence.size // TILE_WIDTH)):
            for level in (0, ENTRIES):
                name = tile_path(level, index, self._evidence.width(level, index))
                yield name, most_bytes(name)

    def other_files(self) -> list[str]:
        """Judges the files that `run` did not need, and gives those that go beyond what is known."""
        late: list[str] = []
        for name in self._names():
            match = _TILE.fullmatch(name)
            if name.startswith("blob/") and check_blob(name, self._evidence.read(name), self._findings):
                continue
            if match is None or not _canonical(match, name):
                self._findings.add(ExitCode.TAMPERED, "this file does not belong in the folder", file=name)
                continue
            level, index, width = _parts(match)
            if width == self._evidence.width(level, index) or self._is_known(level, index, width):
                continue
            row = self._rows.row(0 if isinstance(level, str) else level, index)
            if len(row) < width:
                late.append(name)
            elif (data := self._evidence.read(name)) is not None:
                self._judge(level, index, name, data, row[:width])
        return late

    def _present(self, index: int) -> bool:
        """False if neither the entries nor their hashes are there."""
        held = False
        for level, sentence in ((ENTRIES, "an entry bundle is missing"), (0, "a tile is missing")):
            name, there = self._evidence.has(level, index)
            held |= there
            if not there:
                self._findings.add(ExitCode.INCOMPLETE, sentence, file=name)
        return held

    def _is_known(self, level: int | str, index: int, width: int) -> bool:
        return level in (ENTRIES, 0) and index * TILE_WIDTH + width <= self._known

    def _bundle(self, index: int) -> bool:
        """False if neither the entries nor their hashes are there."""
        row = self._rows.row(0, index)
        name, data = self._evidence.required(ENTRIES, index)
        if data is None:
            self._findings.add(ExitCode.INCOMPLETE, "an entry bundle is missing", file=name)
            self._laws.lose()
            return any(row)
        if self._is_whole(index, data, row):
            return True
        if self._rows.is_doubtful(index):
            self._laws.lose()
        self._judge_bundle(index, name, data, row, None if self._rows.is_doubtful(index) else self._laws)
        return True

    def _is_whole(self, index: int, data: bytes, row: Row) -> bool:
        """The quick way: every leaf is one, hashes to what is proved, and is the next of its emitter."""
        if index * TILE_WIDTH < self._known or self._rows.is_doubtful(index):
            return False
        scanned = self._scan.scan(data)
        return scanned is not None and scanned.digests == row and self._laws.see_all(index, scanned)

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
                    elif laws is not None and base + count >= self._known:
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
        """All plain files but what is signed, which are judged elsewhere; what is not plain, or too large, is a
        finding."""
        for listed in self._evidence.source.listed():
            if listed.name in {"checkpoint", "seals", "witnessed"}:
                continue
            most = most_bytes(listed.name)
            if listed.size is None:
                self._findings.add(ExitCode.TAMPERED, "this is no plain file", file=listed.name)
            elif listed.size > most:
                sentence = f"this file has {listed.size} bytes, more than it can have"
                self._findings.add(ExitCode.TAMPERED, sentence, file=listed.name, offset=most)
            else:
                yield listed.name


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
