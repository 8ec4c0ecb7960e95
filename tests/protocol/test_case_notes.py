"""Agents' notes: one entry each, in a live case alone, without codes, and never edited."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit.event import EventName
from server.http.routes import table
from tests.protocol.canaries import files
from tests.protocol.server_people import Browser, in_verifying
from tests.protocol.server_stand import Stand, stand


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


async def test_a_note_is_an_entry_of_its_session_and_is_read_by_whoever_has_the_case(server: Stand) -> None:
    async with in_verifying(server) as share, Browser(server) as other, Browser(server) as officer:
        case = await server.case_of("C-2041")
        kept = await share.agent.ask("POST", f"/cases/{case}/notes", {"text": "Sees <b>red</b>\nat the top"})
        assert kept.status == 201
        (entry,) = await server.recorded(EventName.AGENT_NOTE_WRITTEN)
        assert (entry.case, entry.session, entry.facts) == (case, share.session, {"characters": 26})
        assert entry.personal == {entry.customer: {"note": "Sees <b>red</b>\nat the top"}}
        shown = await share.agent.ask("GET", f"/cases/{case}/notes")
        assert shown.body == {"notes": [kept.body], "more": False, "closed": 0}
        assert (kept.body["name"], kept.body["text"]) == ("Aiko Mori", "Sees <b>red</b>\nat the top")
        assert len(await server.recorded(EventName.AGENT_NOTES_READ)) == 1
        await other.sign_in("agent2")
        for method, body in (("GET", None), ("POST", {"text": "Hello"})):
            assert (await other.ask(method, f"/cases/{case}/notes", body)).status == 404
        await officer.sign_in("officer", "security")
        log = await officer.ask("GET", f"/security/log?case={case}&event=agent:note:written")
        assert [one["personal"] for one in log.body["entries"]] == [entry.personal]


async def test_a_code_in_a_note_is_refused_and_kept_nowhere(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        case = await server.case_of("C-2041")
        for text in ("The code was 739 164", "７３９１６４"):
            answer = await agent.ask("POST", f"/cases/{case}/notes", {"text": text})
            assert (answer.status, answer.body["code"]) == (422, "note_secret")
        refused = await server.recorded(EventName.AGENT_NOTE_REFUSED)
        assert [event.facts for event in refused] == [{"kind": "code"}] * 2
        assert "739 164" not in repr(await server.events()) + server.written.getvalue()
    found = [name for name, content in files(tmp_path).items() if any(b"739 164" in one for one in content)]
    assert found == []


@pytest.mark.parametrize("text", ["", " ", "x" * 2_001, "a\u202eb", "a\x00b", None, 3])
async def test_what_is_no_note_is_refused(server: Stand, text: object) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        case = await server.case_of("C-2041")
        assert (await agent.ask("POST", f"/cases/{case}/notes", {"text": text})).status == 422


async def test_without_the_log_no_note_is_kept_or_shown(server: Stand) -> None:
    async with Browser(server) as agent:
        await agent.sign_in("agent")
        case = await server.case_of("C-2041")
        server.disk.full = True
        assert (await agent.ask("POST", f"/cases/{case}/notes", {"text": "Hello"})).status == 503
        assert (await agent.ask("GET", f"/cases/{case}/notes")).status == 503


def test_no_route_edits_or_removes_a_note() -> None:
    methods = {route.method for route in table(demo_routes=True) if "/notes" in route.path}
    assert methods == {"GET", "POST"}
