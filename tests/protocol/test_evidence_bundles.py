"""Evidence of a session: made by the host with a server and without, checked with the log's key alone."""

import io
import json
import random
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from audit.event import Event, EventName, Outcome
from audit.evidence.checking import EvidenceRefused, Held, check_bundle
from audit.evidence.command import verify_evidence_command
from audit.evidence.manifest import encode_manifest, hashes_of, parse_manifest
from audit.evidence.zip_form import encode_zip, parse_zip
from audit.note import Verifier
from audit.receipts.checking import check_receipt
from audit.receipts.receipt import Kind
from audit.receipts.trust import LogKeys
from audit.report import ExitCode
from server.administration.errors import ActRefused
from server.administration.export_acts import EvidenceGiven, ListExports, MakeEvidence
from server.clock import SystemClock
from server.consents import WORDING_KEYS
from session.identity import SessionId
from tests.protocol.administration_ways import Way, way
from tests.protocol.server_people import in_sharing
from tests.protocol.server_stand import stand

SESSION = "ses_AAAAAAAAAAAAAAAAAAAAAA"
REASON = "the customer's lawyer asks"


@asynccontextmanager
async def ended_session(folder: Path) -> AsyncIterator[tuple[Way, str]]:
    """A server, and the id of a session that was shared there and has ended."""
    async with stand(folder) as server, in_sharing(server) as share:
        await share.customer_socket.send({"type": "share.stop", "by": "page"})
        await share.agent_socket.view("ended")
        await server.composed.services.receipts.book.told_of_end(SessionId(share.session), 10.0)
        yield Way(folder, server), share.session


async def given(folder: Path) -> tuple[EvidenceGiven, str, str]:
    async with ended_session(folder) as (one, session):
        assert one.server is not None
        made = await one.do(MakeEvidence(session=session, reason=REASON))
        return made, session, one.server.log.verifier_key


def checked(content: bytes, key: str) -> Held:
    return check_bundle(content, LogKeys([Verifier.parse(key)]))


def recorded(events: list[Event]) -> list[Event]:
    return [event for event in events if event.name is EventName.OPERATOR_EVIDENCE_EXPORTED]


async def test_evidence_is_recorded_with_its_reason_first_and_holds_all_of_the_session(
    tmp_path: Path,
) -> None:
    async with ended_session(tmp_path) as (one, session):
        assert one.server is not None
        made = await one.do(MakeEvidence(session=session, reason=REASON))
        held = checked(made.content, one.server.log.verifier_key)
        events = await one.events()
        before = [index for index, event in enumerate(events[: made.entry]) if event.session == session]
        assert [record.index for record in held.records] == before
        assert any(record.personal for record in held.records)
        assert held.seals is not None
        intent, done = recorded(events)
        assert (intent.outcome, intent.session, intent.facts["reason"]) == (Outcome.INTENT, session, REASON)
        assert (done.intent, done.outcome) == (made.entry, Outcome.DONE)
        assert (done.facts["sha256"], done.facts["entries"]) == (made.sha256, len(before))
        (line,) = (await one.do(ListExports())).exports
        assert (line.what, line.entry, line.state) == ("evidence", made.entry, "done")
        assert (line.sha256, line.entries) == (made.sha256, len(before))


async def test_it_is_made_where_no_server_runs_too(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        key = server.log.verifier_key
        now = SystemClock().now_ms()
        await server.log.append(replace((await server.events())[0], session=SESSION, at_ms=now))
    async with way(tmp_path, "alone") as one:
        made = await one.do(MakeEvidence(session=SESSION, reason=REASON))
        again = await one.do(MakeEvidence(session=SESSION, reason=REASON))
    assert len(checked(made.content, key).records) == 1
    assert len(checked(again.content, key).records) == 3, "the first taking out is of the session too"


async def test_a_third_party_checks_what_was_agreed_with_the_receipt_checker(tmp_path: Path) -> None:
    made, session, key = await given(tmp_path)
    held = checked(made.content, key)
    assert {receipt.kind for receipt in held.receipts} == {Kind.CONSENT, Kind.WITHDRAWAL}
    with zipfile.ZipFile(io.BytesIO(made.content)) as opened:  # anybody's zip opens it
        assert opened.testzip() is None
        receipts = [opened.read(name) for name in opened.namelist() if name.startswith("receipts/")]
        plain = [json.loads(line) for line in opened.read("entries.jsonl").splitlines()]
    assert {one["session"] for one in plain} == {session}
    alone = [check_receipt(receipt, LogKeys([Verifier.parse(key)])) for receipt in receipts]
    consent = next(one for one in alone if one.kind is Kind.CONSENT)
    assert consent.wording is not None, f"the text of {WORDING_KEYS} is there, and its hash was signed"


async def test_the_same_session_gives_the_same_bytes_but_for_what_was_recorded_meanwhile(
    tmp_path: Path,
) -> None:
    made, _, key = await given(tmp_path)
    members = parse_zip(made.content)
    assert encode_zip(members) == made.content
    assert list(members)[:2] == ["manifest.json", "README.txt"]
    assert checked(made.content, key).trusted.checkpoint.size > made.entry - 1


async def test_every_mutated_byte_is_found(tmp_path: Path) -> None:
    made, _, key = await given(tmp_path)
    trust = LogKeys([Verifier.parse(key)])
    chance = random.Random(19)  # noqa: S311  # a test's
    members = parse_zip(made.content)
    for _ in range(2_000):
        place = chance.randrange(len(made.content))
        changed = bytearray(made.content)
        changed[place] ^= 1 << chance.randrange(8)
        with pytest.raises(EvidenceRefused) as refused:
            check_bundle(bytes(changed), trust)
        assert refused.value.code is ExitCode.TAMPERED
    for name in sorted(members):
        for _ in range(12):
            mutant = bytearray(members[name])
            place = chance.randrange(len(mutant))
            mutant[place] ^= 1 << chance.randrange(8)
            with pytest.raises(EvidenceRefused):
                check_bundle(encode_zip({**members, name: bytes(mutant)}), trust)


async def test_whoever_packs_it_anew_with_right_hashes_is_found_by_the_proofs(tmp_path: Path) -> None:
    made, _, key = await given(tmp_path)
    trust = LogKeys([Verifier.parse(key)])
    chance = random.Random(7)  # noqa: S311  # a test's
    members = parse_zip(made.content)
    proved = sorted(members.keys() - {"manifest.json", "README.txt"})
    for name in proved * 6:
        mutant = bytearray(members[name])
        mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
        with pytest.raises(EvidenceRefused):
            check_bundle(packed_anew({**members, name: bytes(mutant)}), trust)
    for name in proved:
        if name.startswith("seals"):
            continue  # without any seals it says so
        with pytest.raises(EvidenceRefused):
            check_bundle(packed_anew({other: members[other] for other in members if other != name}), trust)
    with pytest.raises(EvidenceRefused, match="does not belong"):
        check_bundle(packed_anew({**members, "extra.txt": b"x"}), trust)


def packed_anew(members: dict[str, bytes]) -> bytes:
    manifest = parse_manifest(members["manifest.json"])
    told = type(manifest)(
        **{
            **{name: getattr(manifest, name) for name in manifest.__struct_fields__},
            "files": hashes_of(members),
        }
    )
    return encode_zip({**members, "manifest.json": encode_manifest(told)})


async def test_no_garbage_is_taken_for_a_bundle_or_breaks_the_checker(tmp_path: Path) -> None:
    made, _, key = await given(tmp_path)
    trust = LogKeys([Verifier.parse(key)])
    chance = random.Random(3)  # noqa: S311  # a test's
    for _ in range(10_000):
        start = chance.randrange(len(made.content))
        stop = min(len(made.content), start + chance.randrange(1, 400))
        piece = chance.randbytes(chance.randrange(60))
        mutant = made.content[:start] + piece + made.content[stop:]
        if mutant == made.content:
            continue
        with pytest.raises(EvidenceRefused):
            check_bundle(mutant, trust)


async def test_the_command_says_what_holds_and_ends_with_the_code(tmp_path: Path) -> None:
    made, session, key = await given(tmp_path)
    file = tmp_path / "evidence.zip"
    file.write_bytes(made.content)
    told: list[str] = []
    assert verify_evidence_command(file, key, None, told.append) == ExitCode.GOOD
    assert f"entries of session {session}" in told[0]
    told.clear()
    assert verify_evidence_command(file, key, None, told.append, as_json=True) == ExitCode.GOOD
    assert json.loads(told[0])["good"] is True
    assert verify_evidence_command(file, None, None, told.append) == ExitCode.USAGE
    assert verify_evidence_command(tmp_path / "none.zip", key, None, told.append) == ExitCode.USAGE
    other = "other.example/log+" + key.split("+", 1)[1]
    assert verify_evidence_command(file, other, None, told.append) in {ExitCode.USAGE, ExitCode.TAMPERED}
    file.write_bytes(made.content[:-1])
    assert verify_evidence_command(file, key, None, told.append) == ExitCode.TAMPERED


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "two\nlines"])
async def test_without_a_reason_or_a_session_nothing_leaves_and_a_try_for_a_session_is_recorded(
    tmp_path: Path, reason: str
) -> None:
    async with way(tmp_path, "running") as one:
        with pytest.raises(ActRefused, match="one line"):
            await one.do(MakeEvidence(session=SESSION, reason=reason))
        assert recorded(await one.events()) == []
        with pytest.raises(ActRefused, match="no entry of this session"):
            await one.do(MakeEvidence(session=SESSION, reason=REASON))
        (tried,) = recorded(await one.events())
        assert (tried.outcome, tried.session, tried.facts) == (Outcome.REFUSED, None, {"reason": REASON})
