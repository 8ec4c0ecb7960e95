"""What only the host can check of its own log: with the keys, only reading, beside a running server or without.

Every section that a key should open opens; `keys.db` agrees with itself and with the entries; what began has ended; no
write was left half done. That nothing was changed or cut off is the verifier's matter, which needs no key.
"""

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.checkpoint import Checkpoint, CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.entry import DataKey
from audit.event import Event, Outcome
from audit.frame import scan_segment
from audit.kek import KeyUnavailable
from audit.keys.tables import LOCATOR, KeystoreFailed, KeyTables, Row
from audit.keystore import Closed, tombstone_of
from audit.note import Verifier
from audit.plain_file import NotPlain, read_plain
from audit.ports import KeyEncryptionKey
from audit.public import PublicDamaged, PublicFolder
from audit.reader import EntryUnreadable, Reader
from audit.report import ExitCode, Findings, Report
from audit.tail import Tail
from audit.tile import TILE_WIDTH
from audit.tree import EMPTY_ROOT
from audit.wal import MAX_SEGMENT, segments

KEYS: Final = "keys.db"
SETTLED_MS: Final = 600_000  # what began so long ago is not being done any more
_CACHED: Final = 16_384


@dataclass(slots=True)
class Checked:
    """Counts of sections and of keys, and what was found. `unnamed`: files below blob/ that no section names which
    opens. A crash between a blob and its entry leaves one (FORMAT.md, section 17), which is no fault."""

    report: Report
    opened: int = 0
    erased: int = 0
    sealed: int = 0
    keys: int = 0
    unnamed: list[str] = field(default_factory=list)

    def document(self) -> dict[str, object]:
        counts = {"opened": self.opened, "erased": self.erased, "sealed": self.sealed, "keys": self.keys}
        counts["unnamed_blobs"] = len(self.unnamed)
        return {**self.report.document(), **counts}


def check_host(folder: Path, verifier: Verifier, kek: KeyEncryptionKey, now_ms: int) -> Checked:
    """`folder` is the log's. Raises OSError where something cannot be read at all."""
    findings = Findings()
    public = _Named(folder / "public", folder / "public", Disk())
    try:
        note = public.checkpoint()
        head = None if note is None else open_checkpoint(note, verifier)
        if not (folder / KEYS).is_file():
            findings.add(ExitCode.INCOMPLETE, "the key store is missing: nothing can be read", file=KEYS)
        elif head is None:
            findings.add(ExitCode.INCOMPLETE, "there is nothing to check: no checkpoint", file="checkpoint")
        else:
            with closing(KeyTables(folder / KEYS, only_read=True)) as tables:
                return _Host(folder, public, head, HostKeys(tables, kek), findings).run(now_ms)
    except (CheckpointInvalid, NotPlain) as error:
        findings.add(ExitCode.TAMPERED, f"the checkpoint does not hold: {error}", file="checkpoint")
    except KeystoreFailed as error:
        findings.add(ExitCode.TAMPERED, str(error), file=KEYS)
    except KeyUnavailable as error:
        findings.add(ExitCode.USAGE, f"the key store does not open with this key-encryption key: {error}")
    return Checked(findings.report(0, EMPTY_ROOT, 0, ""))


class _Named(PublicFolder):
    """Knows which blobs were asked for."""

    def __init__(self, folder: Path, temporary: Path, disk: Disk) -> None:
        super().__init__(folder, temporary, disk)
        self.asked: set[str] = set()

    def blob(self, name: str) -> bytes | None:
        self.asked.add(name)
        return super().blob(name)


class HostKeys:
    """Implements `audit.reader.Keys` over a key store that is only read. `unknown` collects ids that are not in it."""

    def __init__(self, tables: KeyTables, kek: KeyEncryptionKey) -> None:
        """Raises KeystoreFailed, KeyUnavailable."""
        self.tables = tables
        self._kek = kek
        wrapped = tables.value(LOCATOR)
        if wrapped is None:
            raise KeystoreFailed("the key store has no locator key: it was never used, or was emptied")
        self.locator = kek.unwrap(wrapped, LOCATOR.encode())
        self.unknown: set[bytes] = set()
        self._known: dict[bytes, DataKey | Closed] = {}

    def look_all(self, key_ids: Collection[bytes]) -> dict[bytes, DataKey | Closed]:
        """Raises KeystoreFailed, KeyUnavailable."""
        missing = [key_id for key_id in key_ids if key_id not in self._known]
        rows = self.tables.rows(missing)
        self.unknown |= set(missing) - rows.keys()
        if len(self._known) >= _CACHED:
            self._known.clear()
            rows = self.tables.rows(key_ids)
        self._known |= {key_id: self._look(row) for key_id, row in rows.items()}
        return {key_id: self._known.get(key_id, Closed.ERASED) for key_id in key_ids}

    def _look(self, row: Row) -> DataKey | Closed:
        if row.wrapped is None:
            return Closed.ERASED if row.subject is None else Closed.SEALED
        return self.opened(row)

    def opened(self, row: Row) -> DataKey:
        """Raises KeyUnavailable."""
        return DataKey(row.key_id, self._kek.unwrap(row.wrapped or b"", b"data-key" + row.key_id))


@dataclass(slots=True)
class _Host:
    folder: Path
    public: _Named
    head: Checkpoint
    keys: HostKeys
    findings: Findings
    found: Checked = field(init=False)
    intents: dict[int, Event] = field(default_factory=dict)
    durable: int = 0

    def run(self, now_ms: int) -> Checked:
        self.found = Checked(self.findings.report(0, EMPTY_ROOT, 0, ""))
        self._check_keys()
        self._check_entries()
        self._check_ends(now_ms)
        self._check_left_over(now_ms)
        self.found.unnamed = [name for name in self.public.blobs() if name not in self.public.asked]
        head, found = self.head, self.found
        if not self.durable and not self.findings.found:
            self.findings.add(ExitCode.INCOMPLETE, "there is nothing to check: the log is empty")
        good = (
            f"Good: of {self.durable} entries {found.opened} sections open, {found.erased} are erased, {found.sealed} "
            f"are sealed away; {found.keys} keys hold. Whether the entries are those that were signed is for "
            "`tachiai audit verify`."
        )
        if found.unnamed:
            good += (
                f" Files below blob/ that no section names which opens: {len(found.unnamed)}. They are of erased or "
                "sealed sections, or what a crash left before its entry was written."
            )
        found.report = self.findings.report(head.size, head.root, self.durable, good)
        return found

    def _check_keys(self) -> None:
        tables, last = self.keys.tables, b""
        if (said := tables.integrity()) != "ok":
            self.findings.add(ExitCode.TAMPERED, f"the key store is damaged: {said}", file=KEYS)
        while rows := tables.rows_after(last):
            for row in rows:
                self.found.keys += 1
                if (wrong := self._wrong_with(row)) is not None:
                    code, sentence = wrong
                    self.findings.add(code, f"the key {row.key_id.hex()} {sentence}", file=KEYS)
            last = rows[-1].key_id

    def _wrong_with(self, row: Row) -> tuple[ExitCode, str] | None:
        tables = self.keys.tables
        sealed = tables.sealed(row.key_id)
        if row.subject is None:
            left = row.wrapped is not None or bool(sealed)
            return (ExitCode.TAMPERED, "was erased, and somebody can still open it") if left else None
        mark = tombstone_of(self.keys.locator, row.subject)
        if row.subject and tables.tombstones([mark]):
            return ExitCode.TAMPERED, "is there, although its person was erased"
        if row.wrapped is None:
            return None if sealed else (ExitCode.INCOMPLETE, "opens for nobody, and was not erased")
        try:
            self.keys.opened(row)
        except KeyUnavailable as error:
            return ExitCode.TAMPERED, f"does not open: {error}"
        return None

    def _check_entries(self) -> None:
        size = self.head.size
        reader = Reader(self.head.origin, self.keys, self.public, Tail(size, [], size))
        for index, leaf in self._leaves():
            self.durable = index + 1
            try:
                entry = reader.open(index, leaf)
            except (EntryUnreadable, KeyUnavailable) as error:
                sentence = str(error) if isinstance(error, EntryUnreadable) else f"entry {index}: {error}"
                self.findings.add(ExitCode.TAMPERED, sentence.partition(";")[0], entry=index)
                continue
            if self.keys.unknown:
                self.keys.unknown.clear()
                sentence = (
                    f"entry {index} has a key that the key store does not know: is {KEYS} older than the log?"
                )
                self.findings.add(ExitCode.INCOMPLETE, sentence, entry=index, file=KEYS)
            self.found.erased += len(entry.erased)
            self.found.sealed += len(entry.sealed)
            if (event := entry.event) is not None:
                self.found.opened += 1 + len(event.personal)
                self._follow(index, event)

    def _follow(self, index: int, event: Event) -> None:
        if event.intent is not None:
            self.intents.pop(event.intent, None)
        if event.outcome is Outcome.INTENT:
            self.intents[index] = event

    def _leaves(self) -> Iterator[tuple[int, bytes]]:
        """What is published, then what is durable behind it. A bundle that cannot be read is a finding."""
        size, position = self.head.size, 0
        for number in range(-(-size // TILE_WIDTH)):
            try:
                yield from enumerate(self.public.bundle(number, size), number * TILE_WIDTH)
            except PublicDamaged as error:
                self.findings.add(ExitCode.TAMPERED, str(error), entry=number * TILE_WIDTH)
        position = size
        for _, path in segments(self.folder / "private" / "wal"):
            for frame in scan_segment(read_plain(path, MAX_SEGMENT) or b"").frames:
                for index, leaf in enumerate(frame.leaves, frame.first):
                    if index == position:
                        yield index, leaf
                        position += 1

    def _check_ends(self, now_ms: int) -> None:
        for index, event in self.intents.items():
            if event.at_ms < now_ms - SETTLED_MS:
                sentence = f"{event.name.value} began with entry {index}, and no entry says how it ended"
                self.findings.add(ExitCode.INCOMPLETE, sentence, entry=index)

    def _check_left_over(self, now_ms: int) -> None:
        private = self.folder / "private"
        names = [f"{KEYS}-journal", "private/seals.next"]
        names += [f"private/tmp/{path.name}" for path in Disk().names(private / "tmp")]
        for name in names:
            try:
                changed_ms = int((self.folder / name).lstat().st_mtime * 1_000)
            except FileNotFoundError:
                continue
            if changed_ms < now_ms - SETTLED_MS:
                sentence = (
                    "a write was interrupted, and this is left of it: the next start of the server clears it"
                )
                self.findings.add(ExitCode.INCOMPLETE, sentence, file=name)
