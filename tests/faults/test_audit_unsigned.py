"""A disk on which publishing hangs while writing goes on: memory stays bounded, and nothing is lost."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from audit import log as audit_log
from audit.disk import Disk
from audit.log import LogUnavailable
from audit.report import ExitCode
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

BOUND = 300


class SlowToPublish(Disk):
    def __init__(self) -> None:
        self.release = threading.Event()
        self.release.set()

    def create_all(self, files: Sequence[tuple[Path, bytes]], *, temporary: Path, mode: int = 0o600) -> None:
        assert self.release.wait(60)
        super().create_all(files, temporary=temporary, mode=mode)


async def test_entries_that_wait_for_their_signature_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "UNSIGNED_AT_MOST", BOUND)
    folder, disk = LogOnDisk(tmp_path), SlowToPublish()
    log = await folder.open(disk=disk)
    disk.release.clear()
    refused, taken = None, 0
    while refused is None and taken < 2 * BOUND:
        refused = await refusal_of(log, taken)
        taken += refused is None
    assert "sign and publish" in str(refused)
    assert log.unsigned == BOUND
    log.append_reducing(an_event(taken))  # what takes access away always finds room
    disk.release.set()
    async with asyncio.timeout(30):
        await log.await_signed(BOUND - 1)
    size = (await log.append(an_event(taken + 1))).index + 1
    await log.close()
    assert size == log.size
    assert folder.verify().exit_code == ExitCode.GOOD


async def refusal_of(log: audit_log.AuditLog, number: int) -> LogUnavailable | None:
    try:
        await log.append(an_event(number))
    except LogUnavailable as refusal:
        return refusal
    return None
