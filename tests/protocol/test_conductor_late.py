"""An intent that came into the log after everybody had given it up is closed all the same."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from audit.event import Event, EventName, Outcome
from audit.log import AuditLog
from audit.memory import MemoryLog
from audit.ports import Appended, LogUnavailable
from server.keys import open_or_create
from session import recording
from session.errors import NotRecorded
from session.events import EndDemanded, ShareStarted
from session.model import EndCause, State
from tests.protocol.conductor_rig import NAME, Rig, let_others_run, soon
from tests.storage.session_examples import NOW, fresh

STARTED = EventName.CUSTOMER_SHARE_STARTED


class LateLog(MemoryLog):
    """While `slow`, appends wait until they are given up; their entries come when the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = False
        self.on_the_way: list[Event] = []
        self.deadline = asyncio.Event()

    async def append_all(self, events: Sequence[Event]) -> list[Appended]:
        if not self.slow:
            return await super().append_all(events)
        self.on_the_way += events
        await self.deadline.wait()
        raise LogUnavailable("the audit log did not become durable in time")

    def arrive(self) -> None:
        for event in self.on_the_way:
            self._add(event)


async def started_late(rig: Rig, log: LateLog) -> asyncio.Task[object]:
    await rig.ready()
    log.slow = True
    start: asyncio.Task[object] = soon(rig.conductor.apply(NAME, ShareStarted("tab")))
    await let_others_run()
    return start


async def test_an_intent_that_was_too_slow_is_closed_when_it_comes() -> None:
    log = LateLog()
    rig = Rig(log=log)
    start = await started_late(rig, log)
    log.deadline.set()
    with pytest.raises(NotRecorded):
        await start
    assert STARTED not in [name for name, _ in rig.told()]
    log.arrive()
    assert rig.told()[-2:] == [(STARTED, Outcome.INTENT), (STARTED, Outcome.FAILED)]
    assert log.events[-1].intent == log.entries[-2].index
    assert (await rig.conductor.load(NAME)).state is State.READY


async def test_an_intent_whose_asker_went_away_is_closed_when_it_comes() -> None:
    log = LateLog()
    rig = Rig(log=log)
    start = await started_late(rig, log)
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    log.arrive()
    assert rig.told()[-2:] == [(STARTED, Outcome.INTENT), (STARTED, Outcome.FAILED)]
    log.slow = False
    assert (await rig.apply(ShareStarted("tab"))).state is State.SHARING


async def test_an_intent_that_came_although_its_append_failed_is_closed_at_once() -> None:
    rig = Rig()
    await rig.ready()
    rig.log.fail_but_persist = True
    with pytest.raises(NotRecorded):
        await rig.apply(ShareStarted("tab"))
    assert rig.told()[-2:] == [(STARTED, Outcome.INTENT), (STARTED, Outcome.FAILED)]


async def test_whoever_goes_away_while_the_row_is_written_leaves_no_intent_open() -> None:
    rig = Rig()
    await rig.ready()
    intended = asyncio.Event()
    rig.log.subscribe(lambda _entry: intended.set())
    start = soon(rig.conductor.apply(NAME, ShareStarted("tab")))
    await intended.wait()
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    await rig.apply(EndDemanded(EndCause.CUSTOMER_STOPPED))
    outcomes = [outcome for name, outcome in rig.told() if name is STARTED]
    assert outcomes[0] is Outcome.INTENT
    assert outcomes[1:] in ([Outcome.DONE], [Outcome.FAILED])


async def test_an_equal_intent_that_did_take_effect_is_not_taken_for_the_one_given_up() -> None:
    rig = Rig()
    await rig.ready()
    rig.log.fail_next = True
    with pytest.raises(NotRecorded):
        await rig.apply(ShareStarted("tab"))
    assert (await rig.apply(ShareStarted("tab"))).state is State.SHARING
    assert rig.told()[-2:] == [(STARTED, Outcome.INTENT), (STARTED, Outcome.DONE)]


async def test_the_real_log_tells_of_the_very_object_that_was_appended(tmp_path: Path) -> None:
    keys, heard = open_or_create(tmp_path / "keys"), list[Event | None]()
    log = await AuditLog.open(
        tmp_path / "log",
        origin="test",
        kek=keys.kek,
        signing_key_file=keys.log_signing_key,
        clock=lambda: NOW,
    )
    log.subscribe(lambda entry: heard.append(entry.event))
    asked = recording.opening(fresh(), NOW)
    await log.append(asked)
    await log.close()
    assert [event is asked for event in heard] == [True]
