"""The log in memory can be told to fail in each way that the log on disk can."""

import pytest

from audit.memory import MemoryLog
from audit.ports import LogUnavailable
from tests.unit.audit_log_on_disk import an_event


async def test_fail_next_leaves_nothing_and_only_once() -> None:
    log = MemoryLog()
    log.fail_next = True
    with pytest.raises(LogUnavailable):
        await log.append(an_event(1))
    assert log.size == 0
    assert (await log.append(an_event(2))).index == 0


async def test_fail_but_persist_raises_though_the_entry_is_there() -> None:
    log = MemoryLog()
    log.fail_but_persist = True
    with pytest.raises(LogUnavailable):
        await log.append(an_event(1))
    assert log.events == [an_event(1)]
    assert (await log.append(an_event(2))).index == 1


async def test_fail_from_now_is_for_good_and_keeps_what_takes_access_away_for_the_next_start() -> None:
    log = MemoryLog()
    await log.append(an_event(1))
    log.fail_from_now = True
    assert not log.healthy
    for _ in range(2):
        with pytest.raises(LogUnavailable):
            await log.append(an_event(2))
    log.append_reducing(an_event(3))
    assert log.events == [an_event(1)]
    assert log.restarted().events == [an_event(1), an_event(3)]
    assert log.restarted().healthy
