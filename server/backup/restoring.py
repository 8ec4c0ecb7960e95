"""Restoring: everything is checked and prepared in staging, recorded in the log there, and then put in place.

The lockstate never goes back: if one survived that knows of more than the backup holds, the loss is declared in the log
or nothing is restored. `audit.standing` says what that means for verifiers.
"""

import asyncio
import base64
from dataclasses import dataclass
from pathlib import Path

from audit.disk import Disk
from audit.event import Actor, Event, EventName, Fact, Outcome
from audit.lockstate import LockstateFile
from audit.log import AuditLog, LogRefused, LogUnavailable
from audit.note import MAX_NOTE, KeyInvalid, Verifier
from audit.plain_file import NotPlain, read_plain
from audit.report import ExitCode
from audit.seals.checking import EVERY_RESTART
from audit.seals.checking import FILE as SEALS
from audit.seals.record import MAX_SEALS, restarts
from audit.standing import OtherHistory, Standing, check_copy, declared, standing
from audit.verify import verify_folder
from server.backup.custody import find_places, must_own, open_kek, open_signer
from server.backup.errors import BackupRefused, NotPossibleNow
from server.backup.manifest import Manifest, read_manifest
from server.backup.staging import Plan, Staging
from server.backup.unpacking import check_keys, place_keys, unpack
from server.key_encryption import Kek
from server.places import DATABASE_FILE, LOG_FOLDER, Places
from server.settings import Settings
from server.storage.copying import CopyUnusable, check_database, highest_log_index, schema_of
from server.storage.restored import end_what_was_given
from session.ports import Clock
from verification.totp import step_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Restore the backup in `source` to where these settings say. `surviving` is a lockstate kept elsewhere; the one
    that the settings name is looked at in any case. `by` is who asks."""

    settings: Settings
    source: Path
    surviving: Path | None
    declare_loss: bool
    by: Actor


@dataclass(frozen=True, slots=True)
class Restored:
    """`resumed`: an earlier restore was finished."""

    plan: Plan
    resumed: bool


async def restore(wish: Wish, clock: Clock, disk: Disk | None = None) -> Restored:
    """Raises BackupRefused, NotPossibleNow: then nothing was put in place, or asking again finishes it."""
    disk, places = disk or Disk(), find_places(wish.settings)
    try:
        return await _Restore(wish, places, clock, disk).run()
    except (LogRefused, LogUnavailable, OtherHistory, CopyUnusable) as error:
        raise BackupRefused(f"{error} Nothing was put in place.") from error
    except OSError as error:
        raise NotPossibleNow(
            f"The restore was not finished: {error.filename or places.data}: {error.strerror or error}. "
            "Remove the cause and run the same command again."
        ) from error


class _Restore:
    def __init__(self, wish: Wish, places: Places, clock: Clock, disk: Disk) -> None:
        self._wish, self._places, self._clock, self._disk = wish, places, clock, disk
        self._staging = Staging(places, disk)
        self._log = self._staging.folder / LOG_FOLDER
        self._database = self._staging.folder / DATABASE_FILE
        self._apart = places.lockstate != places.log / "lockstate"

    async def run(self) -> Restored:
        self._must_be_possible()
        kek = open_kek(self._places)
        manifest, digest = await asyncio.to_thread(read_manifest, self._wish.source, kek)
        with self._staging.held():
            return await self._restored(manifest, digest, kek)

    async def _restored(self, manifest: Manifest, digest: str, kek: Kek) -> Restored:
        if (plan := self._staging.plan()) is not None:
            if plan.manifest_sha256 != digest:
                raise BackupRefused(
                    "The restore of another backup was interrupted in its last step. Nothing was changed. "
                    f"Finish that one first: its manifest has the SHA-256 {plan.manifest_sha256}."
                )
            await asyncio.to_thread(self._staging.finish, plan)
            return Restored(plan, resumed=True)
        self._staging.clear()
        try:
            plan = await self._prepared(manifest, digest, kek)
        except BaseException:
            self._staging.discard()
            raise
        await asyncio.to_thread(self._staging.write, plan)
        await asyncio.to_thread(self._staging.finish, plan)
        return Restored(plan, resumed=False)

    async def _prepared(self, manifest: Manifest, digest: str, kek: Kek) -> Plan:
        places, source = self._places, self._wish.source
        check_keys(source, manifest, places.keys, kek)
        await asyncio.to_thread(unpack, source, manifest, self._staging.folder, self._disk)
        surviving, before = self._survivors()
        found = await asyncio.to_thread(self._checked, manifest, surviving)
        if found.missing and not self._wish.declare_loss:
            raise _would_lose(found)
        now = self._clock.now_ms()
        ended = end_what_was_given(self._database, now_ms=now, step=step_at(now))
        place_keys(source, manifest, places.keys, kek, self._disk)
        await self._record(manifest, digest, found, kek, survived=bool(surviving))
        after = self._verified(manifest)
        return Plan(
            manifest_sha256=digest,
            lockstate_survived=bool(surviving),
            lockstate=str(places.lockstate) if self._apart else "",
            before=None if before is None else base64.b64encode(before).decode(),
            after=base64.b64encode(after).decode(),
            log_size=found.size,
            first_missing=found.missing.start if found.missing else None,
            last_missing=found.missing.stop - 1 if found.missing else None,
            ended=ended,
            schema=manifest.schema,
            taken_at_ms=manifest.taken_at_ms,
            restart=self._restart(),
        )

    def _must_be_possible(self) -> None:
        data, places = self._places.data, self._places
        if not self._wish.source.is_dir():
            raise BackupRefused(
                f"There is no backup in {self._wish.source}, since there is no such folder. Nothing was changed. "
                "Name the folder that `tachiai backup` made; is its disk mounted?"
            )
        if data.exists():
            must_own(data)
        elif not data.parent.is_dir():
            raise BackupRefused(
                f"There is no folder {data.parent} for the data. Nothing was changed. Mount its disk, or make it: "
                f"mkdir -m 700 {data.parent}"
            )
        if any(key.resolve().is_relative_to(data) for key in places.keys.all()):
            raise BackupRefused(
                f"The keys may not lie in the data folder {data}. Nothing was changed. "
                "Set keys.folder and keys.kek, or give --keys and --kek."
            )
        if self._apart and not places.lockstate.parent.is_dir():
            raise BackupRefused(
                f"There is no folder {places.lockstate.parent} for the lockstate: is its disk mounted? "
                "Nothing was changed."
            )

    def _survivors(self) -> tuple[list[bytes], bytes | None]:
        """All lockstates that outlived the data, and the one in its place apart."""
        before = LockstateFile(self._places.lockstate, self._disk).read() if self._apart else None
        given: bytes | None = None
        if self._wish.surviving is not None:
            try:
                given = read_plain(self._wish.surviving, MAX_NOTE)
            except NotPlain as error:
                raise BackupRefused(
                    f"{self._wish.surviving} is no lockstate: {error.strerror}. Nothing was put in place."
                ) from error
            if given is None:
                raise BackupRefused(f"There is no {self._wish.surviving}. Nothing was put in place.")
        return [note for note in (before, given) if note is not None], before

    def _checked(self, manifest: Manifest, surviving: list[bytes]) -> Standing:
        """Before the log is opened: it must verify by itself, and belong to database and lockstate."""
        report = check_copy(self._log, manifest.verifier_key)
        if report.exit_code != ExitCode.GOOD:
            raise BackupRefused(
                f"The backup's audit log does not verify. {report.sentence} Nothing was put in place."
            )
        try:
            verifier = Verifier.parse(manifest.verifier_key)
        except KeyInvalid as error:
            raise BackupRefused(f"The manifest's verifier key is none: {error}.") from error
        found = standing(self._log, verifier, surviving)
        check_database(self._database)
        whole = (manifest.log_size, manifest.log_root, manifest.schema)
        if (found.size, found.root.hex(), schema_of(self._database)) != whole:
            raise BackupRefused("Log or database are not what the manifest says. Nothing was put in place.")
        if highest_log_index(self._database) >= found.size:
            raise BackupRefused(
                "The database tells of entries that the log does not have. Nothing was put in place."
            )
        return found

    async def _record(
        self, manifest: Manifest, digest: str, found: Standing, kek: Kek, *, survived: bool
    ) -> None:
        """In the staged log, so that no log without these entries ever takes its place."""
        signing_key = self._places.keys.log_signing_key
        signer = open_signer(signing_key)
        note = declared(found, signer) if found.missing else found.note
        self._disk.create(self._log / "lockstate", note, temporary=self._staging.folder / "lockstate.new")
        now = self._clock.now_ms()
        log = await AuditLog.open(
            self._log,
            origin=signer.name,
            kek=kek,
            signing_key_file=signing_key,
            clock=self._clock.now_ms,
            disk=self._disk,
        )
        try:
            facts: dict[str, Fact] = {
                "taken_at_ms": manifest.taken_at_ms,
                "entries": found.size,
                "root": found.root.hex(),
                "manifest_sha256": digest,
                "lockstate_survived": survived,
            }
            events = [self._event(EventName.OPERATOR_BACKUP_RESTORED, now, facts)]
            if found.missing:
                events.insert(0, self._event(EventName.OPERATOR_LOSS_DECLARED, now, _loss(found)))
            await log.append_all(events)
        finally:
            await log.close()

    def _event(self, name: EventName, now: int, facts: dict[str, Fact]) -> Event:
        return Event(name=name, outcome=Outcome.DONE, at_ms=now, actor=self._wish.by, facts=facts)

    def _verified(self, manifest: Manifest) -> bytes:
        """What takes its place is good without any allowance, but for its seals, which began anew here. Gives its
        lockstate."""
        report = verify_folder(self._log, verifier_key=manifest.verifier_key, accepted=EVERY_RESTART)
        if report.exit_code != ExitCode.GOOD:
            raise BackupRefused(
                f"The restored log does not verify. {report.sentence} Nothing was put in place."
            )
        lockstate = self._log / "lockstate"
        content = lockstate.read_bytes()
        if self._apart:
            lockstate.unlink()
        return content

    def _restart(self) -> str:
        """Of the seals, as an auditor accepts it; "" where the backup had none that could go on."""
        found = restarts(read_plain(self._log / "public" / SEALS, MAX_SEALS) or b"")
        return str(found[-1]) if found else ""


def _loss(found: Standing) -> dict[str, Fact]:
    return {
        "first": found.missing.start,
        "last": found.missing.stop - 1,
        "signed_size": found.lockstate.size,
        "signed_root": found.lockstate.root.hex(),
        "kept_size": found.size,
        "kept_root": found.root.hex(),
    }


def _would_lose(found: Standing) -> BackupRefused:
    return BackupRefused(
        f"Entries {found.missing.start} to {found.missing.stop - 1} ({len(found.missing)} of them) were signed after "
        "this backup was taken and are not in it. Nothing was put in place. Use a newer backup if there is one. "
        "If there is none, repeat the command with --declare-loss: what is missing is then recorded in the log, and "
        "every verifier that saw the lost entries will report them as gone."
    )
