"""What slow detectors know outlives the process: made again from the log after a start, and nothing is said twice."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.ports import Listener, OpenedEntry
from server.relearning import CHUNK, REMEMBERED_MS, caught_up
from tests.protocol.server_stand import Stand, stand

DAY_MS = 24 * 3_600_000
WITHIN_S = 30.0


def shift(agent: str, start_ms: int, linked: int, overridden: int) -> Iterator[Event]:
    for number in range(linked + overridden):
        name, outcome = (
            (EventName.AGENT_CASE_VIEWED, Outcome.DONE)
            if number < linked
            else (EventName.AGENT_CASE_OVERRIDDEN, Outcome.INTENT)
        )
        at_ms = start_ms + number * 60_000
        yield Event(name, outcome, at_ms, Actor(ActorKind.AGENT, agent), customer=f"cus_{at_ms}")


async def record(server: Stand, *events: Event) -> None:
    for event in events:
        await server.foundation.log.append(event)


async def raised(server: Stand, detector: str) -> list[Event]:
    flags = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
    return [event for event in flags if event.facts["detector"] == detector]


async def test_evidence_of_the_days_before_a_stop_counts_after_the_start_and_is_told_once(
    tmp_path: Path,
) -> None:
    async with stand(tmp_path) as server:
        now = server.clock.now_ms()
        for days in range(12, 1, -1):
            await record(server, *shift("sta_slow", now - days * DAY_MS, 30, 0))
        await record(server, *shift("sta_slow", now - 4 * DAY_MS + 3_600_000, 10, 3))
        await record(server, *shift("sta_slow", now - 3 * DAY_MS + 3_600_000, 10, 3))
        assert await raised(server, "unlinked_drift") == []
    async with stand(tmp_path) as server:
        async with asyncio.timeout(WITHIN_S):
            while "relearning" in server.composed.tasks.names:
                await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        await record(server, *shift("sta_slow", server.clock.now_ms() - 3_600_000, 0, 4))
        async with asyncio.timeout(WITHIN_S):
            while not (found := await raised(server, "unlinked_drift")):
                continue
    assert len(found) == 1
    assert int(found[0].facts["reason.unlinked"]) > 4  # more than this process has heard of
    async with stand(tmp_path) as server:
        async with asyncio.timeout(WITHIN_S):
            while "relearning" in server.composed.tasks.names:
                await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        assert len(await raised(server, "unlinked_drift")) == 1


class Log:
    """Entries in memory, one a minute; `on_read` runs at each read, as others do in a server."""

    def __init__(self, count: int) -> None:
        self.entries = [self._entry(index) for index in range(count)]
        self.reads = 0
        self.grows = 0

    def _entry(self, index: int) -> OpenedEntry:
        event = Event(
            EventName.AGENT_CASE_VIEWED, Outcome.DONE, index * 60_000, Actor(ActorKind.AGENT, "sta")
        )
        return OpenedEntry(index, index.to_bytes(16, "big"), None if index % 7 == 0 else event)

    async def read(self, start: int, stop: int) -> list[OpenedEntry]:
        self.reads += 1
        if self.grows:
            self.grows -= 1
            self.entries.append(self._entry(len(self.entries)))
        return self.entries[start:stop]

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        raise AssertionError(f"nobody listens here: {listener}")


async def test_each_entry_since_then_is_given_once_and_in_order_while_the_log_grows() -> None:
    log, seen = Log(2_000), list[int]()
    log.grows = 25
    await caught_up(log, 1_500 * 60_000, lambda: len(log.entries) - 1, lambda entry: seen.append(entry.index))
    assert seen == list(range(seen[0], len(log.entries)))
    assert 1_500 - 2 * CHUNK <= seen[0] <= 1_500
    assert log.reads < 40


async def test_an_empty_log_and_one_shorter_than_what_was_heard_of_end_at_once() -> None:
    seen = list[int]()
    await caught_up(Log(0), -REMEMBERED_MS, lambda: -1, lambda entry: seen.append(entry.index))
    assert seen == []
    await caught_up(Log(10), -REMEMBERED_MS, lambda: 50, lambda entry: seen.append(entry.index))
    assert seen == list(range(10))
