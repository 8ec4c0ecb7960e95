"""`tachiai audit report` on real folders: what is wrong stands in the report, and the report stands in the log."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from audit.event import Actor, ActorKind, Event, EventName, Outcome
from audit.self_audit.report import Report, decode
from server.administration.errors import ActRefused
from server.administration.reaching import perform
from server.administration.report_acts import MakeReport, ReportGiven
from server.setting_groups import WitnessesSettings
from support.identity import StaffId
from support.staff import Role, Staff
from tests.protocol.administration_ways import WAYS, Way, settings_of, way
from tests.protocol.server_stand import stand
from tests.unit.witness_people import policy_text, witness_key

E = EventName
HOUR_MS = 3_600_000


def states(report: Report) -> dict[str, str]:
    return {one.check: one.state for one in report.findings}


async def made(one: Way, days: int = 7) -> tuple[ReportGiven, Report]:
    given = await one.do(MakeReport(days=days, format="json"))
    return given, decode(given.content)


@pytest.mark.parametrize("name", WAYS)
async def test_a_report_is_announced_recorded_with_its_hash_and_names_its_own_entry(
    tmp_path: Path, name: str
) -> None:
    async with way(tmp_path, name) as one:
        given, report = await made(one)
        assert states(report)["verification"] == "good"
        assert states(report)["reading"] == "whole"
        assert report.entry == given.entry == report.entries
        assert given.sha256 == hashlib.sha256(given.content).hexdigest()
        events = await one.events()
        announced = events[given.entry]
        assert (announced.name, announced.outcome) == (E.OPERATOR_REPORT_MADE, Outcome.INTENT)
        (done,) = [event for event in events if event.intent == given.entry]
        assert (done.name, done.outcome) == (E.OPERATOR_REPORT_MADE, Outcome.DONE)
        assert done.facts["json_sha256"] == done.facts["document_sha256"] == given.sha256
        assert done.facts["exit_code"] == given.exit_code == report.exit_code
        assert announced.facts["to_ms"] == report.to_ms


async def neglected(folder: Path) -> None:
    """What a killed server leaves: an act that was announced an hour ago; and an account without a second factor."""
    async with stand(folder, shift_ms=-HOUR_MS) as server:
        by = Actor(ActorKind.OPERATOR, "host:x")
        await server.log.append(Event(E.OPERATOR_CASE_CLOSED, Outcome.INTENT, server.clock.now_ms(), by))
        plain = Staff(StaffId("sta-plain"), "plain", "Plain", "90", "Desk", Role.AGENT)
        await server.foundation.stores.staff.add(plain, "$argon2id$of-nobody")


async def test_what_is_wrong_stands_in_the_report(tmp_path: Path) -> None:
    await neglected(tmp_path)
    given, report = await made(Way(tmp_path, None))
    assert states(report)["intents"] == "dangling"
    assert report.figures.open_intents[0].name == E.OPERATOR_CASE_CLOSED.value
    assert states(report)["without_factor"] == "some"
    assert "sta-plain" in [line.id for line in report.accounts if not line.factor]
    assert {line.check for line in report.checklist} >= {"witness", "passkeys", "backup", "kek"}
    assert (given.exit_code, given.to_mend > 0) == (1, True)


async def test_a_start_closes_what_dangles_and_the_report_says_that_its_outcome_is_unknown(
    tmp_path: Path,
) -> None:
    await neglected(tmp_path)
    async with way(tmp_path, "running") as one:
        _, report = await made(one)
        assert states(report)["intents"] == "closed"
        assert states(report)["unknown_outcomes"] == "some"


async def test_a_changed_byte_is_told_by_a_server_that_runs(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        assert one.server is not None
        size = one.server.log.size
        await one.server.log.await_signed(size - 1)
        bundle = max((tmp_path / "log" / "public" / "tile" / "entries").rglob("*.p/*"))
        content = bytearray(bundle.read_bytes())
        content[len(content) // 2] ^= 1
        bundle.write_bytes(bytes(content))
        given, report = await made(one)
        assert given.exit_code == report.verification.exit_code == 10
        assert states(report)["verification"] == "failed"
        assert report.verification.findings


async def test_the_witnesses_that_the_settings_ask_for_must_have_signed(tmp_path: Path) -> None:
    """Nobody was asked here: whoever verifies with the policy gets 12, and so does the report."""
    policy = tmp_path / "policy"
    async with way(tmp_path, "alone") as one:
        settings = msgspec.structs.replace(
            settings_of(tmp_path), witnesses=WitnessesSettings(policy=str(policy))
        )
        for content, code, word in (
            (policy_text(witness_key(1), url="https://w{}.example"), 12, "Not witnessed"),
            (b"quorum", 2, "Not verified"),
        ):
            policy.write_bytes(content)
            report = decode((await perform(settings, MakeReport(days=1, format="json"))).content)
            assert (states(report)["verification"], report.exit_code) == ("failed", code)
            assert report.verification.sentence.startswith(word)
        assert len(await one.events()) > 0, "the log goes on whatever its policy is"


async def test_a_page_is_made_in_the_language_asked_for_and_another_is_refused(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        usual = await one.do(MakeReport(days=1, format="html"))
        assert b'<html lang="en">' in usual.content
        japanese = await one.do(MakeReport(days=1, format="html", language="ja"))
        assert b'<html lang="ja">' in japanese.content
        with pytest.raises(ActRefused, match="No report was made"):
            await one.do(MakeReport(days=1, format="html", language="../en"))
        announced = [event for event in await one.events() if event.name is E.OPERATOR_REPORT_MADE]
        assert len(announced) == 4, "what is refused was not even announced"


async def test_nothing_of_a_customer_is_in_a_report(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        assert one.server is not None
        customers = await one.server.foundation.stores.customer_roll.page("")
        content = (await one.do(MakeReport(days=7, format="html"))).content.decode()
        for customer in customers:
            assert customer.display_name not in content
            assert customer.reference not in content


def test_an_act_that_has_no_length_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"act": "report.make", "days": 0, "format": "html"}', type=MakeReport)
