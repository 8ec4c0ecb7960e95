"""The folder in which a restore prepares everything, and the last step that puts it in place.

It lies in the data folder itself: that may be a mounted volume, and its parent another user's. As long as it is there,
nothing else may start on this data (`server.places.refuse_unfinished`). Once its plan is written, the last step can be
interrupted anywhere and finished by asking again; before that, asking again begins anew.
"""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from audit.disk import Disk
from audit.lockstate import LockstateFile, LockstateLost
from audit.plain_file import read_plain
from server.backup.custody import give_back
from server.backup.errors import BackupRefused
from server.backup.holding import held
from server.places import DATABASE_FILE, LOG_FOLDER, RESTORING, Places

DONE_WITH: Final = "restored"
PLAN: Final = "plan.json"
LARGEST_PLAN: Final = 256 * 1024
_OURS: Final = frozenset({RESTORING, DONE_WITH, "lost+found"})


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left to do. `lockstate` is where it lies if apart, "" otherwise; `before` and `after` are what it holds
    before and after the last step, in base64, `before` None for no file. The rest is for the report: `restart` is that
    of the seals, as an auditor accepts it."""

    manifest_sha256: str
    lockstate_survived: bool
    lockstate: str
    before: str | None
    after: str
    log_size: int
    first_missing: int | None
    last_missing: int | None
    ended: dict[str, int]
    schema: str
    taken_at_ms: int
    restart: str = ""


class Staging:
    def __init__(self, places: Places, disk: Disk) -> None:
        self._places, self._disk = places, disk
        self.folder = places.restoring

    @contextmanager
    def held(self) -> Iterator[None]:
        """Made if need be, and nobody else's meanwhile. Raises BackupRefused if the data folder holds anything of its
        own; OSError."""
        data = self._places.data
        if data.exists() and not data.is_dir():
            raise BackupRefused(f"{data} is no folder. Nothing was changed.")
        if not self._has_plan():
            _refuse_strangers(data)
        self._disk.make_folder(self.folder)
        with held(self.folder):
            yield

    def clear(self) -> None:
        """What an interrupted restore left before its plan."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def plan(self) -> Plan | None:
        """Of a restore that was interrupted in its last step."""
        content = read_plain(self.folder / PLAN, LARGEST_PLAN)
        try:
            return None if content is None else msgspec.json.decode(content, type=Plan)
        except msgspec.DecodeError as error:
            raise BackupRefused(
                f"{self.folder / PLAN} is not what a restore writes. Nothing was changed."
            ) from error

    def _has_plan(self) -> bool:
        return (self.folder / PLAN).exists()

    def write(self, plan: Plan) -> None:
        self._disk.create(self.folder / PLAN, msgspec.json.encode(plan), temporary=self.folder / "plan.new")

    def finish(self, plan: Plan) -> None:
        """Each step is done, or found done. Raises BackupRefused, OSError."""
        if plan.lockstate:
            self._swap_lockstate(plan)
        # The log before the database: a database without its log would let a start make a new log.
        for name in (LOG_FOLDER, DATABASE_FILE):
            if (self.folder / name).exists():
                self._disk.rename(self.folder / name, self._places.data / name)
        give_back(self._places)
        old = self._places.data / DONE_WITH
        self._disk.rename(self.folder, old)
        shutil.rmtree(old)
        self._disk.sync_folder(self._places.data)

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _swap_lockstate(self, plan: Plan) -> None:
        file = LockstateFile(Path(plan.lockstate), self._disk)
        before, after = plan.before, base64.b64decode(plan.after)
        if file.read() == after:
            return
        try:
            file.swap(None if before is None else base64.b64decode(before), after)
        except LockstateLost as error:
            raise BackupRefused(
                f"{error} since the restore began: does a server write this log elsewhere? Nothing was put in place."
            ) from error


def _refuse_strangers(data: Path) -> None:
    strangers = [path.name for path in data.iterdir() if path.name not in _OURS] if data.exists() else []
    if strangers:
        raise BackupRefused(
            f"{data} is not empty (it holds {strangers[0]}), and a restore never writes over anything. Nothing was "
            "changed. Stop the server if one runs there, move what it holds away and keep it as evidence; then try "
            "again and name its log/lockstate, where it lies now, with --lockstate: it tells what a backup lacks."
        )
