"""Officers take out of the log what their filters show, as a file that is recorded."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from audit.event import Event, EventName, Outcome
from server.http.log_exports import MEDIA
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import Stand, stand
from tests.protocol.test_export_commands import read

PATH = "/api/v1/security/log/exports"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def asked(browser: Browser, filters: dict[str, str]) -> tuple[int, Any, bytes]:
    url = browser.stand.url
    async with browser.session.post(url + PATH, json={"filters": filters}, headers={"Origin": url}) as answer:
        return answer.status, answer.headers, await answer.read()


async def exported(server: Stand, count: int) -> list[Event]:
    async with asyncio.timeout(10):
        while True:
            newest = await server.log.read(max(0, server.log.size - 200), server.log.size)
            events = [entry.event for entry in newest if entry.event is not None]
            found = [event for event in events if event.name is EventName.OFFICER_LOG_EXPORTED]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.02)


async def test_the_file_has_what_the_page_shows_and_is_recorded(server: Stand) -> None:
    async with in_sharing(server) as share, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        shown = await officer.ask("GET", f"/security/log?session={share.session}&limit=200")
        status, headers, content = await asked(officer, {"session": share.session})
        assert (status, headers["Content-Type"]) == (200, MEDIA)
        assert headers["Content-Disposition"].endswith('.jsonl"')
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
        records, ending = read(content)
        assert [record.index for record in records] == [entry["index"] for entry in shown.body["entries"]]
        assert any(record.personal for record in records)
        intent, done = await exported(server, 2)
        assert (intent.facts["session"], intent.outcome) == (share.session, Outcome.INTENT)
        assert (done.facts["sha256"], done.intent) == (hashlib.sha256(content).hexdigest(), ending.intent)
        assert done.facts["entries"] == ending.count


async def test_the_page_and_the_file_give_the_same_record(server: Stand) -> None:
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        _, _, content = await asked(officer, {})
        records, _ = read(content)
        page = await officer.ask("GET", "/security/log?limit=200")
        shown = {entry["index"]: entry for entry in page.body["entries"]}
        for record in records:
            assert shown[record.index] == msgspec.to_builtins(record)


async def test_what_does_not_fit_is_refused_and_nothing_leaves(server: Stand) -> None:
    async with Browser(server) as officer, Browser(server) as agent:
        await officer.sign_in("officer", "security")
        await agent.sign_in("agent")
        for filters in (
            {"limit": "5"},
            {"before": "5"},
            {"nothing": "x"},
            {"session": "ses_"},
            {"from": "-1"},
        ):
            assert (await asked(officer, filters))[0] == 422, filters
        assert (await asked(agent, {}))[0] == 403
    assert EventName.OFFICER_LOG_EXPORTED not in {event.name for event in await server.events()}


async def test_where_it_cannot_be_recorded_nothing_leaves(server: Stand) -> None:
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        server.disk.full = True
        status, _, content = await asked(officer, {})
        assert (status, b"entry_id" in content) == (503, False)


async def test_a_browser_that_goes_away_leaves_a_failed_export(server: Stand) -> None:
    async with Browser(server) as officer:
        await officer.sign_in("officer", "security")
        event = (await server.events())[0]
        for _ in range(20):
            await server.log.append_all([event] * 1_000)
        url = server.url
        async with officer.session.post(url + PATH, json={"filters": {}}, headers={"Origin": url}) as answer:
            await answer.content.readany()
            answer.close()
        intent, closing = await exported(server, 2)
        assert (intent.outcome, closing.outcome) == (Outcome.INTENT, Outcome.FAILED)
        assert 0 < int(closing.facts["entries"]) < int(intent.facts["to"])
