"""Evidence that officers take out: with a reason, recorded; and that nothing which leaves the log holds a secret."""

import json
from pathlib import Path

from audit.event import EventName, Outcome
from audit.evidence.checking import check_bundle
from audit.evidence.zip_form import parse_zip
from audit.export.formats import Format, LineWriter
from audit.export.record import record_of
from audit.export.syslog import MessageFormat, SyslogWriter
from audit.note import Verifier
from audit.receipts.trust import LogKeys
from session.identity import SessionId
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import PASSWORDS, Stand, stand
from tests.protocol.test_server_secrets import places_with

PATH = "/api/v1/security/log/evidence"


async def asked(browser: Browser, session: str, reason: str) -> tuple[int, str, bytes]:
    url = browser.stand.url
    body = {"session": session, "reason": reason}
    async with browser.session.post(url + PATH, json=body, headers={"Origin": url}) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.read()


async def test_an_officer_takes_evidence_with_a_reason_and_nobody_else_does(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        for reason, status in (("", 422), ("x" * 201, 422), ("two\nlines", 409)):
            assert (await asked(officer, share.session, reason))[0] == status
        assert (await asked(officer, "ses_AAAAAAAAAAAAAAAAAAAAAA", "why"))[0] == 409
        assert (await asked(share.agent, share.session, "why"))[0] == 403
        assert (await asked(share.customer, share.session, "why"))[0] in {401, 403}
        (tried,) = [one for one in await server.events() if one.name is EventName.OFFICER_EVIDENCE_EXPORTED]
        assert (tried.outcome, tried.session, tried.facts) == (Outcome.REFUSED, None, {"reason": "why"})
        status, media, content = await asked(officer, share.session, "complaint 17")
        assert (status, media) == (200, "application/zip")
        held = check_bundle(content, LogKeys([Verifier.parse(server.log.verifier_key)]))
        assert held.session == share.session
        told = [one for one in await server.events() if one.name is EventName.OFFICER_EVIDENCE_EXPORTED]
        assert [one.outcome for one in told] == [Outcome.REFUSED, Outcome.INTENT, Outcome.DONE]
        assert told[1].facts["reason"] == "complaint 17"


async def test_where_it_cannot_be_recorded_nothing_leaves(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        server.disk.full = True
        status, _, content = await asked(officer, share.session, "complaint 17")
        assert (status, content[:2] == b"PK") == (503, False)


async def test_no_cookie_and_no_password_leaves_in_any_form(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        async with in_sharing(server) as share, Browser(server) as officer:
            code = server.fresh_code("K-30518")
            await share.customer.type_code(code)
            await officer.sign_in("officer", "security")
            secrets = {*PASSWORDS.values()}
            for browser in (share.agent, share.customer, officer):
                secrets |= {cookie.value for cookie in browser.session.cookie_jar}
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.agent_socket.view("ended")
            await server.composed.services.receipts.book.told_of_end(SessionId(share.session), 10.0)
            _, _, bundle = await asked(officer, share.session, "complaint 17")
        assert places_with(secrets, await leaving(server, bundle)) == []


async def leaving(server: Stand, bundle: bytes) -> dict[str, str]:
    """Everything that can leave the log, as text; sealed parts of the bundle are opened by its plain lines."""
    records = [record_of(entry) for entry in await server.log.read(0, server.log.size)]
    assert len(records) > 20
    texts = {
        format_.value: b"".join(LineWriter(format_, "0").line(record) for record in records).decode()
        for format_ in Format
    }
    for form in MessageFormat:
        writer = SyslogWriter(origin="test.example/log", version="0", format=form, facility=13, personal=True)
        texts[f"syslog {form}"] = b"".join(map(writer.frame, records)).decode()
    for name, content in parse_zip(bundle).items():
        texts[name] = content.decode()
    return texts


async def test_the_page_a_file_and_a_message_say_the_same_of_an_entry(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server), Browser(server) as officer:
        await officer.sign_in("officer", "security")
        page = await officer.ask("GET", "/security/log?limit=200")
        shown = {entry["index"]: entry for entry in page.body["entries"]}
        writer = SyslogWriter(
            origin="test.example/log", version="0", format=MessageFormat.JSON, facility=13, personal=True
        )
        lines = LineWriter(Format.JSONL, "0")
        for entry in await server.log.read(0, max(shown) + 1):
            record = record_of(entry)
            message = writer.frame(record).decode()
            assert json.loads(message[message.index("] {") + 2 :]) == shown[entry.index]
            assert json.loads(lines.line(record)) == shown[entry.index]
