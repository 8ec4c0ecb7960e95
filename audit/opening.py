"""Opens a log's folder: checks, recovers, takes over, and puts the parts of a running log together."""

import fcntl
import os
import secrets
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from audit.disk import Disk
from audit.emergency import EmergencyDamaged, EmergencySegment
from audit.entry import Sealer
from audit.kek import KeyUnavailable, read_secret, write_secret
from audit.keystore import ORGANISATION, Keystore, KeystoreFailed
from audit.lockstate import LockstateFile, LockstateLost
from audit.note import KeyInvalid, Signer
from audit.ports import KeyEncryptionKey
from audit.public import PublicDamaged, PublicFolder
from audit.publish import Publisher
from audit.reader import EntryUnreadable, Reader
from audit.recover import Batch, LogRefused, Recovered, recover
from audit.tail import Tail
from audit.tile import TILE_WIDTH
from audit.wal import Wal
from audit.writer import Writer


@dataclass(slots=True)
class Opened:
    """A log ready to run: `emergency_sealer` has an emitter id of its own."""

    verifier_key: str
    lockstate_file: Path
    writer: Writer
    publisher: Publisher
    reader: Reader
    tail: Tail
    wal: Wal
    keystore: Keystore
    emergency: EmergencySegment
    emergency_sealer: Sealer
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
    lockstate_file: Path,
    disk: Disk,
) -> Opened:
    """Raises LogRefused."""
    _refuse_keys_inside(folder, kek, signing_key_file)
    with ExitStack() as resources:
        try:
            resources.callback(os.close, _take(folder, disk))
            lockstate = LockstateFile(lockstate_file, disk)
            opened = _open(folder, origin, kek, signing_key_file, now_ms, lockstate, disk, resources)
        except EntryUnreadable as error:
            raise LogRefused(str(error)) from error
        except (
            OSError,
            KeystoreFailed,
            KeyUnavailable,
            LockstateLost,
            EmergencyDamaged,
            PublicDamaged,
        ) as error:
            raise LogRefused(f"the audit log in {folder} cannot be opened: {error}") from error
        opened.resources = resources.pop_all()
        return opened


def origin_of(signing_key_file: Path) -> str:
    """The origin of the log that this key signs: it is the key's name. Raises LogRefused."""
    return _read_signer(signing_key_file).name


def verifier_key_of(signing_key_file: Path) -> str:
    """What an auditor is told, before the log was ever opened. Raises LogRefused."""
    return str(_read_signer(signing_key_file).verifier)


def new_signing_key(path: Path, origin: str) -> None:
    """A key for a log that is yet to be made. Raises KeyUnavailable if there is a file already, KeyInvalid for an
    origin that cannot stand in a note."""
    write_secret(path, f"{Signer.from_seed(origin, secrets.token_bytes(32)).encode()}\n".encode())


def _open(
    folder: Path,
    origin: str,
    kek: KeyEncryptionKey,
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
    found = recover(private / "wal", public, found_note, signer.verifier)
    if found.frontier.size and not (folder / "keys.db").exists():
        raise LogRefused(
            f"{folder / 'keys.db'} is missing: nothing in the log could be read; restore it first"
        )
    keystore = resources.enter_context(closing(Keystore(folder / "keys.db", kek)))
    keystore.keys([(ORGANISATION, now_ms)])  # so that the emergency segment always has a key
    tail = _tail(found)
    reader = Reader(origin, keystore, public, tail)
    _refuse_clock(reader, tail.size, now_ms)
    wal = resources.enter_context(closing(Wal(private / "wal", temporary, disk)))
    wal.resume(found.resume)
    publisher = _take_over(signer, public, lockstate, found, found_note)
    sealer = Sealer(origin, secrets.token_bytes(16), keystore.locator, secrets.token_bytes)
    writer = Writer(wal, sealer, keystore, found.frontier)
    emergency = resources.enter_context(closing(EmergencySegment(private / "emergency.wal", temporary, disk)))
    _fold_in(emergency, writer, tail, found.entry_ids)
    _publish_all(publisher, tail)
    wal.prepare_spare()
    verifier_key = str(signer.verifier)
    _write_verifier_key(folder, temporary, verifier_key, disk)
    own = Sealer(origin, secrets.token_bytes(16), keystore.locator, secrets.token_bytes)
    return Opened(
        verifier_key,
        lockstate.path,
        writer,
        publisher,
        reader,
        tail,
        wal,
        keystore,
        emergency,
        own,
        resources,
    )


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
    signer: Signer, public: PublicFolder, lockstate: LockstateFile, found: Recovered, note: bytes | None
) -> Publisher:
    """Announced at the size that was signed before: what is pending is signed when it is published."""
    before = found.lockstate
    publisher = Publisher(
        signer, public, lockstate, fence=1 + (before.fence if before else 0), edge=found.edge
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


def _publish_all(publisher: Publisher, tail: Tail) -> None:
    batch: Batch | None = tail.unpublished()
    if batch is not None:
        publisher.publish(batch)
        tail.publish(batch.first + len(batch.leaves))


def _write_verifier_key(folder: Path, temporary: Path, key: str, disk: Disk) -> None:
    path = folder / "verifier.key"
    content = f"{key}\n".encode()
    if not path.exists() or path.read_bytes() != content:
        disk.create(path, content, temporary=temporary / "verifier", mode=0o644)
