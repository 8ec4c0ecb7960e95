"""The folder of regular reports: each as a document and as a page, the newest ones, and the verifier's memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from audit.disk import Disk
from audit.plain_file import read_plain
from audit.self_audit.report import LARGEST_BYTES, Report, decode
from server.reporting.names import NAME, file_name

MEMORY: Final = "verifier.state"
DOCUMENT: Final = "json"
PAGE: Final = "html"
LARGEST_FILE: Final = 4 * LARGEST_BYTES


@dataclass(frozen=True, slots=True)
class Shelved:
    """`report` is None where its document cannot be read. `name` is the files' name without what tells their form."""

    name: str
    report: Report | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Each method waits for the disk, and raises OSError."""

    folder: Path
    keep: int

    @property
    def memory(self) -> Path:
        """Where the verifier remembers what it saw: an older copy of the whole log is then told from the log."""
        return self.folder / MEMORY

    def prepare(self) -> None:
        """Before a report is made that could not be kept."""
        Disk().make_folder(self.folder)
        probe = self.folder / ".probe"
        Disk().create(probe, b"", temporary=probe.with_suffix(".new"))
        probe.unlink()

    def put(self, report: Report, contents: Mapping[str, bytes]) -> str:
        """Durable on return; the oldest beyond `keep` are gone. The document comes last: there is a report once it is
        there. Returns the name."""
        name = file_name(report.to_ms, report.entry, DOCUMENT).removesuffix(f".{DOCUMENT}")
        for form, content in sorted(contents.items(), key=lambda one: one[0] == DOCUMENT):
            file = self.folder / f"{name}.{form}"
            Disk().create(file, content, temporary=file.with_name(f".{file.name}.new"))
        kept = set(self._names()[: self.keep])
        for file in self.folder.iterdir():
            if NAME.fullmatch(file.name) is not None and file.stem not in kept:
                file.unlink(missing_ok=True)
        return name

    def all(self) -> list[Shelved]:
        """The newest first."""
        return [Shelved(name, self._report(name)) for name in self._names()]

    def newest_ms(self) -> int | None:
        """When the newest one's period ended; None if there is none that can be read."""
        return next((one.report.to_ms for one in self.all() if one.report is not None), None)

    def content(self, name: str, form: str) -> bytes | None:
        """None if there is no such report."""
        if NAME.fullmatch(f"{name}.{form}") is None:
            return None
        return read_plain(self.folder / f"{name}.{form}", LARGEST_FILE)

    def _names(self) -> list[str]:
        """The newest first: a name begins with the time."""
        if not self.folder.is_dir():
            return []
        documents = self.folder.glob(f"*.{DOCUMENT}")
        found = {path.stem: NAME.fullmatch(path.name) for path in documents}
        matches = {name: match for name, match in found.items() if match is not None}
        return sorted(matches, key=lambda name: (matches[name][1], int(matches[name][2])), reverse=True)

    def _report(self, name: str) -> Report | None:
        try:
            content = read_plain(self.folder / f"{name}.{DOCUMENT}", LARGEST_BYTES)
            return None if content is None else decode(content)
        except (OSError, msgspec.DecodeError):
            return None
