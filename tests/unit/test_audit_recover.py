"""What a start makes of what it finds: a write cut short is removed, damage is refused, nothing signed is ever lost."""

import shutil
from pathlib import Path

import pytest

from audit.event import Fact
from audit.frame import encode_frame, scan_segment
from audit.kek import FileKek, KeyUnavailable
from audit.log import AuditLog, LogRefused
from audit.ports import OpenedEntry
from audit.report import ExitCode
from audit.wal import SEGMENT_SIZE, segments
from tests.unit.audit_log_on_disk import NOW_MS, ORIGIN, LogOnDisk, an_event


def the_segment(log: LogOnDisk) -> Path:
    (_, path), *_ = segments(log.folder / "private" / "wal")
    return path


def numbers(entries: list[OpenedEntry]) -> list[Fact]:
    return [entry.event.facts["number"] for entry in entries if entry.event]


async def test_what_was_appended_is_read_after_a_restart(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(3)
    log = await disk.open()
    assert log.size == 3
    assert numbers(await log.read(0, 10)) == [0, 1, 2]
    await log.close()


async def test_a_log_goes_on_over_many_segments_and_bundles(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    for start in (0, 4000):
        log = await disk.open()
        for first in range(start, start + 4000, 500):
            await log.append_all(
                [an_event(number, subject="c" * 300) for number in range(first, first + 500)]
            )
        await log.close()
    assert len(segments(disk.folder / "private" / "wal")) <= 2, "published segments go"
    log = await disk.open()
    assert numbers(await log.read(250, 520)) == list(range(250, 520))
    assert numbers(await log.read(7990, 9000)) == list(range(7990, 8000))
    await log.close()
    assert disk.verify().exit_code == ExitCode.GOOD


async def cut_short(tmp_path: Path) -> tuple[LogOnDisk, bytes, int]:
    """A log of two entries, its segment as it would be with a third, and where the third frame begins."""
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    path = the_segment(disk)
    start = len(path.read_bytes().rstrip(b"\0"))
    before = shutil.copytree(disk.folder, tmp_path / "before")
    await disk.fill(1, first=2)
    longer = path.read_bytes().rstrip(b"\0")
    shutil.rmtree(disk.folder)
    shutil.copytree(before, disk.folder)
    return disk, longer, start


def put(disk: LogOnDisk, tmp_path: Path, segment: bytes) -> None:
    shutil.rmtree(disk.folder)
    shutil.copytree(tmp_path / "before", disk.folder)
    the_segment(disk).write_bytes(segment + bytes(SEGMENT_SIZE - len(segment)))


async def test_a_last_frame_cut_at_any_byte_is_removed_when_nothing_in_it_was_signed(tmp_path: Path) -> None:
    disk, longer, start = await cut_short(tmp_path)
    for cut in range(start, len(longer), 11):
        put(disk, tmp_path, longer[:cut])
        log = await disk.open()
        assert log.size == 2, f"cut at byte {cut}"
        await log.append(an_event(7))
        assert numbers(await log.read(0, 9)) == [0, 1, 7]
        await log.close()
        assert disk.verify().exit_code == ExitCode.GOOD


async def test_a_last_frame_that_is_whole_is_kept_though_it_was_never_signed(tmp_path: Path) -> None:
    disk, longer, _ = await cut_short(tmp_path)
    put(disk, tmp_path, longer)
    log = await disk.open()
    assert numbers(await log.read(0, 9)) == [0, 1, 2]
    await log.close()
    assert disk.verify().exit_code == ExitCode.GOOD


async def test_a_signed_frame_cut_at_any_byte_is_refused_with_file_and_offset(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    path = the_segment(disk)
    whole = path.read_bytes()
    length = len(whole.rstrip(b"\0"))
    for cut in [0, *range(5, length - 1, 31)]:
        path.write_bytes(whole[:cut] + bytes(len(whole) - cut))
        with pytest.raises(LogRefused, match=r"\.wal .*byte \d+"):
            await disk.open()
    path.write_bytes(whole)
    assert (await reopened(disk)).size == 2


async def reopened(disk: LogOnDisk) -> AuditLog:
    log = await disk.open()
    await log.close()
    return log


async def test_a_flipped_byte_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    disk, longer, start = await cut_short(tmp_path)
    for offset in (0, 9, 30, start // 2, start - 1):
        damaged = bytearray(longer)
        damaged[offset] ^= 4
        put(disk, tmp_path, bytes(damaged))
        with pytest.raises(LogRefused, match="is damaged at byte"):
            await disk.open()


async def test_a_tail_cut_together_with_its_publication_is_found_by_the_lockstate(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    older = shutil.copytree(disk.folder, tmp_path / "older")
    await disk.fill(2, first=2)
    shutil.copy(disk.folder / "lockstate", older / "lockstate")
    shutil.rmtree(disk.folder)
    older.rename(disk.folder)
    with pytest.raises(LogRefused, match="4 entries were signed: the tail was cut"):
        await disk.open()


async def test_a_lockstate_restored_from_an_older_copy_is_refused(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    older = (disk.folder / "lockstate").read_bytes()
    await disk.fill(2, first=2)
    (disk.folder / "lockstate").write_bytes(older)
    with pytest.raises(LogRefused, match="lockstate is older"):
        await disk.open()


@pytest.mark.parametrize("name", ["lockstate", "public/checkpoint", "keys.db", "public/tile/0/000.p/2"])
async def test_a_log_without_one_of_its_files_is_refused_and_nothing_is_made_anew(
    tmp_path: Path, name: str
) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    (disk.folder / name).unlink()
    with pytest.raises(LogRefused):
        await disk.open()
    assert not (disk.folder / name).exists()


async def test_a_lost_signing_key_is_not_replaced(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(1)
    (disk.keys / "signing").unlink()
    with pytest.raises(LogRefused, match="signing cannot be read"):
        await disk.open()


async def test_a_missing_segment_is_refused(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    the_segment(disk).unlink()
    with pytest.raises(LogRefused, match="segments begin after entry 2"):
        await disk.open()


async def test_a_frame_whose_root_does_not_come_out_is_refused(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    path = the_segment(disk)
    content = path.read_bytes()
    whole = content[: scan_segment(content).end]  # its last byte may be a zero
    path.write_bytes(whole + encode_frame(2, bytes(32), [bytes(200)]) + bytes(4096))
    with pytest.raises(LogRefused, match=f"byte {len(whole)}: the frame's root does not come out"):
        await disk.open()


async def test_a_clock_before_the_last_entry_is_refused(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(1)
    with pytest.raises(LogRefused, match="5 ms before entry 0"):
        await disk.open(now_ms=NOW_MS - 5)


async def test_two_writers_at_once_are_refused(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    log = await disk.open()
    with pytest.raises(LogRefused, match="another process writes"):
        await disk.open()
    await log.close()


async def test_a_writer_whose_lockstate_somebody_else_swapped_stops(tmp_path: Path) -> None:
    """As when the folder is reached from two machines, where the lock of one does not hold the other."""
    disk = LogOnDisk(tmp_path)
    log = await disk.open()
    (disk.folder / "lockstate").write_bytes(b"another writer's")
    await log.append(an_event())
    await log.close()
    assert not log.healthy
    assert "changed by another writer" in (log.failure or "")


async def test_keys_inside_the_logs_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    inside, outside = FileKek.create(folder / "kek"), FileKek.create(tmp_path / "kek")
    for kek, signing in ((inside, tmp_path / "signing"), (outside, folder / "signing")):
        with pytest.raises(LogRefused, match="own folder"):
            await AuditLog.open(
                folder, origin=ORIGIN, kek=kek, signing_key_file=signing, clock=lambda: NOW_MS
            )


async def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(1)
    (disk.keys / "signing").chmod(0o640)
    with pytest.raises(LogRefused, match="chmod 600"):
        await disk.open()
    (disk.keys / "kek").chmod(0o644)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        await disk.open()


async def test_a_log_of_another_name_is_refused(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(1)
    kek = FileKek.open(disk.keys / "kek")
    with pytest.raises(LogRefused, match=r"signing key of test\.example/log"):
        await AuditLog.open(
            disk.folder, origin="other", kek=kek, signing_key_file=disk.keys / "signing", clock=lambda: NOW_MS
        )


async def test_a_crash_between_lockstate_and_tiles_is_repaired_by_the_next_start(tmp_path: Path) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(2)
    older = shutil.copytree(disk.folder / "public", tmp_path / "public")
    await disk.fill(2, first=2)
    shutil.copy(disk.folder / "public" / "seals", older)
    shutil.rmtree(disk.folder / "public")
    older.rename(disk.folder / "public")
    assert disk.verify().exit_code == ExitCode.INCOMPLETE
    log = await disk.open()
    assert numbers(await log.read(0, 9)) == [0, 1, 2, 3]
    await log.close()
    assert disk.verify().exit_code == ExitCode.GOOD


@pytest.mark.parametrize("name", ["wal", "emergency.wal", "tile/entries"])
async def test_a_file_that_somebody_grew_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    disk = LogOnDisk(tmp_path)
    await disk.fill(3)
    place = disk.folder / ("public" if "/" in name else "private") / name
    path = max(place.rglob("*.*")) if name == "wal" else max(place.rglob("*/*")) if place.is_dir() else place
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # a hole: reading it would take a terabyte
    with pytest.raises(LogRefused, match=r"at most|cannot be read"):
        await disk.open()
