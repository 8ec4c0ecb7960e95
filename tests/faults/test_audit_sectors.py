"""A power cut that takes any part of what was not synced: the log opens, has all that it told of, and verifies."""

import asyncio
import random
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.keystore import ORGANISATION
from audit.log import AuditLog
from audit.report import ExitCode
from audit.seals.sealing import EpochLength
from tests.faults.lost_sectors import SECTOR, Moment, Recorder
from tests.unit.audit_log_on_disk import NOW_MS, LogOnDisk, an_event

BATCHES = (1, 3, 20, 280, 2)  # past the end of a bundle, and some frames of many sectors


async def told_of(log: AuditLog, first: int, count: int, recorder: Recorder) -> int:
    """The number after the last of these entries, all in one frame and told to be durable."""
    events = [an_event(number, subject=f"customer-{number % 7}") for number in range(first, first + count)]
    if count > 1:  # and one of each such frame has a blob
        events[-1] = replace(events[-1], personal={"customer-1": {"wording": "x" * 70_000}})
    last = (await log.append_all(events))[-1]
    recorder.told = first + count
    await log.await_signed(last.index)
    return first + count


async def a_life(disk: LogOnDisk, first: int, recorder: Recorder) -> int:
    log = await disk.open(epoch=EpochLength(entries=25))
    for count in BATCHES:
        first = await told_of(log, first, count, recorder)
    await log.close()
    return first


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[LogOnDisk, list[Moment]]:
    """Two lives of a log, its making among them."""
    disk = LogOnDisk(tmp_path_factory.mktemp("recorded"))
    recorder = Recorder(disk.folder)
    with recorder.watching():
        second = asyncio.run(a_life(disk, 0, recorder))
        asyncio.run(a_life(disk, second, recorder))
    return disk, recorder.moments


async def holds(disk: LogOnDisk, moment: Moment) -> None:
    if moment.visible is not None:
        disk.state.write_bytes(moment.visible)  # what an auditor may have seen before the power went
    log = await disk.open()
    entries = await log.read(0, log.size)
    numbers = [entry.event.facts["number"] for entry in entries if entry.event]
    assert log.size >= moment.told
    assert numbers == list(range(log.size))
    assert log.keystore.at_hand([(ORGANISATION, NOW_MS)])
    await log.append(an_event(log.size))
    await log.close()
    report = disk.verify(state=disk.state)
    assert report.exit_code == ExitCode.GOOD, report.sentence


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    at=st.floats(0, 1, exclude_max=True),
    kept=st.sampled_from([0.0, 0.05, 0.5, 0.95, 1.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_whatever_part_of_the_unsynced_sectors_survives_nothing_told_is_lost(
    recorded: tuple[LogOnDisk, list[Moment]], at: float, kept: float, seed: int
) -> None:
    before, moments = recorded
    moment = moments[int(at * len(moments))]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        shutil.copytree(before.keys, root / "keys")
        chance = random.Random(seed)  # noqa: S311 - repeatable, and no secret
        moment.leave(root / "log", chance, kept)
        asyncio.run(holds(LogOnDisk(root), moment))


def test_the_power_went_while_every_kind_of_file_was_unsynced(
    recorded: tuple[LogOnDisk, list[Moment]],
) -> None:
    """Without this the law above could be kept by a recorder that sees nothing."""
    unsynced: set[str] = set()
    torn = 0
    for moment in recorded[1]:
        paths = {number: name for names in moment.names.values() for name, number in names.items()}
        changed = {number for number, data in moment.written.items() if data != moment.synced.get(number)}
        unsynced |= {paths[number] for number in changed if number in paths}
        torn += any(len(moment.written[number]) > SECTOR for number in changed)
    assert {"checkpoint", "lockstate.new", "seals", "seals.key", "spare", "file-0"} <= unsynced
    assert {"000000000000.wal", "emergency", "blob"} <= unsynced
    assert torn > len(BATCHES)
