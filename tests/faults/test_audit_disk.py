"""A disk that fails under the log: appends are refused for good, nothing acknowledged is lost, the next start works."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from audit.disk import Disk, WriteFailed
from audit.event import Event, EventName
from audit.log import Appended, AuditLog, LogUnavailable
from audit.ports import OpenedEntry
from audit.report import ExitCode
from audit.wal import SEGMENT_SIZE, segments
from tests.unit.audit_log_on_disk import LogOnDisk, an_event


class FailingDisk(Disk):
    """A disk that does what it is told at its next frame, and then works again: nobody may rely on that."""

    def __init__(self) -> None:
        self.at_frame: Callable[[int, bytes, int], None] | None = None
        self.full = False
        self.frames = 0

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        self.frames += 1
        if self.at_frame is not None:
            todo, self.at_frame = self.at_frame, None
            todo(descriptor, data, offset)
        super().write_at(descriptor, data, offset)

    def create(self, path: Path, data: bytes, *, temporary: Path, mode: int = 0o600) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().create(path, data, temporary=temporary, mode=mode)


def no_space(descriptor: int, data: bytes, offset: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def short_write(descriptor: int, data: bytes, offset: int) -> None:
    os.pwrite(descriptor, data[: len(data) // 2], offset)
    raise WriteFailed("the write was cut short")


def sync_error_after_the_write(descriptor: int, data: bytes, offset: int) -> None:
    os.pwrite(descriptor, data, offset)
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def hanging(
    release: threading.Event, hung: threading.Event | None = None
) -> Callable[[int, bytes, int], None]:
    def hang(descriptor: int, data: bytes, offset: int) -> None:
        if hung is not None:
            hung.set()
        assert release.wait(20)

    return hang


@pytest.mark.parametrize("fault", [no_space, short_write, sync_error_after_the_write])
async def test_one_failed_write_stops_the_log_for_good_and_the_next_start_works(
    tmp_path: Path, fault: Callable[[int, bytes, int], None]
) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    await log.append(an_event(0))
    disk.at_frame = fault
    with pytest.raises(LogUnavailable):
        await log.append(an_event(1))
    frames = disk.frames
    for number in range(2, 5):
        assert not log.healthy
        with pytest.raises(LogUnavailable, match="stopped"):
            await log.append(an_event(number))
    assert disk.frames == frames, "nothing is tried a second time"
    await log.close()
    again = await folder.open()
    kept = [entry.event for entry in await again.read(0, 9) if entry.event]
    assert kept[:-1] == [an_event(0), an_event(1)][: 2 if fault is sync_error_after_the_write else 1]
    errors = {"no_space": "ENOSPC", "short_write": "WriteFailed", "sync_error_after_the_write": "EIO"}
    assert kept[-1].name is EventName.SYSTEM_LOG_FAILED
    assert kept[-1].facts == {"during": "write", "error": errors[fault.__name__], "entries": 1}
    await again.append(an_event(9))
    await again.close()
    assert folder.verify().exit_code == ExitCode.GOOD


async def test_all_who_wait_hear_of_a_failure(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    disk.at_frame = no_space
    done = await asyncio.gather(*(log.append(an_event(n)) for n in range(100)), return_exceptions=True)
    assert all(isinstance(one, LogUnavailable) for one in done)
    await log.close()


async def test_acts_that_take_access_away_are_kept_when_the_log_has_stopped(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    await log.append(an_event(0, subject="customer-1"))
    disk.at_frame = no_space
    log.append_reducing(an_event(1, subject="customer-1"))
    with pytest.raises(LogUnavailable):
        await log.append(an_event(2))
    log.append_reducing(an_event(3))
    await log.close()
    assert folder.verify().exit_code == ExitCode.INCOMPLETE
    again = await folder.open()
    events = [entry.event for entry in await again.read(0, 9)]
    assert events[0] == an_event(0, subject="customer-1")
    assert events[1] is not None
    assert events[1].name is EventName.SYSTEM_LOG_FAILED, "before anything else of that time"
    assert events[2:] == [an_event(1, subject="customer-1"), an_event(3)]
    await again.close()
    assert folder.verify().exit_code == ExitCode.GOOD
    third = await folder.open()
    assert third.size == 4, "taken in once"
    await third.close()


async def test_a_log_that_has_stopped_keeps_its_little_room_for_acts(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    disk.at_frame = no_space
    log.append_reducing(an_event(0))
    for _ in range(1_000):
        log.append_reducing(replace(an_event(1), name=EventName.AGENT_PAGE_LOST))
    log.append_reducing(an_event(2))
    await log.close()
    again = await folder.open()
    names = [entry.event.name for entry in await again.read(0, 9) if entry.event]
    assert names == [EventName.SYSTEM_LOG_FAILED, EventName.AGENT_CASE_VIEWED, EventName.AGENT_CASE_VIEWED]
    await again.close()


async def test_a_crash_after_taking_emergency_entries_in_does_not_take_them_in_twice(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    disk.at_frame = no_space
    log.append_reducing(an_event(3))
    await log.close()
    emergency = folder.folder / "private" / "emergency.wal"
    waiting = emergency.read_bytes()
    again = await folder.open()
    await again.close()
    emergency.write_bytes(waiting)
    third = await folder.open()
    assert third.size == 2
    await third.close()


async def test_a_full_disk_stops_the_log_when_it_can_no_longer_publish(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    disk.full = True
    async with asyncio.timeout(2):
        while log.healthy:
            try:
                await log.append(an_event())
            except LogUnavailable:
                break
    assert "No space left" in (log.failure or "")
    size = log.size
    await log.close()
    again = await folder.open()
    (failed,) = await again.read(size, size + 9)
    assert failed.event is not None
    entries = failed.event.facts["entries"]
    assert failed.event.facts == {"during": "publish", "error": "ENOSPC", "entries": entries}
    assert size - 1 <= int(entries) <= size, "one may have been on its way"
    await again.close()
    assert folder.verify().exit_code == ExitCode.GOOD


@pytest.mark.parametrize("written", [0, 1, 3])
async def test_a_disk_that_fails_between_lockstate_and_tiles_leaves_a_log_that_goes_on(
    tmp_path: Path, written: int
) -> None:
    """The lockstate knows of entries whose files are there in part or not at all, under no checkpoint."""

    class Partly(Disk):
        def create_all(
            self, files: Sequence[tuple[Path, bytes]], *, temporary: Path, mode: int = 0o600
        ) -> None:
            super().create_all(files[:written], temporary=temporary, mode=mode)
            raise OSError(errno.EIO, "gone")

    folder = LogOnDisk(tmp_path)
    log = await folder.open(disk=Partly())
    await log.append_all([an_event(number) for number in range(300)])
    async with asyncio.timeout(5):
        while log.healthy:  # noqa: ASYNC110 - the publisher thread tells nobody when it fails
            await asyncio.sleep(0.01)
    await log.close()
    assert folder.verify().exit_code == ExitCode.INCOMPLETE
    again = await folder.open()
    assert again.size == 301, "with the entry that tells of the failure"
    await again.append(an_event(300))
    await again.close()
    assert folder.verify().exit_code == ExitCode.GOOD


def test_files_written_together_are_all_there(tmp_path: Path) -> None:
    disk, target = Disk(), tmp_path / "out"
    target.mkdir()
    files = [(target / str(number), bytes([number]) * 100) for number in range(9)]
    disk.create_all(files, temporary=tmp_path)
    assert [path.read_bytes() for path, _ in files] == [content for _, content in files]
    disk.create_all([], temporary=tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


async def test_a_full_segment_without_room_for_the_next_stops_the_log(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    (folder.folder / "private" / "wal" / "spare").unlink()
    disk.full = True
    events = [an_event(0, subject="c" * 29_000)] * 10
    done = [await outcome(log, events) for _ in range(SEGMENT_SIZE // 600_000 + 2)]
    assert isinstance(done[-1], LogUnavailable)
    assert not log.healthy
    await log.close()


@pytest.mark.alone
async def test_a_disk_that_hangs_is_felt_within_two_seconds(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    release = threading.Event()
    disk.at_frame = hanging(release)
    started = asyncio.get_running_loop().time()
    with pytest.raises(LogUnavailable, match="in time"):
        await log.append(an_event(1))
    assert asyncio.get_running_loop().time() - started < 2.5
    assert not log.healthy, "whoever asks before giving access hears it"
    release.set()
    assert (await log.append(an_event(2))).index == 1
    assert log.healthy
    await log.close()


async def test_a_queue_that_is_full_refuses_at_once(tmp_path: Path) -> None:
    folder, disk = LogOnDisk(tmp_path), FailingDisk()
    log = await folder.open(disk=disk)
    last = asyncio.Event()
    log.subscribe(lambda entry: last.set() if entry.index == 4_096 else None)
    hung, release = threading.Event(), threading.Event()
    disk.at_frame = hanging(release, hung)
    async with asyncio.TaskGroup() as group:
        group.create_task(outcome(log, [an_event(0)]))
        assert await asyncio.to_thread(hung.wait, 20), "the writer never came to the disk"
        tasks = [group.create_task(outcome(log, [an_event(number)])) for number in range(1, 5_001)]
        done, _waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        at_once = [refusal for task in done if isinstance(refusal := task.result(), LogUnavailable)]
        release.set()
    assert [str(refusal) for refusal in at_once] == [
        "the audit log has more to write than the disk takes; try again shortly"
    ] * (5_000 - 4_096)
    async with asyncio.timeout(60):  # whatever was taken in is written, whether or not its caller still waits
        await last.wait()
    await log.close()
    assert log.size == 1 + 4_096


async def outcome(log: AuditLog, events: list[Event]) -> list[Appended] | LogUnavailable:
    try:
        return await log.append_all(events)
    except LogUnavailable as refusal:
        return refusal


async def test_a_listener_that_fails_stops_neither_the_writer_nor_the_next_listener(tmp_path: Path) -> None:
    log: AuditLog = await LogOnDisk(tmp_path).open()
    heard: list[OpenedEntry] = []

    def broken(entry: OpenedEntry) -> None:
        raise ValueError(entry)

    log.subscribe(broken)
    log.subscribe(heard.append)
    await log.append(an_event())
    assert len(heard) == 1
    await log.close()


async def test_a_start_that_fails_half_way_can_be_repeated(tmp_path: Path) -> None:
    """Every durable act of making a log fails once, one after the other."""

    class Nth(Disk):
        def __init__(self, nth: int) -> None:
            self.left = nth

        def create(self, path: Path, data: bytes, *, temporary: Path, mode: int = 0o600) -> None:
            self.left -= 1
            if self.left == 0:
                raise OSError(errno.EIO, "gone")
            super().create(path, data, temporary=temporary, mode=mode)

    for nth in range(1, 6):
        folder = LogOnDisk(tmp_path / str(nth))
        with pytest.raises(Exception, match="gone"):
            await folder.open(disk=Nth(nth))
        log = await folder.open()
        assert (await log.append(an_event())).index == 0
        await log.close()
        assert folder.verify().exit_code == ExitCode.GOOD
        assert len(segments(folder.folder / "private" / "wal")) == 1
