"""The officers' reports over HTTP: listed with their results, taken as files, and both recorded."""

import hashlib
from pathlib import Path

from audit.event import EventName
from server.log_keeping.reporting import ReportKeeper
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import stand


async def test_an_officer_sees_and_takes_a_report_and_both_are_recorded(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        assert (await officer.ask("GET", "/security/reports")).body == {"reports": []}
        (keeper,) = server.composed.services.reports.keepers
        assert isinstance(keeper, ReportKeeper)
        made = await keeper.make()
        (row,) = (await officer.ask("GET", "/security/reports")).body["reports"]
        assert (row["entry"], row["exit_code"]) == (made.entry, made.report.exit_code)
        async with officer.session.get(f"{server.url}/api/v1/security/reports/{row['name']}") as page:
            content = await page.read()
            assert content == made.content
            assert page.content_type == "text/html"
            assert page.headers["Content-Disposition"].startswith("attachment")
        async with officer.session.get(
            f"{server.url}/api/v1/security/reports/{row['name']}/document"
        ) as file:
            assert await file.read() == made.data
        read = await server.recorded(EventName.OFFICER_REPORT_READ)
        assert [one.facts["what"] for one in read] == ["list", "list", "html", "json"]
        assert read[2].facts["sha256"] == hashlib.sha256(made.content).hexdigest()


async def test_what_cannot_be_recorded_is_not_given(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        (keeper,) = server.composed.services.reports.keepers
        assert isinstance(keeper, ReportKeeper)
        made = await keeper.make()
        (kept,) = server.composed.services.reports.shelf.all()
        server.disk.full = True
        for path in ("", f"/{kept.name}", f"/{kept.name}/document"):
            async with officer.session.get(f"{server.url}/api/v1/security/reports{path}") as answer:
                assert answer.status == 503
                assert made.report.verification.root not in await answer.text()


async def test_no_other_file_can_be_asked_for(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        for name in ("verifier.state", "..%2Ftachiai.db", "report-20260101T000000Z-1"):
            async with officer.session.get(f"{server.url}/api/v1/security/reports/{name}") as answer:
                assert answer.status == 404
