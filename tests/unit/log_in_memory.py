"""A small log that was verified before and has grown since, its public part in memory: quickly changed and judged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from audit.note import Signer
from audit.report import ExitCode, Report
from audit.tile import TILE_WIDTH, tile_path
from audit.verify import Asked, verify_place
from audit.verifying.source import Listed, NotPlain
from audit.verifying.view import Place
from audit.witnesses.policy import Policy, parse_policy
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event
from tests.unit.witness_people import AT_S, policy_text, witness_key

WITNESS = witness_key(1)
FIRST, SECOND = 1, 3  # entries before and after the earlier look
Files = dict[str, bytes]


class MemorySource:
    """As a folder would be read."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, name: str, most: int) -> bytes | None:
        data = self._files.get(name)
        if data is not None and len(data) > most:
            raise NotPlain(0, "too long", name)
        return data

    def has(self, name: str) -> bool:
        return name in self._files

    def widths(self, level: int | str, index: int) -> list[int]:
        return [
            width for width in range(TILE_WIDTH - 1, 0, -1) if tile_path(level, index, width) in self._files
        ]

    def listed(self) -> Iterator[Listed]:
        return (Listed(name, len(data)) for name, data in self._files.items())

    def expect(self, names: Iterable[tuple[str, int]]) -> None:
        """Memory needs no hint."""


@dataclass(frozen=True)
class SmallSite:
    """`older` are the public files when `state` was written; `files` those of today. `lockstate` is today's."""

    key: str
    older: Files
    files: Files
    lockstate: Path
    state: Path
    policy: Policy
    signer: Signer

    def judged(
        self, files: Files, *, policy: bool = True, kept: bool = False, late_ms: int = 60_000
    ) -> Report:
        """By a verifier with the key and, if so asked, with the policy and with what was `kept`: an earlier state and
        the lockstate. Everything is read. A state is put back as it was."""
        asked = Asked(now_ms=NOW_MS + late_ms, full=True, policy=self.policy if policy else None)
        source = MemorySource(files)
        if not kept:
            return verify_place(Place(source), self.key, asked)
        before = self.state.read_bytes()
        report = verify_place(Place(source, None, self.lockstate), self.key, replace(asked, state=self.state))
        if report.exit_code == ExitCode.GOOD:
            self.state.write_bytes(before)
        return report


async def small_site(root: Path) -> SmallSite:
    log = LogOnDisk(root)
    await log.fill(FIRST)
    older = witnessed(public_files(log.folder))
    assert log.verify(state=log.state).exit_code == 0
    writer = await log.open()
    await writer.append_all([an_event(number) for number in range(FIRST, FIRST + SECOND)])
    await writer.close()
    key = (log.folder / "verifier.key").read_text().strip()
    policy = parse_policy(f"log {key}\n".encode() + policy_text(WITNESS))
    signer = Signer.parse((log.keys / "signing").read_text().strip())
    files = witnessed(public_files(log.folder))
    return SmallSite(key, older, files, log.folder / "lockstate", log.state, policy, signer)


def public_files(folder: Path) -> Files:
    public = folder / "public"
    return {
        path.relative_to(public).as_posix(): path.read_bytes()
        for path in sorted(public.rglob("*"))
        if path.is_file()
    }


def witnessed(files: Files) -> Files:
    """Shown to the witness."""
    note = files["checkpoint"]
    line = WITNESS.line(note.decode().rpartition("\n\n")[0] + "\n", AT_S)
    return {**files, "witnessed": note + line.encode()}
