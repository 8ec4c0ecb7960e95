"""Opens a log's folder: checks, recovers, takes over, and puts the parts of a running log together."""

import fcntl
import logging
import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.checkpoint import CheckpointInvalid, open_checkpoint
from audit.disk import Disk
from audit.emergency import EmergencyDamaged, EmergencySegment
from audit.entry import Sealer
from audit.kek import KeyUnavailable, read_secret, write_secret
from audit.keys.recipients import Recipients
from audit.keys.sealing_away import wrap_for_recipients
from audit.keys.supply import KeySupply
from audit.keystore import ORGANISATION, Keystore, KeystoreFailed, SealedMode
from audit.lockstate import LockstateFile, LockstateLost
from audit.note import KeyInvalid, Signer, Verifier
from audit.ports import KeyEncryptionKey
from audit.post_quantum import both, place_beside, read_beside
from audit.public import PublicDamaged, PublicFolder
from audit.publish import Publisher
from audit.reader import EntryUnreadable, Reader
from audit.recover import Batch, LogRefused, Recovered, recover
from audit.seals.chain import SealChain, SealsDamaged, SealsFull
from audit.seals.sealing import EpochLength, Sealing
from audit.seals.starting import looked_at
from audit.tail import Tail
from audit.tile import TILE_WIDTH
from audit.wal import Wal
from audit.writer import Writer

_JOURNAL: Final = logging.getLogger("tachiai.audit")


@dataclass(slots=True)
class Opened:
    """A log ready to run: `emergency_sealer` has an emitter id of its own."""

    verifier_key: str
    lockstate_file: Path
    writer: Writer
    publisher: Publisher
    public: PublicFolder
    reader: Reader
    tail: Tail
    wal: Wal
    keystore: Keystore
    supply: KeySupply
    emergency: EmergencySegment
    emergency_sealer: Sealer
    seals: SealChain
    resources: ExitStack

    def close(self) -> None:
        """Lets files and lock go. May be called twice."""
        self.resources.close()


def open_folder(
    folder: Path,
    *,
    origin: str,
    kek: KeyEncryptionKey,
    signing_key_file: Path,
    now_ms: int,
    clock: Callable[[], int],
    lockstate_file: Path,
    disk: Disk,
    epoch: EpochLength,
    recipients: Recipients | None = None,
) -> Opened:
    """`now_ms` is the time of the start, `clock` gives that of each seal. Raises LogRefused."""
    sealed = None if recipients is None else SealedMode(origin, recipients)
    _refuse_keys_inside(folder, kek, signing_key_file)
    with ExitStack() as resources:
        try:
            resources.callback(os.close, _take(folder, disk))
            lockstate = LockstateFile(lockstate_file, disk)
            opened = _open(folder, origin, kek, sealed, signing_key_file, now_ms, lockstate, disk, resources)
            opened.publisher.seal_with(Sealing(opened.seals, clock, epoch))
        except EntryUnreadable as error:
            raise LogRefused(str(error)) from error
        except (
            OSError,
            KeystoreFailed,
            KeyUnavailable,
            LockstateLost,
            EmergencyDamaged,
            PublicDamaged,
            SealsDamaged,
            SealsFull,
        ) as error:
            raise LogRefused(f"the audit log in {folder} cannot be opened: {error}") from error
        opened.resources = resources.pop_all()
        return opened


def origin_of(signing_key_file: Path) -> str:
    """The origin of the log that this key signs: it is the key's name. Raises LogRefused."""
    return _read_signer(signing_key_file).name


def verifier_key_of(signing_key_file: Path) -> str:
    """What an auditor is told, before the log was ever opened. Raises LogRefused."""
    signer = _read_signer(signing_key_file)
    return str(both(signer, _second(signing_key_file, signer.name)))


def new_signing_key(path: Path, origin: str) -> None:
    """A key for a log that is yet to be made. Raises KeyUnavailable if there is a file already, KeyInvalid for an
    origin that cannot stand in a note."""
    write_secret(path, f"{Signer.from_seed(origin, secrets.token_bytes(32)).encode()}\n".encode())


def _open(
    folder: Path,
    origin: str,
    kek: KeyEncryptionKey,
    sealed: SealedMode | None,
    signing_key_file: Path,
    now_ms: int,
    lockstate: LockstateFile,
    disk: Disk,
    resources: ExitStack,
) -> Opened:
    private, temporary = folder / "private", folder / "private" / "tmp"
    public = PublicFolder(folder / "public", temporary, disk)
    found_note = lockstate.read()
    signer = _signer(signing_key_file, origin, fresh=found_note is None and public.checkpoint() is None)
    second = _second(signing_key_file, origin)
    found = recover(private / "wal", public, found_note, signer.verifier)
    _refuse_without_keys(folder, found.frontier.size)
    chain = SealChain(folder / "public", private, origin=origin, kek=kek, disk=disk)
    seals = looked_at(chain, found.frontier.size, now_ms)
    keystore = _opened_keys(folder, kek, sealed, now_ms, resources)
    tail = _tail(found)
    reader = Reader(origin, keystore, public, tail)
    _refuse_clock(reader, tail.size, now_ms)
    wal = _resumed_wal(private / "wal", temporary, disk, found, resources)
    publisher = _take_over(signer, second, public, lockstate, found, found_note)
    writer = Writer(wal, _sealer(origin, keystore), found.frontier, public)
    emergency = resources.enter_context(closing(EmergencySegment(private / "emergency.wal", temporary, disk)))
    _fold_in(emergency, writer, tail, found.entry_ids)
    seals.record(writer, tail, keystore)
    verifier = both(signer, second)
    _publish_all(publisher, tail, public, verifier)
    seals.seal(signer, public, publisher.head())
    wal.prepare_spare()
    _write_verifier_key(folder, temporary, str(verifier), disk)
    return Opened(
        str(verifier),
        lockstate.path,
        writer,
        publisher,
        public,
        reader,
        tail,
        wal,
        keystore,
        resources.enter_context(closing(KeySupply(keystore, _JOURNAL.error))),
        emergency,
        _sealer(origin, keystore),
        chain,
        resources,
    )


def _opened_keys(
    folder: Path, kek: KeyEncryptionKey, sealed: SealedMode | None, now_ms: int, resources: ExitStack
) -> Keystore:
    """The organisation's key of today is there, so that the emergency segment always has one."""
    keystore = resources.enter_context(closing(Keystore(folder / "keys.db", kek, sealed)))
    wrap_for_recipients(keystore)
    keystore.note_version(now_ms)
    keystore.keys([(ORGANISATION, now_ms)])
    return keystore


def _resumed_wal(folder: Path, temporary: Path, disk: Disk, found: Recovered, resources: ExitStack) -> Wal:
    wal = resources.enter_context(closing(Wal(folder, temporary, disk)))
    wal.resume(found.resume)
    return wal


def _sealer(origin: str, keystore: Keystore) -> Sealer:
    """With an emitter id of its own."""
    return Sealer(origin, secrets.token_bytes(16), keystore.locator, secrets.token_bytes)


def _take(folder: Path, disk: Disk) -> int:
    """Makes the folders and holds the lock. Raises LogRefused if another process writes this log."""
    for name, mode in (("private/wal", 0o700), ("private/tmp", 0o700), ("public", 0o755)):
        disk.make_folder(folder / name, mode)
    lock = os.open(folder / "private" / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise LogRefused(f"another process writes the audit log in {folder}; stop it first") from error
    for leftover in (folder / "private" / "tmp").iterdir():
        leftover.unlink()
    return lock


def _refuse_keys_inside(folder: Path, kek: KeyEncryptionKey, signing_key_file: Path) -> None:
    places = [signing_key_file.resolve().parent]
    if kek.folder is not None:
        places.append(Path(kek.folder))
    if any(place.is_relative_to(folder.resolve()) for place in places):
        raise LogRefused(
            f"a key lies in the log's own folder {folder}; whoever takes the one would take the other"
        )


def _refuse_without_keys(folder: Path, size: int) -> None:
    if size and not (folder / "keys.db").exists():
        raise LogRefused(
            f"{folder / 'keys.db'} is missing: nothing in the log could be read; restore it first"
        )


def _signer(path: Path, origin: str, *, fresh: bool) -> Signer:
    if fresh and not path.exists():
        try:
            new_signing_key(path, origin)
        except KeyInvalid as error:
            raise LogRefused(f"{path}: {error}") from error
    signer = _read_signer(path)
    if signer.name != origin:
        raise LogRefused(f"{path} is the signing key of {signer.name}, and this log is {origin}")
    return signer


def _read_signer(path: Path) -> Signer:
    try:
        return Signer.parse(read_secret(path).decode("ascii", "replace").removesuffix("\n"))
    except (KeyInvalid, KeyUnavailable) as error:
        raise LogRefused(f"the log's signing key {path} cannot be used: {error}") from error


def _second(path: Path, origin: str) -> Signer | None:
    try:
        return read_beside(path, origin)
    except (KeyInvalid, KeyUnavailable, PermissionError) as error:
        raise LogRefused(
            f"the log's post-quantum key {place_beside(path)} cannot be used: {error}"
        ) from error


def _is_signed(public: PublicFolder, verifier: Verifier) -> bool:
    note = public.checkpoint()
    try:
        return note is not None and open_checkpoint(note, verifier).origin == verifier.name
    except CheckpointInvalid:
        return False


def _refuse_clock(reader: Reader, size: int, now_ms: int) -> None:
    for entry in reader.read(size - 1, size):
        if entry.event is not None and entry.event.at_ms > now_ms:
            late = entry.event.at_ms - now_ms
            raise LogRefused(
                f"the clock lies {late} ms before entry {entry.index}, the last one; set the clock, then start again"
            )


def _tail(found: Recovered) -> Tail:
    size = found.edge.size
    tail = Tail(size // TILE_WIDTH * TILE_WIDTH, found.edge.tail, size)
    for batch in found.pending:
        tail.add(batch)
    return tail


def _take_over(
    signer: Signer,
    second: Signer | None,
    public: PublicFolder,
    lockstate: LockstateFile,
    found: Recovered,
    note: bytes | None,
) -> Publisher:
    """Announced at the size that was signed before: what is pending is signed when it is published."""
    before = found.lockstate
    publisher = Publisher(
        signer,
        public,
        lockstate,
        fence=1 + (before.fence if before else 0),
        edge=found.edge,
        second=second,
    )
    size, root = (before.size, before.root) if before else (0, found.published_root)
    publisher.take_over(note, size, root)
    if not publisher.size and public.checkpoint() is None:
        publisher.publish_empty()
    return publisher


def _fold_in(emergency: EmergencySegment, writer: Writer, tail: Tail, known: set[bytes]) -> None:
    """Entries that an earlier writer could only put into the emergency segment join the log as they are."""
    if leaves := [leaf for leaf in emergency.leaves() if leaf[2:18] not in known]:
        tail.add(writer.write_leaves(leaves))
    emergency.clear()


def _publish_all(publisher: Publisher, tail: Tail, public: PublicFolder, verifier: Verifier) -> None:
    batch: Batch | None = tail.unpublished()
    if batch is None:
        if not _is_signed(public, verifier):  # the second key was made since
            publisher.sign_again()
    else:
        publisher.publish(batch)
        tail.publish(batch.first + len(batch.leaves))


def _write_verifier_key(folder: Path, temporary: Path, key: str, disk: Disk) -> None:
    path = folder / "verifier.key"
    content = f"{key}\n".encode()
    if not path.exists() or path.read_bytes() != content:
        disk.create(path, content, temporary=temporary / "verifier", mode=0o644)
