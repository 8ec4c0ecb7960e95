"""Reports by the calendar: made when they are due, recorded before they are kept, as many as are wanted."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from audit.self_audit.period import DAY_MS
from audit.self_audit.report import decode
from server.http.catalogues import read_folder
from server.installation import web_folder
from server.log_keeping.reporting import Pace, ReportKeeper
from server.reporting.page import page_form
from server.reporting.shelf import MEMORY, Shelf
from server.tasks import Tasks
from tests.protocol.server_stand import Stand, stand

E = EventName
SOON = Pace(look=0.01, retry=0.01)


def keeper(server: Stand, shelf: Shelf, every_days: int = 7) -> ReportKeeper:
    web = web_folder()
    page = page_form(web, read_folder(web / "locales")["en"])
    reporter = server.composed.services.reports.reporter
    return ReportKeeper(reporter, shelf, page, server.log, server.clock, every_days, SOON)


async def test_a_report_is_made_when_it_is_due_and_the_next_one_not_before_its_day(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        shelf, tasks = server.composed.services.reports.shelf, Tasks()
        running = keeper(server, shelf)
        server.clock.shift_ms += 7 * DAY_MS + 1
        tasks.start(running.run(), name=running.name)
        made = await server.recorded(E.SYSTEM_REPORT_MADE)
        while len(made) < 2 or not shelf.all():
            await asyncio.sleep(0)
            made = await server.recorded(E.SYSTEM_REPORT_MADE)
        await tasks.close()
        (kept,) = shelf.all()
        assert kept.report is not None
        assert [one.outcome for one in made] == [Outcome.INTENT, Outcome.DONE]
        page, document = (shelf.content(kept.name, form) for form in ("html", "json"))
        assert page is not None
        assert document is not None
        assert made[1].facts["html_sha256"] == hashlib.sha256(page).hexdigest()
        assert made[1].facts["document_sha256"] == hashlib.sha256(document).hexdigest()
        assert decode(document) == kept.report
        assert not await running._is_due()
        server.clock.shift_ms += 7 * DAY_MS
        assert await running._is_due()


async def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        shelf = Shelf(tmp_path / "kept", 2)
        running = keeper(server, shelf)
        entries = []
        for _ in range(3):
            server.clock.shift_ms += DAY_MS
            entries.append((await running.make()).entry)
        assert [one.report.entry for one in shelf.all() if one.report] == entries[:0:-1]
        assert len(list((tmp_path / "kept").iterdir())) == 4, "two of each"


async def test_the_verifier_remembers_beside_the_reports(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        shelf = server.composed.services.reports.shelf
        running = keeper(server, shelf)
        await running.make()
        memory = (shelf.folder / MEMORY).read_bytes()
        assert memory
        second = (await running.make()).report.verification
        assert (second.exit_code, second.read_from) == (0, 0), "all is read again"
        assert "seen before" in second.sentence or "running" in second.sentence


async def test_what_could_not_be_kept_is_not_even_announced(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        (tmp_path / "file").write_text("no folder")
        running = keeper(server, Shelf(tmp_path / "file" / "reports", 2))
        with pytest.raises(OSError, match="file"):
            await running.make()
        assert E.SYSTEM_REPORT_MADE not in [event.name for event in await server.events()]


def test_a_name_from_elsewhere_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("secret")
    shelf = Shelf(tmp_path / "reports", 2)
    shelf.folder.mkdir()
    assert shelf.content("../secret", "json") is None
    assert shelf.content("report-20260101T000000Z-1", "json") is None
    (shelf.folder / "report-20260101T000000Z-1.json").write_text("{")
    (shelf.folder / "notes.txt").write_text("not a report")
    assert [(one.name, one.report) for one in shelf.all()] == [("report-20260101T000000Z-1", None)]
    assert shelf.newest_ms() is None
