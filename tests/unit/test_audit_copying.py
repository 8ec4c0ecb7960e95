"""A copy of a log that is being written: whatever the writer does meanwhile, a start accepts the copy."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from audit.copying import CopyRefused, LogMovedOn, PinnedLog, pinned
from audit.disk import Disk
from audit.frame import encode_frame
from audit.kek import FileKek
from audit.log import AuditLog
from audit.note import Verifier
from audit.ports import LogUnavailable
from audit.report import ExitCode
from audit.standing import check_copy, standing
from audit.wal import segments
from tests.unit.audit_log_on_disk import NOW_MS, ORIGIN, LogOnDisk, an_event

TOGETHER = 25
LONG = "x" * 30_000  # about seventy to a segment


@pytest.fixture
def disk(tmp_path: Path) -> LogOnDisk:
    return LogOnDisk(tmp_path / "old")


@pytest.fixture
async def log(disk: LogOnDisk) -> AsyncIterator[AuditLog]:
    opened = await disk.open()
    yield opened
    await opened.close()


def verifier_of(disk: LogOnDisk) -> Verifier:
    return Verifier.parse((disk.folder / "verifier.key").read_text().strip())


async def write(log: AuditLog, count: int, *, long: bool = False) -> None:
    events = [an_event(number, subject=f"customer-{number}") for number in range(count)]
    if long:
        events = [replace(event, facts={"long": LONG}) for event in events]
    for start in range(0, count, TOGETHER):
        await log.append_all(events[start : start + TOGETHER])


async def published(log: AuditLog, disk: LogOnDisk) -> None:
    """Until the writer has removed every segment but the last."""
    while len(list(segments(disk.folder / "private" / "wal"))) > 1:
        await log.append(an_event())
        await asyncio.sleep(0)


def stored(copy: PinnedLog, folder: Path) -> Path:
    for path, content in copy.files():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def copied_at_once(disk: LogOnDisk, folder: Path) -> None:
    with pinned(disk.folder, disk.folder / "lockstate", verifier_of(disk)) as copy:
        copy.cut()
        stored(copy, folder)


async def opened_copy(disk: LogOnDisk, folder: Path) -> AuditLog:
    return await AuditLog.open(
        folder,
        origin=ORIGIN,
        kek=FileKek.open(disk.keys / "kek"),
        signing_key_file=disk.keys / "signing",
        clock=lambda: NOW_MS,
    )


async def test_the_copy_of_a_running_log_ends_at_the_cut_and_opens(
    disk: LogOnDisk, log: AuditLog, tmp_path: Path
) -> None:
    await write(log, 300)
    with pinned(disk.folder, disk.folder / "lockstate", verifier_of(disk)) as copy:
        await write(log, 300)
        copy.cut()
        await write(log, 300)
        folder = stored(copy, tmp_path / "copy")
        assert copy.copied.size == 600
    assert check_copy(folder, str(verifier_of(disk))).exit_code == ExitCode.GOOD
    found = standing(folder, verifier_of(disk), [])
    assert (found.size, found.root) == (600, copy.copied.root)
    again = await opened_copy(disk, folder)
    assert again.size == 601, "with the entry of a chain of seals that begins anew"
    assert [entry.event for entry in await again.read(0, 600)] == [
        entry.event for entry in await log.read(0, 600)
    ]
    await again.close()


async def test_segments_that_the_writer_removes_meanwhile_are_in_the_copy(
    disk: LogOnDisk, log: AuditLog, tmp_path: Path
) -> None:
    await write(log, 150, long=True)
    with pinned(disk.folder, disk.folder / "lockstate", verifier_of(disk)) as copy:
        copy.cut()
        size = log.size
        await write(log, 150, long=True)
        await published(log, disk)
        folder = stored(copy, tmp_path / "copy")
        assert copy.copied.size == size
    assert check_copy(folder, str(verifier_of(disk))).exit_code == ExitCode.GOOD


async def test_a_copy_that_missed_a_segment_is_begun_anew(disk: LogOnDisk, log: AuditLog) -> None:
    await write(log, 1)
    with pinned(disk.folder, disk.folder / "lockstate", verifier_of(disk)) as copy:
        await write(log, 300, long=True)
        await published(log, disk)
        copy.cut()
        with pytest.raises(LogMovedOn):
            _ = copy.copied


async def test_a_frame_that_is_being_written_is_left_out(disk: LogOnDisk, tmp_path: Path) -> None:
    await disk.fill(3)
    _, path = segments(disk.folder / "private" / "wal")[-1]
    data = path.read_bytes()
    end = len(data.rstrip(b"\0"))
    half = encode_frame(3, bytes(32), [b"leaf" * 100])[:200]
    path.write_bytes(data[: end + 4] + half + data[end + 4 + len(half) :])
    with pinned(disk.folder, disk.folder / "lockstate", verifier_of(disk)) as copy:
        copy.cut()
        folder = stored(copy, tmp_path / "copy")
        assert copy.copied.size == 3
    assert check_copy(folder, str(verifier_of(disk))).exit_code == ExitCode.GOOD


async def test_a_damaged_log_is_not_copied(disk: LogOnDisk, tmp_path: Path) -> None:
    await disk.fill(5)
    _, path = segments(disk.folder / "private" / "wal")[-1]
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pinned(disk.folder, disk.folder / "lockstate", verifier_of(disk)) as copy:
        copy.cut()
        with pytest.raises(CopyRefused, match="audit verify"):
            stored(copy, tmp_path / "copy")


@pytest.mark.parametrize("missing", ["lockstate", "public/checkpoint", "keys.db"])
async def test_a_log_without_all_its_parts_is_not_copied(
    disk: LogOnDisk, tmp_path: Path, missing: str
) -> None:
    await disk.fill(5)
    (disk.folder / missing).unlink()
    with pytest.raises(CopyRefused):
        copied_at_once(disk, tmp_path / "copy")


async def test_what_waits_in_the_emergency_segment_is_in_the_copy(disk: LogOnDisk, tmp_path: Path) -> None:
    full = Full()
    log = await disk.open(disk=full)
    full.full = True
    with pytest.raises(LogUnavailable):
        await log.append(an_event(1))
    full.full = False
    log.append_reducing(an_event(2))
    await log.close()
    with pinned(disk.folder, disk.folder / "lockstate", verifier_of(disk)) as copy:
        copy.cut()
        folder = stored(copy, tmp_path / "copy")
    again = await opened_copy(disk, folder)
    numbers = [entry.event.facts.get("number") for entry in await again.read(0, again.size) if entry.event]
    assert numbers == [2, None], "and the entry of a chain of seals that begins anew"
    await again.close()


class Full(Disk):
    full = False

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().write_at(descriptor, data, offset)
