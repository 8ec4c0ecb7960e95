"""Taking a backup, while a server runs or while none does. Nothing of the original is changed but one entry in its log.

The order of copying, and why a start accepts every copy, is argued in DECISIONS.md.
"""

import asyncio
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.copying import Copied, CopyRefused, LogMovedOn, PinnedLog, pinned
from audit.disk import Disk
from audit.kek import KeyUnavailable, read_secret
from audit.log import LogRefused, LogUnavailable
from audit.note import Verifier
from audit.plain_file import read_plain
from audit.report import ExitCode
from audit.standing import check_copy
from server.administration.acts import NoteBackup
from server.administration.backup_entry import backup_made
from server.administration.errors import ActRefused, CannotReach
from server.administration.host_user import operator
from server.administration.reaching import ask_server
from server.backup.custody import (
    find_places,
    fingerprint,
    give_back,
    kept_keys,
    open_kek,
    open_signer,
    verifier_of,
)
from server.backup.errors import BackupRefused, NotPossibleNow
from server.backup.holding import held
from server.backup.key_wrapping import wrapped
from server.backup.log_alone import log_alone
from server.backup.manifest import FORMAT, MANIFEST, SEAL, Manifest, encoded, sealed
from server.backup.new_folder import NewFolder
from server.backup.notes import BackupNote, note_backup
from server.backup.target import must_be_empty, must_take
from server.key_encryption import Kek
from server.places import DATABASE_FILE, LOG_FOLDER, Places
from server.settings import LARGEST_FILE_BYTES, Settings
from server.storage.copying import CopyUnusable, copy_database, highest_log_index, schema_of
from server.version import VERSION
from session.ports import Clock

ATTEMPTS: Final = 5
KEYS: Final = "keys"
SETTINGS: Final = "settings.toml"
_NOT_LEFT: Final = "A backup that is not recorded is not left behind."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A backup in `target` of the server with these settings, which were read from `settings_file`."""

    settings: Settings
    settings_file: Path | None
    target: Path
    with_keys: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """`entry` is the index of the entry that records it. `beside_data`: it lies on the data's own volume."""

    manifest: Manifest
    manifest_sha256: str
    entry: int
    beside_data: bool


async def take(order: Order, clock: Clock, disk: Disk | None = None) -> Taken:
    """Raises BackupRefused, NotPossibleNow: then there is no backup, and nothing is left of the attempt."""
    disk, places, target = disk or Disk(), find_places(order.settings), order.target.resolve()
    try:
        await asyncio.to_thread(must_take, places, target)
        return await _taken(order, places, target, clock, disk)
    except OSError as error:
        raise NotPossibleNow(
            f"The backup was not finished: {error.filename or target}: {error.strerror or error}. There is none."
        ) from error


async def _taken(order: Order, places: Places, target: Path, clock: Clock, disk: Disk) -> Taken:
    kek = open_kek(places)
    disk.make_folder(target)
    with held(target):
        must_be_empty(target)
        try:
            copy = _Copy(order, places, kek, target, disk, clock)
            manifest = await asyncio.to_thread(copy.write)
            content = encoded(manifest)
            digest = hashlib.sha256(content).hexdigest()
            await asyncio.to_thread(copy.folder.publish, SEAL, sealed(content, kek))
            entry = await _recorded(order.settings, places, manifest, digest, clock)
            # Only now does the folder become a backup: what holds everybody's data waits for its entry.
            await asyncio.to_thread(copy.folder.publish, MANIFEST, content)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        await asyncio.to_thread(_tidy_up, copy.folder, places, target, manifest, digest)
    return Taken(manifest, digest, entry, _share_a_volume(target, places.data))


def _tidy_up(folder: NewFolder, places: Places, target: Path, manifest: Manifest, digest: str) -> None:
    note = BackupNote(
        at_ms=manifest.taken_at_ms,
        path=str(target),
        size_bytes=manifest.size_bytes,
        entries=manifest.log_size,
        with_keys=manifest.with_keys,
        manifest_sha256=digest,
    )
    try:
        folder.close()
        note_backup(places.backup_notes, note)
        give_back(places)
    except OSError as error:
        raise NotPossibleNow(
            f"The backup in {target} is whole and recorded, but it could not be noted in {places.backup_notes}, so the "
            f"checklist does not know of it: {error.strerror or error}."
        ) from error


def _share_a_volume(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


async def _recorded(settings: Settings, places: Places, manifest: Manifest, digest: str, clock: Clock) -> int:
    """By the running server, or here: also where the database has an older schema, for then a backup is due."""
    act = NoteBackup(
        entries=manifest.log_size,
        size_bytes=manifest.size_bytes,
        with_keys=manifest.with_keys,
        manifest_sha256=digest,
    )
    try:
        noted = await ask_server(settings, act)
        if noted is not None:
            return noted.entry
        async with log_alone(places, clock) as log:
            event = backup_made(act, operator(os.getuid()), clock.now_ms())
            return (await log.append(event)).index
    except ActRefused as error:
        raise BackupRefused(f"{error} {_NOT_LEFT}") from error
    except (CannotReach, LogRefused, LogUnavailable) as error:
        raise NotPossibleNow(f"{str(error).rstrip('.')}. {_NOT_LEFT}") from error


class _Copy:
    def __init__(
        self, order: Order, places: Places, kek: Kek, target: Path, disk: Disk, clock: Clock
    ) -> None:
        self._order, self._places, self._kek, self._target = order, places, kek, target
        self._clock, self._disk = clock, disk
        self._signer = open_signer(places.keys.log_signing_key)
        self._taken_at_ms = 0
        self.folder = NewFolder(target, disk)

    def write(self) -> Manifest:
        """Everything but the manifest. Raises BackupRefused, OSError."""
        try:
            copied = self._log_and_database(verifier_of(self._places.keys.log_signing_key, self._signer))
            schema = schema_of(self._target / DATABASE_FILE)
            self._verify(copied)
        except (CopyRefused, CopyUnusable) as error:
            raise BackupRefused(f"The backup was not taken. {error}") from error
        keys = self._keys()
        if self._order.settings_file is not None:
            settings = read_plain(self._order.settings_file.resolve(), LARGEST_FILE_BYTES)
            self.folder.store(SETTINGS, settings or b"")
        self.folder.flush()
        return Manifest(
            format=FORMAT,
            product=VERSION,
            taken_at_ms=self._taken_at_ms,
            schema=schema or "",
            verifier_key=str(self._signer.verifier),
            log_size=copied.size,
            log_root=copied.root.hex(),
            checkpoint_size=copied.checkpoint.size,
            checkpoint_root=copied.checkpoint.root.hex(),
            with_keys=self._order.with_keys,
            keys=keys,
            files=sorted(self.folder.files, key=lambda file: file.path),
        )

    def _log_and_database(self, verifier: Verifier) -> Copied:
        for _ in range(ATTEMPTS):
            try:
                with pinned(self._places.log, self._places.lockstate, verifier) as log:
                    return self._once(log)
            except LogMovedOn:
                self._empty()
        raise BackupRefused(
            "The log is written faster than it can be copied to this folder. No backup was taken. "
            "Choose a faster disk, or a quieter hour."
        )

    def _once(self, log: PinnedLog) -> Copied:
        def instant() -> None:
            log.cut()
            self._taken_at_ms = self._clock.now_ms()

        copy_database(self._places.database, self._target / DATABASE_FILE, instant)
        self.folder.adopt(DATABASE_FILE)
        for path, content in log.files():
            self.folder.store(f"{LOG_FOLDER}/{path}", content)
        self.folder.flush()
        return log.copied

    def _empty(self) -> None:
        for path in self._target.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.folder = NewFolder(self._target, self._disk)

    def _verify(self, copied: Copied) -> None:
        """A backup that cannot be restored is none: better to know it today."""
        report = check_copy(self._target / LOG_FOLDER, str(self._signer.verifier))
        if report.exit_code != ExitCode.GOOD:
            raise BackupRefused(
                f"The copy of the audit log does not verify, so no backup was taken. {report.sentence} "
                f"Run: tachiai audit verify {self._places.log}"
            )
        if highest_log_index(self._target / DATABASE_FILE) >= copied.size:
            raise BackupRefused(
                "The database tells of entries that the audit log does not have: they do not belong together. "
                "No backup was taken."
            )

    def _keys(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, place in kept_keys(self._places.keys).items():
            try:
                content = read_secret(place)
            except KeyUnavailable as error:
                raise BackupRefused(f"A key cannot be copied: {error}. No backup was taken.") from error
            found[name] = fingerprint(name, content)
            if self._order.with_keys:
                self.folder.store(f"{KEYS}/{name}", wrapped(name, content, self._kek))
        return found
