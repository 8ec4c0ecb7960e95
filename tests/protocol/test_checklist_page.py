"""The officers' checklist over HTTP: who may see it, that looking is recorded, and the language it is told in."""

import asyncio
import json
from pathlib import Path

import msgspec

from audit.event import EventName
from server.administration.acts import Examine
from server.administration.reaching import perform
from server.checklist.table import CHECKS
from tests.protocol.administration_ways import settings_of
from tests.protocol.server_stand import stand
from tests.protocol.staff_passkey_people import InEarnest


async def test_an_officer_sees_what_is_weak_and_looking_is_recorded(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, InEarnest(server) as officer:
        await officer.sign_in("officer", "security")
        answer = await officer.ask("GET", "/security/checklist")
        assert answer.status == 200
        found = {finding["id"]: finding for finding in answer.body["findings"]}
        assert set(found) <= set(CHECKS)
        assert found["officers"]["state"] == "one"
        assert found["officers"]["severity"] == "weak"
        assert found["kek"]["severity"] == "danger"
        assert found["backup"]["state"] == "never"
        assert found["gate"]["state"] == "running"
        assert found["log"]["severity"] == "ok"
        assert all(finding["mend"] for finding in found.values() if finding["severity"] != "ok")
        (read,) = await server.recorded(EventName.OFFICER_CHECKLIST_READ)
        assert read.actor.kind == "officer"


async def test_it_is_told_in_the_readers_language_and_counted_on_every_page_of_theirs(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, InEarnest(server) as officer:
        await officer.sign_in("officer", "security")
        await officer.page("/security/checklist?lang=ja")
        answer = await officer.ask("GET", "/security/checklist")
        titles = [finding["title"] for finding in answer.body["findings"]]
        assert "バックアップ" in titles
        count = sum(finding["severity"] in {"weak", "danger"} for finding in answer.body["findings"])
        assert count > 0
        for path in ("/security", "/security/log", "/security/checklist"):
            page = (await officer.page(path)).body
            assert f'<span class="badge-count" aria-hidden="true">{count}</span>' in page, path


async def test_who_looks_again_or_runs_the_doctor_sees_what_was_just_mended(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, InEarnest(server) as officer:
        await officer.sign_in("officer", "security")

        async def seen() -> set[str]:
            answer = await officer.ask("GET", "/security/checklist")
            (backup,) = [finding for finding in answer.body["findings"] if finding["id"] == "backup"]
            examined = await perform(settings_of(tmp_path), Examine())
            return {backup["state"], *(one.state for one in examined.findings if one.check == "backup")}

        assert await seen() == {"never"}
        note = [{"at_ms": server.clock.now_ms()}]
        (tmp_path / "backups.json").write_bytes(msgspec.json.encode(note))
        assert await seen() == {"recent"}


async def test_it_names_nobody_and_no_secret(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, InEarnest(server) as officer:
        await officer.sign_in("officer", "security")
        answer = await officer.ask("GET", "/security/checklist")
        text = json.dumps(answer.body)
        for account in server.accounts.values():
            for known in (account.name, account.password):
                assert known is None or known not in text
        recorded = msgspec.json.encode(await server.recorded(EventName.OFFICER_CHECKLIST_READ)).decode()
        assert '"facts":{}' in recorded


async def test_what_cannot_be_recorded_is_not_shown(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server, InEarnest(server) as officer:
        await officer.sign_in("officer", "security")
        server.disk.full = True
        answer = await officer.ask("GET", "/security/checklist")
        assert answer.status == 503
        assert "findings" not in answer.body


async def test_what_is_weak_is_among_the_servers_own_messages_without_anybody_asking(tmp_path: Path) -> None:
    async with stand(tmp_path, demo=False) as server:
        async with asyncio.timeout(10):
            while "the checklist found a weakness" not in server.written.getvalue():  # noqa: ASYNC110  (a text grows)
                await asyncio.sleep(0.01)
        checklist = server.composed.services.checklist
        told = [json.loads(line) for line in server.written.getvalue().splitlines() if "a weakness" in line]
        assert len(told) == checklist.to_mend
        assert {line["check"] for line in told} >= {"kek", "backup", "officers"}
