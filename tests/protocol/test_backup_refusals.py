"""What is no backup, or not the one that was taken, takes nothing's place; where a backup may not lie, none is made."""

import asyncio
import base64
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from audit.disk import Disk
from audit.kek import FileKek
from server.backup.errors import BackupRefused, NotPossibleNow
from server.backup.holding import held
from server.backup.manifest import MANIFEST, SEAL, sealed
from server.backup.notes import last_backups
from server.clock import SystemClock
from server.foundation import opened_records
from server.keys import open_keys
from server.places import RESTORING, RestoreUnfinished, places_of
from server.storage.copying import copy_database
from tests.protocol.backup_site import Site


async def make_pristine(folder: Path) -> None:
    site = Site(folder / "old")
    async with site.running():
        pass
    before = Site(folder / "before")
    # The database's last connection is closed by a thread of its own, and its side files go then.
    shutil.copytree(site.root, before.root, ignore=shutil.ignore_patterns("tachiai.db*"))
    copy_database(site.data / "tachiai.db", before.data / "tachiai.db", lambda: None)
    await site.backup(folder / "backup")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped server and its backup, of which each test gets copies."""
    folder = tmp_path_factory.mktemp("pristine")
    asyncio.run(make_pristine(folder))
    return folder


@pytest.fixture
def old(pristine: Path, tmp_path: Path) -> Site:
    """Stopped; its commands open log and database by themselves."""
    shutil.copytree(pristine / "before", tmp_path / "old")
    return Site(tmp_path / "old")


@pytest.fixture
def backup(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine / "backup", tmp_path / "backup")
    return tmp_path / "backup"


@pytest.fixture
def new(old: Site, tmp_path: Path) -> Site:
    return Site(tmp_path / "new").empty(kek_of=old)


def everything_in(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def changed_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def reseal(backup: Path, change: dict[str, object], kek: FileKek | None) -> None:
    """As somebody with the backup in hand would; with `kek`, as one who has the key-encryption key too."""
    content = json.dumps(json.loads((backup / MANIFEST).read_bytes()) | change).encode()
    (backup / MANIFEST).write_bytes(content)
    if kek is not None:
        (backup / SEAL).write_bytes(sealed(content, kek))


async def refused(site: Site, backup: Path) -> str:
    """The sentence; nothing was put in place."""
    with pytest.raises(BackupRefused) as told:
        await site.restore(backup)
    assert not site.data.exists() or not any(site.data.iterdir())
    assert sorted(path.name for path in site.keys.iterdir()) == ["kek"]
    return str(told.value)


@pytest.mark.parametrize(
    "spoilt", ["tachiai.db", "log/keys.db", "log/public/checkpoint", "keys/authenticators.key"]
)
async def test_one_changed_byte_in_any_file_is_found_before_anything_is_put_in_place(
    backup: Path, new: Site, spoilt: str
) -> None:
    changed_byte(backup / spoilt)
    assert f"{spoilt} is not what was backed up" in await refused(new, backup)


async def test_a_file_that_is_missing_is_named(backup: Path, new: Site) -> None:
    (backup / "log" / "keys.db").unlink()
    assert "log/keys.db is missing" in await refused(new, backup)


async def test_a_link_in_a_backup_is_not_followed(backup: Path, new: Site, tmp_path: Path) -> None:
    shutil.move(backup / "tachiai.db", tmp_path / "elsewhere")
    (backup / "tachiai.db").symlink_to(tmp_path / "elsewhere")
    assert "tachiai.db" in await refused(new, backup)


async def test_a_manifest_changed_without_the_key_encryption_key_is_refused(backup: Path, new: Site) -> None:
    reseal(backup, {"taken_at_ms": 1}, None)
    assert "not what was sealed" in await refused(new, backup)


async def test_a_backup_of_another_servers_key_encryption_key_is_refused(
    backup: Path, new: Site, tmp_path: Path
) -> None:
    (new.keys / "kek").unlink()
    FileKek.create(new.keys / "kek")
    assert "does not open with this key-encryption key" in await refused(new, backup)


async def test_paths_that_lead_out_of_a_backup_are_refused_whoever_sealed_them(
    backup: Path, new: Site, old: Site
) -> None:
    kek = FileKek.open(old.keys / "kek")
    for path in ("../outside", "/etc/passwd", "log/../../x", "other/file", "log//x", "log/.hidden"):
        reseal(backup, {"files": [{"path": path, "size": 1, "sha256": "ab" * 32}]}, kek)
        assert "names files that no backup has" in await refused(new, backup), path


async def test_an_unfinished_backup_is_none(backup: Path, new: Site) -> None:
    (backup / MANIFEST).unlink()
    assert "no finished backup" in await refused(new, backup)


async def test_nothing_is_written_over(backup: Path, new: Site, old: Site) -> None:
    new.data.mkdir()
    (new.data / "something").write_text("of somebody")
    with pytest.raises(BackupRefused, match="is not empty"):
        await new.restore(backup)
    assert [path.name for path in new.data.iterdir()] == ["something"]
    with pytest.raises(BackupRefused, match="is not empty"):
        await old.restore(backup)


async def test_another_servers_keys_are_not_replaced(backup: Path, new: Site) -> None:
    (new.keys / "authenticators.key").write_bytes(b"k" * 32)
    (new.keys / "authenticators.key").chmod(0o600)
    with pytest.raises(BackupRefused, match="another key than the backup's"):
        await new.restore(backup)
    assert (new.keys / "authenticators.key").read_bytes() == b"k" * 32


async def test_a_badge_key_that_is_there_stays_whatever_the_backup_has(backup: Path, new: Site) -> None:
    """It was changed since, or made anew: the backup opens all the same."""
    (new.keys / "badge-keys.json").write_text("changed since")
    (new.keys / "badge-keys.json").chmod(0o600)
    await new.restore(backup)
    assert (new.keys / "badge-keys.json").read_text() == "changed since"


async def test_a_backup_without_keys_needs_them_from_elsewhere(old: Site, new: Site, tmp_path: Path) -> None:
    taken = await old.backup(tmp_path / "keyless", with_keys=False)
    assert not any(file.path.startswith("keys/") for file in taken.manifest.files)
    assert "taken without keys" in await refused(new, tmp_path / "keyless")
    for name in set(taken.manifest.keys) - {"badge-keys.json"}:  # that one may be made anew
        shutil.copy2(old.keys / name, new.keys / name)
    await new.restore(tmp_path / "keyless")
    assert new.verify().exit_code == 0


async def test_no_backup_ever_holds_the_key_encryption_key_or_another_in_clear(
    backup: Path, old: Site
) -> None:
    secrets = [(old.keys / "kek").read_bytes().split()[2]]
    for name in ("authenticators.key", "invitations.key"):
        key = (old.keys / name).read_bytes()
        secrets += [key, base64.b64encode(key), key.hex().encode()]
    secrets.append((old.keys / "log-signing-key").read_bytes().strip()[-40:])
    files = everything_in(backup)
    assert "keys/log-signing-key" in files
    assert "keys/kek" not in files
    assert not [name for name, content in files.items() if any(secret in content for secret in secrets)]


async def test_a_backup_lies_neither_in_the_data_nor_with_the_keys_nor_over_another(
    old: Site, backup: Path, tmp_path: Path
) -> None:
    before = everything_in(backup)
    for target, told in (
        (old.data / "backup", "cannot lie in"),
        (old.keys / "backup", "cannot lie in"),
        (old.root, "cannot lie in"),
        (backup, "holds a backup already"),
        (tmp_path / "not-mounted" / "backup", "is its disk mounted"),
    ):
        with pytest.raises(BackupRefused, match=told):
            await old.backup(target)
    assert everything_in(backup) == before
    assert not (old.data / "backup").exists()


async def test_a_backup_that_cannot_be_recorded_is_not_left_behind(old: Site, tmp_path: Path) -> None:
    """The log's lock is held by somebody who does not answer."""
    places = places_of(old.settings)
    async with opened_records(places, open_keys(places.keys), SystemClock()):
        with pytest.raises(NotPossibleNow, match="not recorded"):
            await old.backup(tmp_path / "unrecorded")
    assert not (tmp_path / "unrecorded").exists()


async def test_a_full_disk_leaves_no_backup_and_no_note(old: Site, tmp_path: Path) -> None:
    class Full(Disk):
        def sync_folder(self, folder: Path) -> None:
            if folder.name == "log":
                raise OSError(28, "No space left on device", str(folder))
            super().sync_folder(folder)

    with pytest.raises(NotPossibleNow, match="No space left"):
        await old.backup(tmp_path / "full", disk=Full())
    assert not (tmp_path / "full").exists()
    assert last_backups(places_of(old.settings).backup_notes) == []


async def test_the_notes_tell_of_the_last_backups(old: Site, tmp_path: Path) -> None:
    taken = [await old.backup(tmp_path / name) for name in ("first", "second")]
    notes = last_backups(places_of(old.settings).backup_notes)
    assert [note.path for note in notes] == [str(tmp_path / "first"), str(tmp_path / "second")]
    assert [note.manifest_sha256 for note in notes] == [one.manifest_sha256 for one in taken]


async def test_nothing_starts_on_data_whose_restore_was_interrupted(old: Site) -> None:
    (old.data / RESTORING).mkdir()
    places = places_of(old.settings)
    with pytest.raises(RestoreUnfinished, match="tachiai restore"):
        async with opened_records(places, open_keys(places.keys), SystemClock()):
            pass


async def test_two_commands_in_one_folder_do_not_meet(
    backup: Path, old: Site, new: Site, tmp_path: Path
) -> None:
    """The second is refused, and the first one's work is left alone."""
    (tmp_path / "target").mkdir()
    with held(tmp_path / "target"), pytest.raises(BackupRefused, match="Another command"):
        await old.backup(tmp_path / "target")
    assert (tmp_path / "target").is_dir()
    staging = new.data / RESTORING
    staging.mkdir(parents=True)
    (staging / "half-done").touch()
    with held(staging), pytest.raises(BackupRefused, match="Another command"):
        await new.restore(backup)
    assert (staging / "half-done").exists()
    await new.restore(backup)
    assert new.verify().exit_code == 0


async def test_a_whole_backup_that_cannot_be_noted_stays_and_this_is_said(old: Site, tmp_path: Path) -> None:
    places_of(old.settings).backup_notes.mkdir()
    with pytest.raises(NotPossibleNow, match="is whole and recorded"):
        await old.backup(tmp_path / "backup")
    new = Site(tmp_path / "new").empty(kek_of=old)
    await new.restore(tmp_path / "backup")
    assert new.verify().exit_code == 0


class Interrupted(Disk):
    """The log cannot be put in place."""

    def rename(self, old: Path, new: Path) -> None:
        if old.name == "log":
            raise OSError(5, "Input/output error", str(old))
        super().rename(old, new)


async def test_the_last_step_of_a_restore_is_finished_with_the_same_backup_and_no_other(
    backup: Path, old: Site, new: Site, tmp_path: Path
) -> None:
    with pytest.raises(NotPossibleNow, match="run the same command again"):
        await new.restore(backup, disk=Interrupted())
    await old.backup(tmp_path / "other")
    with pytest.raises(BackupRefused, match="another backup"):
        await new.restore(tmp_path / "other")
    restored = await new.restore(backup)
    assert restored.resumed
    assert new.verify().exit_code == 0


class Recording(Disk):
    """Which files were synced before which."""

    def __init__(self) -> None:
        self.synced: list[str] = []

    def create(self, path: Path, data: bytes, *, temporary: Path, mode: int = 0o600) -> None:
        super().create(path, data, temporary=temporary, mode=mode)
        self.synced.append(path.name)

    def create_all(self, files: Sequence[tuple[Path, bytes]], *, temporary: Path, mode: int = 0o600) -> None:
        super().create_all(files, temporary=temporary, mode=mode)
        self.synced += [str(path) for path, _ in files]


async def test_the_manifest_comes_after_everything_else_is_on_the_disk(old: Site, tmp_path: Path) -> None:
    disk = Recording()
    taken = await old.backup(tmp_path / "backup", disk=disk)
    assert disk.synced[-2:] == [SEAL, MANIFEST]
    listed = {str(tmp_path / "backup" / file.path) for file in taken.manifest.files}
    assert listed - set(disk.synced) == {str(tmp_path / "backup" / "tachiai.db")}  # synced where it is copied
