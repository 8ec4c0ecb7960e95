"""The promises of AuditWriter and AuditReader, kept by the log on disk and by the log in memory alike."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit.log import AuditLog
from audit.memory import MemoryLog
from audit.payload import EventInvalid
from audit.ports import LogUnavailable, OpenedEntry
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

AnyLog = AuditLog | MemoryLog


@pytest.fixture(params=["disk", "memory"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyLog]:
    log: AnyLog = await LogOnDisk(tmp_path).open() if request.param == "disk" else MemoryLog()
    yield log
    await log.close()


async def test_indices_are_consecutive_and_ids_differ(log: AnyLog) -> None:
    done = [await log.append(an_event(number)) for number in range(3)]
    assert [one.index for one in done] == [0, 1, 2]
    assert len({one.entry_id for one in done}) == 3
    assert all(len(one.entry_id) == 16 for one in done)
    assert log.size == 3


async def test_what_is_read_is_what_was_appended(log: AnyLog) -> None:
    event = an_event(5, subject="customer-5")
    done = await log.append(event)
    assert await log.read(0, 1) == [OpenedEntry(0, done.entry_id, event)]


async def test_reading_keeps_to_the_range_and_to_what_there_is(log: AnyLog) -> None:
    await log.append_all([an_event(number) for number in range(5)])
    assert [entry.index for entry in await log.read(1, 3)] == [1, 2]
    assert [entry.index for entry in await log.read(3, 99)] == [3, 4]
    assert [entry.index for entry in await log.read(-4, 2)] == [0, 1]
    assert await log.read(5, 9) == []


async def test_many_events_together_stand_next_to_each_other(log: AnyLog) -> None:
    first, second = await asyncio.gather(
        log.append_all([an_event(number) for number in range(4)]),
        log.append_all([an_event(number) for number in range(10, 14)]),
    )
    for done in (first, second):
        assert [one.index - done[0].index for one in done] == [0, 1, 2, 3]


async def test_a_listener_hears_each_entry_in_order_before_its_writer_goes_on(log: AnyLog) -> None:
    heard: list[int] = []
    stop = log.subscribe(lambda entry: heard.append(entry.index))

    async def write(number: int) -> None:
        done = await log.append(an_event(number))
        assert done.index in heard

    await asyncio.gather(*(write(number) for number in range(50)))
    assert heard == list(range(50))
    stop()
    stop()
    await log.append(an_event())
    assert len(heard) == 50


async def test_an_act_that_takes_access_away_is_recorded_without_waiting(log: AnyLog) -> None:
    log.append_reducing(an_event(1))
    done = await log.append(an_event(2))
    assert done.index == 1
    assert [entry.event for entry in await log.read(0, 2)] == [an_event(1), an_event(2)]


async def test_an_event_that_cannot_be_recorded_is_refused_and_leaves_the_log_well(log: AnyLog) -> None:
    wrong: list[Any] = [
        {"bad name!": 1},
        {"number": 2**53},
        {"share": 0.5},
        {"text": "\ud800"},
        {"text": "x" * 70_000},
    ]
    for facts in wrong:
        with pytest.raises(EventInvalid):
            await log.append(replace(an_event(), facts=facts))
    with pytest.raises(EventInvalid):
        await log.append_all([])
    assert log.healthy
    assert (await log.append(an_event())).index == 0


async def test_a_closed_log_refuses(log: AnyLog) -> None:
    await log.append(an_event())
    await log.close()
    await log.close()
    assert not log.healthy
    with pytest.raises(LogUnavailable):
        await log.append(an_event())
    log.append_reducing(an_event())
    assert log.size == 1


async def test_a_writer_who_gives_up_waiting_does_no_harm(log: AnyLog) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(log.append(an_event(number))) for number in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
    kept = [task.result().index for task in tasks[1::2]]
    assert sorted(kept) == kept
    assert (await log.append(an_event())).index == log.size - 1
