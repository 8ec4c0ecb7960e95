"""Each call that a running log makes on the disk fails once: the log stops for good, and nothing it told is lost."""

import asyncio
import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from audit.event import EventName
from audit.log import AuditLog, LogUnavailable
from audit.report import ExitCode
from audit.seals.sealing import EpochLength
from tests.unit.audit_log_on_disk import LogOnDisk, an_event

CALLS: Final = ("write", "pwrite", "fsync", "fdatasync", "replace")
FEWEST: Final = 20
NEVER: Final = 1_000_000
ENTRIES: Final = 300


class Failing:
    """The `at`-th call fails with `number`, and every call of that kind works again afterwards."""

    def __init__(self, at: int, number: int) -> None:
        self._at, self._number, self._lock = at, number, threading.Lock()
        self.calls = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        real = {name: getattr(os, name) for name in CALLS}
        try:
            for name, call in real.items():
                setattr(os, name, self._counted(call))
            yield
        finally:
            for name, call in real.items():
                setattr(os, name, call)

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            if threading.current_thread().name not in {"audit-writer", "audit-publisher"}:
                return call(*given, **named)
            with self._lock:
                self.calls += 1
                fails = self.calls == self._at
            if fails:
                raise OSError(self._number, os.strerror(self._number))
            return call(*given, **named)

        return counted


async def a_life(disk: LogOnDisk, at: int, number: int) -> tuple[int, int]:
    """How many entries were told, and how many calls were made."""
    failing, told = Failing(at, number), 0
    log = await disk.open(epoch=EpochLength(entries=200))
    with failing.watching():
        try:
            await log.append_all([an_event(n, subject="customer-1") for n in range(ENTRIES)])
            told = ENTRIES
        except LogUnavailable:
            await refused_for_good(log)
        while log.healthy and log.unsigned:  # noqa: ASYNC110 - the publisher thread tells nobody when it fails
            await asyncio.sleep(0.002)
        if not log.healthy:
            await refused_for_good(log)
        await log.close()
    return told, failing.calls


async def refused_for_good(log: AuditLog) -> None:
    assert not log.healthy
    for _ in range(2):
        with pytest.raises(LogUnavailable, match="stopped"):
            await log.append(an_event())


async def holds(disk: LogOnDisk, told: int, calls: int) -> None:
    log = await disk.open()
    events = [entry.event for entry in await log.read(0, log.size) if entry.event]
    numbers = [event.facts["number"] for event in events if event.name is EventName.AGENT_CASE_VIEWED]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= told, f"call {calls}"
    await log.append(an_event(len(numbers)))
    await log.close()
    assert disk.verify().exit_code == ExitCode.GOOD, f"call {calls}"


@pytest.mark.timeout(300)
def test_whichever_call_fails_the_log_stops_and_the_next_start_has_all_that_was_told(tmp_path: Path) -> None:
    _, calls = asyncio.run(a_life(LogOnDisk(tmp_path / "counted"), NEVER, errno.EIO))
    assert calls >= FEWEST
    for at in range(1, calls + 1):
        disk = LogOnDisk(tmp_path / str(at))
        told, _ = asyncio.run(a_life(disk, at, errno.EIO if at % 2 else errno.ENOSPC))
        asyncio.run(holds(disk, told, at))
