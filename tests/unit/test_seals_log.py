"""A log and its seals: at the start, while it runs, at its end, and where they cannot be made."""

import asyncio
import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from audit.disk import Disk
from audit.event import EventName
from audit.log import AuditLog, LogRefused, LogUnavailable
from audit.report import ExitCode, Report
from audit.seals.checking import MOST_UNSEALED
from audit.seals.key_file import KeyFile
from audit.seals.record import Reason, Record, parse_record, restarts, split_records
from audit.seals.sealing import EpochLength
from audit.verify import verify_folder
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event

MINUTE_MS = 60_000


@pytest.fixture
def disk(tmp_path: Path) -> LogOnDisk:
    return LogOnDisk(tmp_path)


def records(disk: LogOnDisk) -> list[Record]:
    content = (disk.folder / "public" / "seals").read_bytes()
    return [parse_record(placed.data) for placed in split_records(content)]


def judged(disk: LogOnDisk, *, later_ms: int = 0, folder: Path | None = None) -> Report:
    key = (disk.folder / "verifier.key").read_text().strip()
    return verify_folder(folder or disk.folder, verifier_key=key, now_ms=NOW_MS + later_ms)


async def started(log: AuditLog) -> list[dict[str, object]]:
    entries = await log.read(0, log.size)
    events = [entry.event for entry in entries if entry.event is not None]
    return [dict(event.facts) for event in events if event.name is EventName.SYSTEM_SEALS_STARTED]


async def until_sealed(disk: LogOnDisk, count: int) -> None:
    async with asyncio.timeout(20):
        while len(records(disk)) < count:  # noqa: ASYNC110 - the publisher thread tells nobody of a seal
            await asyncio.sleep(0.01)


async def test_a_new_log_begins_with_a_genesis_and_ends_with_a_seal(disk: LogOnDisk) -> None:
    log = await disk.open()
    assert [record.reason for record in records(disk)] == [Reason.NEW]
    assert await started(log) == []
    await log.append_all([an_event(number) for number in range(3)])
    await log.close()
    assert [(r.epoch, r.size, r.reason) for r in records(disk)] == [(0, 0, Reason.NEW), (0, 3, None)]
    assert judged(disk, later_ms=999 * MINUTE_MS).exit_code == ExitCode.GOOD, "closed logs do not grow stale"


async def test_each_start_and_each_close_end_an_epoch(disk: LogOnDisk) -> None:
    await disk.fill(2)
    await disk.fill(1)
    assert [(record.epoch, record.size) for record in records(disk)] == [(0, 0), (0, 2), (1, 2), (2, 3)]


async def test_an_epoch_ends_after_its_time_also_without_an_entry(disk: LogOnDisk) -> None:
    log = await disk.open(epoch=EpochLength(seconds=0.05))
    await until_sealed(disk, 4)
    assert {record.size for record in records(disk)} == {0}
    await log.append(an_event())
    await until_sealed(disk, len(records(disk)) + 2)
    assert records(disk)[-1].size == 1
    await log.close()
    assert restarts((disk.folder / "public" / "seals").read_bytes()) == []


async def test_no_checkpoint_is_far_ahead_of_the_seals(disk: LogOnDisk) -> None:
    """The usual length, in batches as a busy log publishes them."""
    log = await disk.open()
    events = [an_event(number) for number in range(250)]
    for _ in range(MOST_UNSEALED // 250 + 1):
        await log.append_all(events)
    await until_sealed(disk, 2)
    report = judged(disk)
    assert report.exit_code in {ExitCode.GOOD, ExitCode.INCOMPLETE}
    assert not any("follow the last seal" in finding.sentence for finding in report.findings)
    await log.close()
    assert judged(disk).exit_code == ExitCode.GOOD


async def test_a_running_log_is_good_and_a_killed_one_for_twenty_minutes(
    disk: LogOnDisk, tmp_path: Path
) -> None:
    log = await disk.open()
    await log.append(an_event())
    async with asyncio.timeout(20):
        while log.unsigned:  # noqa: ASYNC110 - nobody tells when a checkpoint is published
            await asyncio.sleep(0.01)
    passing = shutil.ignore_patterns("tmp", "spare")
    killed = shutil.copytree(disk.folder, tmp_path / "killed", ignore=passing)
    assert judged(disk).exit_code == ExitCode.GOOD
    assert judged(disk, folder=killed, later_ms=20 * MINUTE_MS).exit_code == ExitCode.GOOD
    late = judged(disk, folder=killed, later_ms=21 * MINUTE_MS)
    assert late.exit_code == ExitCode.INCOMPLETE
    assert "start the log again" in late.sentence
    await log.close()


async def test_a_log_from_before_there_were_seals_begins_its_chain_over_what_is_there(
    disk: LogOnDisk,
) -> None:
    await disk.fill(3)
    (disk.folder / "public" / "seals").unlink()
    (disk.folder / "private" / "seals.key").unlink()
    before = judged(disk)
    assert before.exit_code == ExitCode.INCOMPLETE
    assert "made before there were any" in before.sentence
    log = await disk.open()
    assert await started(log) == [{"epoch": 0, "size": 4, "reason": "unsealed"}]
    assert [(record.size, record.reason) for record in records(disk)] == [(4, Reason.UNSEALED)]
    await log.close()
    assert judged(disk).exit_code == ExitCode.GOOD


async def test_a_restart_is_an_entry_that_its_genesis_covers(disk: LogOnDisk) -> None:
    await disk.fill(3)
    (disk.folder / "private" / "seals.key").unlink()
    log = await disk.open()
    assert await started(log) == [{"epoch": 1, "size": 4, "reason": "key-missing"}]
    await log.close()
    assert [(r.epoch, r.size, r.reason) for r in records(disk)[2:]] == [
        (1, 4, Reason.KEY_MISSING),
        (1, 4, None),
    ]
    assert judged(disk).exit_code == ExitCode.INCOMPLETE
    again = await disk.open()
    assert len(await started(again)) == 1, "told once"
    await again.close()


class NoSeals(Disk):
    """Fails where `public/seals` is written, once told to."""

    failing = False

    def write_end(self, path: Path, data: bytes, offset: int, *, mode: int = 0o600) -> None:
        if self.failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write_end(path, data, offset, mode=mode)


async def test_a_log_that_cannot_be_sealed_stops_and_the_next_start_seals_with_the_same_bytes(
    disk: LogOnDisk,
) -> None:
    faulty = NoSeals()
    log = await disk.open(disk=faulty, epoch=EpochLength(entries=2))
    await log.append(an_event(0))
    faulty.failing = True
    async with asyncio.timeout(20):
        while log.healthy:
            try:
                await log.append(an_event(1))
            except LogUnavailable:
                break
    assert "No space left" in (log.failure or "")
    await log.close()
    waiting = (disk.folder / "private" / "seals.next").read_bytes()
    again = await disk.open()
    assert records(disk)[1].text in waiting_record(waiting)
    events = [entry.event for entry in await again.read(0, again.size) if entry.event]
    assert events[-1].name is EventName.SYSTEM_LOG_FAILED
    assert await started(again) == []
    await again.close()
    assert judged(disk).exit_code == ExitCode.GOOD


def waiting_record(content: bytes) -> str:
    return KeyFile.parse(content).record.decode()


async def test_a_seal_of_more_than_is_there_refuses_the_start(disk: LogOnDisk, tmp_path: Path) -> None:
    await disk.fill(2)
    older = shutil.copytree(disk.folder, tmp_path / "older")
    await disk.fill(2)
    shutil.copy(disk.folder / "public" / "seals", older / "public" / "seals")
    shutil.copy(disk.folder / "private" / "seals.key", older / "private" / "seals.key")
    shutil.rmtree(disk.folder)
    older.rename(disk.folder)
    with pytest.raises(LogRefused, match="4 entries were sealed, and only 2 are here"):
        await disk.open()


async def test_a_seal_of_another_tree_refuses_the_start(disk: LogOnDisk, tmp_path: Path) -> None:
    """Another log of the same keys, as long as this one, with this one's seals."""
    await disk.fill(2)
    other = LogOnDisk(tmp_path / "other")
    for name in ("kek", "signing"):
        shutil.copy(disk.keys / name, other.keys / name)
    await other.fill(2)
    for name in ("public/seals", "private/seals.key"):
        shutil.copy(disk.folder / name, other.folder / name)
    with pytest.raises(LogRefused, match="the first 2 entries are not those that were sealed in epoch 0"):
        await other.open()


async def test_a_state_remembers_the_seals_and_the_restarts_that_were_accepted(disk: LogOnDisk) -> None:
    await disk.fill(3)
    assert disk.verify(state=disk.state).exit_code == ExitCode.GOOD
    (disk.folder / "private" / "seals.key").unlink()
    await disk.fill(1)
    assert disk.verify(state=disk.state).exit_code == ExitCode.INCOMPLETE
    (restart,) = restarts((disk.folder / "public" / "seals").read_bytes())
    key = (disk.folder / "verifier.key").read_text()
    accepted = verify_folder(disk.folder, verifier_key=key, state=disk.state, accepted={restart})
    assert accepted.exit_code == ExitCode.GOOD
    kept = json.loads(disk.state.read_bytes())["seals"]
    assert (kept["epoch"], kept["restarts"]) == (1, [str(restart)])
    assert disk.verify(state=disk.state).exit_code == ExitCode.GOOD


async def test_seals_that_a_state_knows_and_that_are_gone_are_a_rollback(disk: LogOnDisk) -> None:
    await disk.fill(3)
    await disk.fill(0)
    assert disk.verify(state=disk.state).exit_code == ExitCode.GOOD
    file = disk.folder / "public" / "seals"
    kept = list(split_records(file.read_bytes()))
    file.write_bytes(b"".join(placed.data for placed in kept[:2]))
    assert disk.verify().exit_code == ExitCode.GOOD, "every entry is sealed as it was"
    assert disk.verify(state=disk.state).exit_code == ExitCode.ROLLED_BACK
