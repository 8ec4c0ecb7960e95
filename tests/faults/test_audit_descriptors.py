"""No descriptor left: the log goes on writing, waits with what needs a new file, and catches up by itself."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit.patient_disk import PatientDisk
from audit.report import ExitCode
from tests.unit.audit_log_on_disk import LogOnDisk, an_event


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """What is open stays open; nothing new opens in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            os.open("/", os.O_RDONLY)
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class WatchedDisk(PatientDisk):
    """Tells when it was asked in vain."""

    def __init__(self) -> None:
        super().__init__()
        self.short = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        self._look()
        return super().open(path, flags, mode)

    def read(self, path: Path) -> bytes | None:
        self._look()
        return super().read(path)

    def names(self, folder: Path) -> list[Path]:
        self._look()
        return super().names(folder)

    def _look(self) -> None:
        try:
            os.close(os.open("/", os.O_RDONLY))
        except OSError:
            self._loop.call_soon_threadsafe(self.short.set)


@pytest.mark.alone
async def test_a_log_without_a_free_descriptor_goes_on_and_is_published_when_there_is_one(
    tmp_path: Path,
) -> None:
    folder = LogOnDisk(tmp_path)
    disk = WatchedDisk()
    log = await folder.open(disk=disk)
    await log.append(an_event(0))
    with no_descriptor_left():
        for number in range(1, 20):
            await log.append(an_event(number))
        async with asyncio.timeout(5):  # the disk's own patience lasts for ten
            await disk.short.wait()
        assert log.healthy
    assert (await log.append(an_event(20))).index == 20
    await log.close()
    assert log.failure is None
    report = folder.verify()
    assert (report.exit_code, report.size) == (ExitCode.GOOD, 21), report.sentence


def test_a_shortage_without_end_is_an_error(tmp_path: Path) -> None:
    with no_descriptor_left(), pytest.raises(OSError, match="Too many open files"):
        PatientDisk(shortage_s=0.1).open(tmp_path, os.O_RDONLY)
    assert PatientDisk().names(tmp_path) == []
