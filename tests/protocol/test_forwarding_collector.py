"""Entries go to a collector: all of them, in order, whatever becomes of the collector, and nobody waits for it."""

import asyncio
import os
import random
import resource
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from audit.event import EventName
from audit.export.syslog import MessageFormat
from server.log_keeping.forwarding_notes import read_forwarding
from tests.protocol.collectors import EAGER, FakeCollector, forwarding, record_in
from tests.unit.cef_reader import read_cef

FD_SETSIZE: Final = 1_024


@pytest.fixture
async def collector() -> AsyncIterator[FakeCollector]:
    one = FakeCollector()
    await one.start()
    yield one
    await one.stop()


async def test_what_there_is_and_what_comes_arrives_once_and_in_order(
    collector: FakeCollector, tmp_path: Path
) -> None:
    async with forwarding(tmp_path, collector.port) as here:
        await here.append(300)
        await here.until(lambda: len(collector.messages) == 300)
        await here.append(1)
        await here.until(lambda: len(collector.messages) == 301)
        assert here.keeper.behind == 0
        assert collector.indices() == list(range(301))
        assert collector.connections == 1


async def test_a_start_goes_on_where_the_collector_is(collector: FakeCollector, tmp_path: Path) -> None:
    async with forwarding(tmp_path, collector.port) as here:
        await here.append(5)
        await here.until(lambda: len(collector.messages) == 5 and here.keeper.behind == 0)
    assert collector.ended == 1, "the last connection was ended in peace"
    async with forwarding(tmp_path, collector.port) as here:
        await here.append(5)
        await here.until(lambda: here.keeper.behind == 0 and len(collector.messages) == 10)
    assert collector.indices() == list(range(10))


@pytest.mark.parametrize("seed", range(3))
async def test_a_collector_that_dies_at_random_points_has_every_entry_in_the_end(
    collector: FakeCollector, tmp_path: Path, seed: int
) -> None:
    """Each of its lives reads a part and is gone with the rest unread."""
    chance = random.Random(seed)  # noqa: S311  # a test's
    lives = [chance.randrange(1, 200_000) for _ in range(25)]
    collector.dies_after = lambda: lives.pop() if lives else None
    async with forwarding(tmp_path, collector.port) as here:
        for _ in range(20):
            await here.append(chance.randrange(1, 60))
            await asyncio.sleep(chance.random() * 0.02)
        await here.until(lambda: not lives and set(collector.indices()) == set(range(here.log.size)))
        await here.until(lambda: here.keeper.behind == 0)
        assert collector.connections >= 26
        first_seen = list(dict.fromkeys(collector.indices()))
        assert first_seen == sorted(first_seen), "what comes again is what was there before"


async def test_a_server_with_a_thousand_open_files_sends_as_any_other(
    collector: FakeCollector, tmp_path: Path
) -> None:
    """select(2) cannot name a descriptor above 1,023; a server with that many customers has them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as many:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        many.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
        for each in opened:
            many.callback(os.close, each)
        assert opened[-1] > FD_SETSIZE
        async with forwarding(tmp_path, collector.port) as here:
            await here.append(5)
            await here.until(lambda: len(collector.messages) == 5 and here.keeper.behind == 0)
    assert collector.indices() == list(range(5))
    assert collector.connections == 1


async def test_nothing_is_lost_while_nobody_listens_and_over_a_start(tmp_path: Path) -> None:
    collector = FakeCollector()
    await collector.start()
    await collector.stop()
    async with forwarding(tmp_path, collector.port) as here:
        await here.append(400)
        assert here.keeper.behind == 400
    async with forwarding(tmp_path, collector.port) as here:
        await here.append(1)
        await collector.start()
        await here.until(lambda: set(collector.indices()) == set(range(401)))
    await collector.stop()


async def test_a_collector_that_hangs_delays_nobody_and_holds_no_memory(tmp_path: Path) -> None:
    collector = FakeCollector(deaf=True)
    await collector.start()
    async with forwarding(tmp_path, collector.port) as here:
        await here.until(lambda: collector.connections == 1)
        slowest = 0.0
        for _ in range(30):
            before = time.monotonic()
            await here.append(200)
            slowest = max(slowest, time.monotonic() - before)
        assert slowest < 1.5, "an append waits for the disk alone"
        assert here.keeper.behind > 0
    await collector.stop()


async def test_entries_that_stay_behind_are_told_once_and_again_when_they_arrived(tmp_path: Path) -> None:
    collector = FakeCollector()
    await collector.start()
    await collector.stop()
    async with forwarding(tmp_path, collector.port, pace=EAGER) as here:
        await here.append(3)
        await here.until(lambda: here.keeper.late)
        (late,) = await here.told(EventName.SYSTEM_FORWARDING_LATE)
        assert (late.facts["next"], late.facts["behind"]) == (0, 3)
    async with forwarding(tmp_path, collector.port, pace=EAGER) as here:
        assert len(await here.told(EventName.SYSTEM_FORWARDING_LATE)) == 1
        await collector.start()
        await here.until(lambda: not here.keeper.late and here.keeper.behind == 0)
        assert len(await here.told(EventName.SYSTEM_FORWARDING_RESUMED)) == 1
        await here.until(lambda: set(collector.indices()) == set(range(here.log.size)))
    await collector.stop()


async def test_what_is_known_of_persons_stays_here_unless_it_is_asked_for(
    collector: FakeCollector, tmp_path: Path
) -> None:
    async with forwarding(tmp_path, collector.port) as here:
        await here.append(1, subject="cus_1")
        await here.until(lambda: here.keeper.behind == 0)
    async with forwarding(tmp_path, collector.port, personal=True) as here:
        await here.append(1, subject="cus_1")
        await here.until(lambda: here.keeper.behind == 0 and len(collector.messages) == 2)
    without, with_persons = map(record_in, collector.messages)
    assert (without["personal"], without["customer"]) == ({}, "cus_1")
    assert with_persons["personal"] == {"cus_1": {"seen": "name 0", "count": 0}}


async def test_cef_goes_the_same_way(collector: FakeCollector, tmp_path: Path) -> None:
    async with forwarding(tmp_path, collector.port, format_=MessageFormat.CEF) as here:
        await here.append(2)
        await here.until(lambda: len(collector.messages) == 2)
    bodies = [message.decode().split("] ", 1)[1] for message in collector.messages]
    assert [read_cef(body).extension["TachiaiIndex"] for body in bodies] == ["0", "1"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"next":5,"again":9}', b'{"next":"x"}', b'{"more":1}'])
async def test_a_note_that_cannot_be_read_means_that_all_is_sent_again(
    collector: FakeCollector, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "forwarding.json").write_bytes(content)
    async with forwarding(tmp_path, collector.port) as here:
        await here.append(2)
        await here.until(lambda: collector.messages != [] and set(collector.indices()) == {0, 1})
        await here.until(lambda: here.keeper.behind == 0)


async def test_a_log_that_was_put_back_is_sent_from_its_beginning(
    collector: FakeCollector, tmp_path: Path
) -> None:
    async with forwarding(tmp_path / "one", collector.port) as here:
        await here.append(4)
        await here.until(lambda: here.keeper.behind == 0)
    (tmp_path / "two").mkdir()
    note = (tmp_path / "one" / "forwarding.json").read_bytes()
    (tmp_path / "two" / "forwarding.json").write_bytes(note)
    collector.messages.clear()
    async with forwarding(tmp_path / "two", collector.port) as here:
        await here.append(6)
        await here.until(lambda: here.keeper.behind == 0 and len(collector.messages) == 6)
    kept = read_forwarding(tmp_path / "two" / "forwarding.json")
    assert kept is not None
    assert (kept.next, kept.again) == (6, 6)
