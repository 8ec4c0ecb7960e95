"""Officers' case files: every act is an entry, nobody whom a file concerns reads or touches it, notes are never edited,
a finding judges the flags that nobody has judged, and the file leaves as one bundle that anybody can check."""

import asyncio
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from audit.detectors.precision import Verdict
from audit.event import Event, EventName, Outcome
from audit.evidence.checking import EvidenceRefused, check_bundle
from audit.evidence.manifest import encode_manifest, hashes_of, parse_manifest
from audit.evidence.zip_form import encode_zip, parse_zip
from audit.note import Verifier
from audit.receipts.trust import LogKeys
from server.administration.export_acts import ExportLine, ListExports
from server.storage.flags import StoredFlag
from support.case_file import MOST_ITEMS, FiledItem, ItemKind
from support.identity import StaffId
from tests.protocol.administration_ways import Way, add_officer
from tests.protocol.server_people import Answered, Browser, in_sharing
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id

WHY = "They could not say why they looked"
NOTE = "Asked the team lead: nobody had given them this work.\nTheir shift had ended."


@dataclass(slots=True)
class Office:
    server: Stand
    first: Browser
    second: Browser

    async def flagged(self, target: str, detector: str = "burst") -> str:
        """A flag whose entry is there, as every flag's is."""
        last = await self.server.log.append((await self.server.events())[0])
        row = StoredFlag(last.index, self.server.clock.now_ms(), detector, target, 1.0, "flag.burst", "block")
        assert await self.server.foundation.stores.flags.add(row)
        return str(last.index)

    async def opened(self, flag: str | None = None, title: str = "Night shift of 12 May") -> str:
        answer = await self.first.ask("POST", "/security/files", {"title": title, "flag": flag})
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    async def add(self, file: str, kind: str, named: str, officer: Browser | None = None) -> Answered:
        body = {"kind": kind, "named": named}
        return await (officer or self.first).ask("POST", f"/security/files/{file}/items", body)

    async def note(self, file: str, text: str = NOTE, officer: Browser | None = None) -> Answered:
        return await (officer or self.first).ask("POST", f"/security/files/{file}/notes", {"text": text})

    async def close(
        self, file: str, finding: str = "confirmed", officer: Browser | None = None, reason: str = WHY
    ) -> Answered:
        body = {"finding": finding, "reason": reason}
        return await (officer or self.first).ask("POST", f"/security/files/{file}/close", body)

    async def shown(self, file: str, officer: Browser | None = None) -> Answered:
        return await (officer or self.second).ask("GET", f"/security/files/{file}")

    async def told(self) -> list[Event]:
        return [event for event in await self.server.events() if ":file" in event.name]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(stand(tmp_path))
        await add_officer(server, "officer2", "S-013")
        first, second = [await stack.enter_async_context(Browser(server)) for _ in range(2)]
        await first.sign_in("officer", "security")
        await second.sign_in("officer2", "security")
        yield Office(server, first, second)


async def test_one_opens_a_file_from_a_flag_and_another_reads_all_that_belongs_to_it(office: Office) -> None:
    agent = await staff_id(office.server, "agent")
    flag = await office.flagged(agent)
    file = await office.opened(flag)
    assert (await office.add(file, "entry", "0")).status == 204
    written = await office.note(file, officer=office.second)
    assert written.status == 201
    shown = (await office.shown(file)).body
    assert (shown["title"], shown["opened_by"]["number"], shown["items"], shown["closing"]) == (
        "Night shift of 12 May",
        "S-012",
        3,
        None,
    )
    first, entry, note = shown["contents"]
    assert (first["kind"], first["flag"]["id"], first["flag"]["agent"]["number"]) == ("flag", flag, "A-104")
    assert (entry["kind"], entry["named"], entry["event"]) == (
        "entry",
        "0",
        (await office.server.events())[0].name,
    )
    assert (note["text"], note["officer"]["number"], note["named"]) == (
        NOTE,
        "S-013",
        str(written.body["index"]),
    )
    (row,) = (await office.second.ask("GET", "/security/files")).body
    assert (row["id"], row["items"]) == (file, 3)


async def test_every_act_is_an_entry_first_and_without_the_log_nothing_is_written(office: Office) -> None:
    flag = await office.flagged(await staff_id(office.server, "agent"))
    file = await office.opened(flag)
    await office.add(file, "entry", "0")
    await office.note(file)
    await office.shown(file)
    await office.close(file)
    told = [(event.name.value, event.outcome, event.facts) for event in await office.told()]
    assert told[0] == (
        "officer:file:opened",
        Outcome.INTENT,
        {"file": file, "title": "Night shift of 12 May", "flag": int(flag)},
    )
    assert told[1] == ("officer:file:opened", Outcome.DONE, {})
    assert told[2] == ("officer:file:added", Outcome.INTENT, {"file": file, "entry": 0})
    assert told[4] == ("officer:file:noted", Outcome.INTENT, {"file": file, "note": NOTE})
    assert told[6] == ("officer:file:read", Outcome.DONE, {"file": file})
    assert told[7] == (
        "officer:file:closed",
        Outcome.INTENT,
        {"file": file, "finding": "confirmed", "reason": WHY},
    )
    another = await office.opened()
    office.server.disk.full = True
    assert (await office.add(another, "entry", "0")).status == 503
    assert (await office.note(another)).status == 503
    assert (await office.close(another)).status == 503
    assert (await office.shown(another)).status == 503
    assert await office.server.foundation.stores.case_files.items(another) == []


async def test_whom_a_flag_of_it_concerns_neither_sees_nor_touches_the_file_even_if_it_is_theirs(
    office: Office,
) -> None:
    file = await office.opened()
    own = await staff_id(office.server, "officer")
    flag = await office.flagged(own, "officer_recovered")
    mine = await office.add(file, "flag", flag)
    assert (mine.status, mine.body["code"]) == (409, "file_own")
    assert (await office.first.ask("POST", "/security/files", {"title": "Mine", "flag": flag})).status == 409
    assert (await office.add(file, "flag", flag, office.second)).status == 204
    assert (await office.first.ask("GET", "/security/files")).body == []
    nobodys = "fil_AAAAAAAAAAAAAAAAAAAAAA"
    for tried in (
        await office.shown(file, office.first),
        await office.add(file, "entry", "0"),
        await office.note(file),
        await office.close(file, "dismissed"),
        await office.first.ask("POST", f"/security/files/{file}/evidence", {"reason": WHY}),
    ):
        unknown = await office.shown(nobodys, office.first)
        assert (tried.status, tried.body) == (unknown.status, unknown.body) == (404, unknown.body)
    refused = [event for event in await office.told() if event.outcome is Outcome.REFUSED]
    assert [event.actor.id for event in refused if event.facts.get("file") == file] == [own] * 5
    assert (await office.shown(file)).body["items"] == 1
    assert (await office.close(file, officer=office.second)).status == 204


async def test_a_flag_named_as_a_plain_entry_keeps_them_away_too_and_so_does_its_session(
    office: Office,
) -> None:
    own = await staff_id(office.server, "officer")
    flag = await office.flagged(own)
    file = await office.opened()
    assert (await office.add(file, "entry", flag, office.second)).status == 204
    assert (await office.shown(file, office.first)).status == 404
    (item,) = (await office.shown(file)).body["contents"]
    assert item["kind"] == "flag"
    named = StoredFlag(
        (await office.server.log.append((await office.server.events())[0])).index,
        0,
        "quick_approval",
        await staff_id(office.server, "agent"),
        1.0,
        "flag.burst",
        "flag",
        reason_facts={"with": own},
    )
    assert await office.server.foundation.stores.flags.add(named)
    other = await office.opened()
    assert (await office.add(other, "flag", str(named.log_index))).status == 409, (
        "its facts name this officer"
    )


async def test_the_log_and_its_exports_open_no_entry_of_a_file_to_whom_it_concerns(office: Office) -> None:
    flag = await office.flagged(await staff_id(office.server, "officer"))
    opened = await office.second.ask("POST", "/security/files", {"title": "The quiet one", "flag": flag})
    file = opened.body["id"]
    assert (await office.note(file, officer=office.second)).status == 201
    theirs, others = [
        await one.ask("GET", "/security/log?limit=200") for one in (office.first, office.second)
    ]
    for said in (file, "The quiet one", "Asked the team lead"):
        assert said not in str(theirs.body), said
        assert said in str(others.body), said
    hidden = [one for one in theirs.body["entries"] if one["name"] is None]
    assert [one["sealed"] for one in hidden] == [["org"]] * len(hidden)
    assert len(hidden) == 2, "the opening and the note"
    for filters in ({}, {"event": "officer:file:noted"}):
        taken = [
            await one.ask("POST", "/security/log/exports", {"filters": filters})
            for one in (office.first, office.second)
        ]
        assert [b"Asked the team lead" in one.body for one in taken] == [False, True]
    tried = await office.first.ask("GET", "/security/log?event=officer:file:noted")
    assert "Asked the team lead" not in str(tried.body)


async def test_a_finding_judges_the_flags_that_nobody_has_judged_and_feeds_the_figures(
    office: Office,
) -> None:
    agent = await staff_id(office.server, "agent")
    judged, open_ = await office.flagged(agent), await office.flagged(agent)
    path = f"/security/flags/{judged}/verdict"
    given = await office.second.ask("POST", path, {"verdict": "dismissed", "reason": "Agreed"})
    assert given.status == 204
    file = await office.opened(judged)
    await office.add(file, "flag", open_)
    assert (await office.close(file)).status == 204
    verdicts = await office.server.foundation.stores.flag_verdicts.of([int(judged), int(open_)])
    assert (verdicts[int(judged)].verdict, verdicts[int(judged)].reason) == (Verdict.DISMISSED, "Agreed")
    assert (verdicts[int(open_)].verdict, verdicts[int(open_)].reason) == (Verdict.CONFIRMED, WHY)
    (burst,) = (await office.first.ask("GET", "/security/flag-standing")).body["detectors"]
    assert (burst["confirmed"], burst["dismissed"]) == (1, 1)
    closing = (await office.shown(file)).body["closing"]
    assert (closing["finding"], closing["reason"], closing["officer"]["number"]) == (
        "confirmed",
        WHY,
        "S-012",
    )


async def test_an_inconclusive_finding_judges_nothing_and_a_closed_file_takes_nothing_more(
    office: Office,
) -> None:
    flag = await office.flagged(await staff_id(office.server, "agent"))
    file = await office.opened(flag)
    answers = await asyncio.gather(
        office.close(file, "inconclusive"), office.close(file, "confirmed", office.second)
    )
    assert sorted(answer.status for answer in answers) == [204, 409]
    for tried in (
        await office.add(file, "entry", "0"),
        await office.note(file),
        await office.close(file, "inconclusive", office.second),
    ):
        assert (tried.status, tried.body["code"]) == (409, "file_closed")
    other = await office.opened(await office.flagged("sta_AAAAAAAAAAAAAAAAAAAAAA"))
    assert (await office.close(other, "inconclusive")).status == 204
    (item,) = (await office.shown(other)).body["contents"]
    assert item["flag"]["state"] == "open"


async def test_what_is_not_there_twice_too_much_or_a_secret_is_refused_with_a_sentence(
    office: Office,
) -> None:
    file = await office.opened()
    for kind, named in (
        ("flag", "0"),
        ("entry", "999999"),
        ("entry", "-1"),
        ("entry", "٣"),
        ("entry", "00"),
        ("session", "ses_AAAAAAAAAAAAAAAAAAAAAA"),
        ("session", "x"),
    ):
        assert (await office.add(file, kind, named)).body["code"] == "file_nothing", named
    assert (await office.add(file, "entry", "0")).status == 204
    assert (await office.add(file, "entry", "0", office.second)).body["code"] == "file_has_it"
    secret = await office.note(file, "they read out 493817")
    assert (secret.status, secret.body["code"]) == (422, "note_secret")
    assert all("493817" not in str(event.facts) for event in await office.server.events())
    for title in ("", "  ", "x" * 121, "two\nlines"):
        answer = await office.first.ask("POST", "/security/files", {"title": title})
        assert answer.status in {400, 422}, title
    assert (await office.note(file, "x" * 2_001)).status in {400, 422}
    store, officer = office.server.foundation.stores.case_files, await staff_id(office.server, "officer")
    for number in range(MOST_ITEMS - 1):
        index = 1_000_000 + number
        assert await store.add(file, FiledItem(ItemKind.NOTE, str(index), StaffId(officer), 0, index))
    assert (await office.add(file, "entry", "1")).body["code"] == "file_full"


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken out, and the log as it was then."""

    content: bytes
    key: str
    file: str
    flag: str
    session: str
    events: list[Event]
    lines: list[ExportLine]


async def taken_out(folder: Path) -> Taken:
    async with stand(folder) as server, in_sharing(server) as share, Browser(server) as officer:
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        await share.agent_socket.view("ended")
        await officer.sign_in("officer", "security")
        office = Office(server, officer, officer)
        flag = await office.flagged(await staff_id(server, "agent"))
        file = await office.opened(flag)
        assert (await office.add(file, "session", share.session)).status == 204
        assert (await office.note(file)).status == 201
        assert (await office.close(file)).status == 204
        answer = await officer.ask("POST", f"/security/files/{file}/evidence", {"reason": WHY})
        assert answer.status == 200, answer.body
        lines = (await Way(folder, server).do(ListExports())).exports
        events = await server.events()
        return Taken(answer.body, server.log.verifier_key, file, flag, share.session, events, lines)


async def test_it_leaves_as_one_bundle_that_proves_its_entries_and_each_customer_is_told(
    tmp_path: Path,
) -> None:
    taken = await taken_out(tmp_path)
    held = check_bundle(taken.content, LogKeys([Verifier.parse(taken.key)]))
    assert (held.file, held.session) == (taken.file, "")
    of_session = [index for index, event in enumerate(taken.events) if event.session == taken.session]
    assert {record.index for record in held.records} >= {int(taken.flag), *of_session}
    assert NOTE in [record.facts.get("note") for record in held.records]
    intent, done = [one for one in taken.events if one.name is EventName.OFFICER_FILE_EXPORTED]
    assert (intent.outcome, intent.facts) == (Outcome.INTENT, {"file": taken.file, "reason": WHY})
    assert (done.outcome, done.facts["entries"]) == (Outcome.DONE, len(held.records))
    told = [one for one in taken.events if one.name is EventName.OFFICER_CUSTOMER_EXPORTED]
    about = {event.customer for event in taken.events if event.session == taken.session}
    assert {one.customer for one in told} == about - {None}
    assert [one.outcome for one in told] == [Outcome.INTENT, Outcome.DONE]
    with zipfile.ZipFile(BytesIO(taken.content)) as opened:
        summary = opened.read("summary.txt").decode()
    for said in (taken.file, "Asked the team lead", f"Finding: confirmed. {WHY}"):
        assert said in summary
    (line,) = taken.lines
    assert (line.what, line.wanted, line.entries) == ("evidence", {"file": taken.file}, len(held.records))
    found_out(taken.content, taken.key)


def found_out(content: bytes, key: str) -> None:
    """Whoever changes a part, its summary too, is found out; and no bundle is of both a file and a session."""
    trust = LogKeys([Verifier.parse(key)])
    members = parse_zip(content)
    with pytest.raises(EvidenceRefused, match="summary"):
        check_bundle(encode_zip({**members, "summary.txt": b"All was well.\n"}), trust)
    manifest = parse_manifest(members["manifest.json"])
    lacking = {name: data for name, data in members.items() if name != "summary.txt"}
    lacking["manifest.json"] = encode_manifest(
        type(manifest)(
            format=manifest.format,
            origin=manifest.origin,
            file=manifest.file,
            entries=manifest.entries,
            intent=manifest.intent,
            made_at_ms=manifest.made_at_ms,
            files=hashes_of(lacking),
        )
    )
    with pytest.raises(EvidenceRefused, match="summary"):
        check_bundle(encode_zip(lacking), trust)
    for found in (b'"format":"tachiai-evidence/v1"', b'"format":"tachiai-evidence/v3"'):
        other = members["manifest.json"].replace(b'"format":"tachiai-evidence/v2"', found)
        with pytest.raises(EvidenceRefused, match="manifest"):
            check_bundle(encode_zip({**members, "manifest.json": other}), trust)
