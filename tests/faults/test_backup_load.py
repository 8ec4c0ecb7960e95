"""Backups taken while everything is written: each is the state of one instant, as a power cut would have left it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from audit.event import Event, EventName, Outcome
from audit.report import ExitCode
from server.foundation import opened_records
from server.keys import open_keys
from server.places import places_of
from session.identity import SessionId
from tests.protocol.backup_site import OPERATOR, Site
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import ShiftedClock, Stand

BACKUPS = 5
WRITERS = 8
LONG = "x" * 16_000  # so that a write-ahead segment is full after about a hundred entries


@asynccontextmanager
async def busy(server: Stand) -> AsyncIterator[None]:
    """Entries for many people, and sessions opened one after the other, until the context is left."""
    enough = asyncio.Event()

    async def write(number: int) -> None:
        while not enough.is_set():
            event = Event(
                EventName.OPERATOR_CASES_LISTED,
                Outcome.DONE,
                server.clock.now_ms(),
                OPERATOR,
                facts={"long": LONG},
                personal={f"customer-{server.log.size}-{number}": {"seen": True}},
            )
            await server.log.append(event)

    async def open_sessions(agent: Browser, case: str) -> None:
        while not enough.is_set():
            await agent.open_session(case)

    async with Browser(server) as one, Browser(server) as other, asyncio.TaskGroup() as tasks:
        assert (await one.sign_in("agent")).status == (await other.sign_in("agent2")).status == 201
        for number in range(WRITERS):
            tasks.create_task(write(number))
        tasks.create_task(open_sessions(one, "C-2041"))
        tasks.create_task(open_sessions(other, "C-2056"))
        yield
        enough.set()


@pytest.mark.alone
@pytest.mark.timeout(300)
async def test_backups_taken_under_load_all_restore_to_one_instant(tmp_path: Path) -> None:
    old = Site(tmp_path / "old")
    async with old.running() as server:
        async with busy(server):
            sizes = [
                (await old.backup(tmp_path / str(number))).manifest.log_size for number in range(BACKUPS)
            ]
        shift_ms = server.clock.shift_ms
    assert sizes == sorted(set(sizes))
    opened = 0
    for number in range(BACKUPS):
        new = Site(tmp_path / "new").empty(kek_of=old)
        await new.restore(tmp_path / str(number), shift_ms=shift_ms)
        assert new.verify().exit_code == ExitCode.GOOD
        opened += await check_one_instant(new, shift_ms)
        shutil.rmtree(new.root)
    assert opened > BACKUPS


async def check_one_instant(site: Site, shift_ms: int) -> int:
    """What the log says was done has its row, and every row stands on its entry. Gives how many sessions there are."""
    places = places_of(site.settings)
    async with opened_records(places, open_keys(places.keys), ShiftedClock(shift_ms)) as records:
        entries = await records.log.read(0, records.log.size)
        events = {entry.index: entry.event for entry in entries}
        done = [
            event.session
            for event in events.values()
            if event is not None
            and event.name is EventName.AGENT_SESSION_OPENED
            and event.outcome is Outcome.DONE
        ]
        for name in done:
            row = await records.stores.sessions.load(SessionId(str(name)))
            assert row is not None, f"{name} was opened, says the log, and has no row"
        return len(done)
