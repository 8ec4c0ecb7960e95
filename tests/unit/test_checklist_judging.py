"""The law of the checklist: each state can be found, weighs what the table says, and has words in every language."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from server.checklist.facts import (
    ApiKeys,
    Backups,
    Bus,
    BusState,
    DataFolder,
    Disk,
    Facts,
    ForwardingState,
    GateState,
    Installation,
    KeyFiles,
    KeyLife,
    Machine,
    MailState,
    Outgoing,
    People,
    PlacesState,
    Reach,
    Record,
    Schema,
    ServerState,
    Witnesses,
    WitnessState,
)
from server.checklist.finding import Finding
from server.checklist.judging import judge
from server.checklist.table import CHECKS, GRAVEST_FIRST, IN_EARNEST_ONLY, Severity
from server.checklist.wording import worded
from server.cli import tachiai
from server.http.catalogues import read_folder
from server.setting_names import all_settings

WORDS = read_folder(Path(__file__).resolve().parents[2] / "web_client" / "locales")
WELL = Facts(
    demo=False,
    reach=Reach(
        https=True,
        here_only=True,
        own_certificate=False,
        certificate_named=False,
        certificate_days=None,
        proxies=("127.0.0.1",),
        gate_here_only=False,
        gate_private=False,
        turn=True,
        turn_over_tls=True,
        turn_relays=True,
        contact=True,
        debug=False,
    ),
    keys=KeyFiles(
        kek_missing=False,
        kek_given=False,
        kek_in_vault=False,
        kek_beside_data=False,
        kek_on_same_volume=False,
        readable=(),
        missing=(),
        ring=1,
    ),
    data=DataFolder(path="/var/lib/tachiai", used=False, there=True, writable=True, private=True),
    people=People(officers=2, without_factor=0, pending=0, lapsed=0, without_passkey=0),
    api_keys=ApiKeys(live=1, unused=0, ending=0),
    key_life=KeyLife(kek_days=3, badge_days=3, recipients=1, overdue=0),
    record=Record(there=True, trouble=None, stopped=False, entries=7, late_s=0),
    schema=Schema.CURRENT,
    bus=Bus(state=BusState.ANSWERS, version="7.0.15", eviction="noeviction"),
    mail=MailState.SET,
    sign_in_places=PlacesState.READ,
    outgoing=Outgoing(waiting=2, late=0, dead=0),
    backups=Backups(readable=True, last_days=1, remind_after_days=7),
    witnesses=Witnesses(state=WitnessState.SIGNED),
    forwarding=ForwardingState.TAKEN,
    machine=Machine(
        clock_held=True,
        clock_past=False,
        drift_ms=0,
        disk=Disk(path="/var/lib/tachiai", free_mib=90_000),
        descriptors=None,
        descriptors_needed=1_536,
        udp_buffer_kib=4_096,
        root=False,
    ),
    server=ServerState.ANSWERS,
    installation=Installation(python=(3, 11, 2), folder="/opt/tachiai", trouble=None),
    gate=GateState(running=True, load=0.1),
)
ALWAYS = {"restore"}


def changed(group: str, **members: Any) -> Facts:
    return replace(WELL, **{group: replace(getattr(WELL, group), **members)})


FOUND: dict[tuple[str, str], Facts] = {
    ("tls", "own"): changed("reach", own_certificate=True),
    ("tls", "here_only"): changed("reach", https=False),
    ("tls", "exposed"): changed("reach", here_only=False),
    ("tls", "none"): changed("reach", https=False, here_only=False),
    ("certificate", "valid"): changed("reach", certificate_named=True, certificate_days=14),
    ("certificate", "ending"): changed("reach", certificate_named=True, certificate_days=13),
    ("certificate", "ended"): changed("reach", certificate_named=True, certificate_days=-1),
    ("certificate", "unreadable"): changed("reach", certificate_named=True),
    ("proxies", "not_needed"): changed("reach", proxies=(), own_certificate=True),
    ("proxies", "missing"): changed("reach", proxies=()),
    ("proxies", "wide"): changed("reach", proxies=("127.0.0.0/8", "10.0.0.0/8")),
    ("proxies", "everybody"): changed("reach", proxies=("10.0.0.0/8", "::/0")),
    ("gate_address", "here_only"): changed("reach", gate_here_only=True),
    ("gate_address", "private"): changed("reach", gate_private=True),
    ("contact", "none"): changed("reach", contact=False),
    ("logging", "debug"): changed("reach", debug=True),
    ("kek", "same_volume"): changed("keys", kek_on_same_volume=True),
    ("kek", "beside_data"): changed("keys", kek_on_same_volume=True, kek_beside_data=True),
    ("turn", "none"): changed("reach", turn=False),
    ("turn", "without_tls"): changed("reach", turn_over_tls=False),
    ("turn", "relays_unnamed"): changed("reach", turn_relays=False),
    ("kek", "missing"): changed("keys", kek_missing=True),
    ("kek", "vault"): changed("keys", kek_in_vault=True),
    ("kek_age", "old"): changed("key_life", kek_days=366),
    ("kek_age", "unknown"): changed("key_life", kek_days=None),
    ("badge_key", "old"): changed("key_life", badge_days=366),
    ("sealed", "off"): changed("key_life", recipients=0),
    ("sealed", "late"): changed("key_life", overdue=2),
    ("kek", "given"): changed("keys", kek_given=True, kek_on_same_volume=True),
    ("ring", "several"): changed("keys", ring=2),
    ("key_files", "missing"): changed("keys", missing=("/k/a",)),
    ("key_files", "readable"): changed("keys", readable=("/k/a", "/k/b"), missing=("/k/c",)),
    ("data_folder", "not_there"): changed("data", there=False),
    ("data_folder", "gone"): changed("data", there=False, used=True),
    ("data_folder", "open"): changed("data", private=False),
    ("data_folder", "not_writable"): changed("data", writable=False),
    ("user", "root"): changed("machine", root=True),
    ("officers", "unknown"): replace(WELL, people=None),
    ("officers", "one"): changed("people", officers=1),
    ("officers", "none"): changed("people", officers=0),
    ("second_factor", "unknown"): replace(WELL, people=None),
    ("second_factor", "missing"): changed("people", without_factor=3),
    ("passkeys", "unknown"): replace(WELL, people=None),
    ("passkeys", "missing"): changed("people", without_passkey=1),
    ("passkeys", "demo"): replace(changed("people", without_passkey=1), demo=True),
    ("enrolment", "unknown"): replace(WELL, people=None),
    ("enrolment", "pending"): changed("people", pending=2),
    ("enrolment", "lapsed"): changed("people", pending=2, lapsed=1),
    ("api_keys", "none"): changed("api_keys", live=0),
    ("api_keys", "unused"): changed("api_keys", unused=1),
    ("api_keys", "ending"): changed("api_keys", unused=1, ending=1),
    ("mail", "none"): replace(WELL, mail=MailState.NONE),
    ("mail", "shown"): replace(WELL, mail=MailState.SHOWN),
    ("sign_in_places", "none"): replace(WELL, sign_in_places=PlacesState.NONE),
    ("sign_in_places", "unreadable"): replace(WELL, sign_in_places=PlacesState.UNREADABLE),
    ("bus", "none"): replace(WELL, bus=Bus(state=BusState.NONE)),
    ("bus", "forgets"): changed("bus", state=BusState.FORGETS, eviction="allkeys-lru"),
    ("bus", "old"): changed("bus", state=BusState.OLD, version="6.0.16"),
    ("bus", "silent"): replace(WELL, bus=Bus(state=BusState.SILENT)),
    ("outbox", "late"): changed("outgoing", late=1),
    ("outbox", "dead"): changed("outgoing", late=1, dead=2),
    ("log", "not_there"): changed("record", there=False),
    ("log", "gone"): replace(
        WELL, record=replace(WELL.record, there=False), data=replace(WELL.data, used=True)
    ),
    ("log", "damaged"): changed("record", trouble="Bad: entry 3 was changed."),
    ("log", "stopped"): changed("record", trouble="the disk is full", stopped=True),
    ("checkpoint", "late"): changed("record", late_s=31),
    ("backup", "old"): changed("backups", last_days=8),
    ("backup", "never"): changed("backups", last_days=None),
    ("backup", "unreadable"): changed("backups", readable=False, last_days=None),
    ("witness", "none"): changed("witnesses", state=WitnessState.NONE),
    ("witness", "unreadable"): changed("witnesses", state=WitnessState.UNREADABLE, sentence="No policy."),
    ("witness", "lost"): changed("witnesses", state=WitnessState.LOST, named=("W1", "W2")),
    ("witness", "late"): changed("witnesses", state=WitnessState.LATE),
    ("witness", "refused"): changed("witnesses", state=WitnessState.REFUSED, named=("W1",)),
    ("collector", "none"): replace(WELL, forwarding=ForwardingState.NONE),
    ("collector", "late"): replace(WELL, forwarding=ForwardingState.LATE),
    ("collector", "unreadable"): replace(WELL, forwarding=ForwardingState.UNREADABLE),
    ("clock", "unknown"): changed("machine", clock_held=None),
    ("clock", "free"): changed("machine", clock_held=False),
    ("clock", "moved"): changed("machine", drift_ms=-60_000),
    ("clock", "past"): changed("machine", clock_past=True),
    ("disk", "little"): changed("machine", disk=Disk(path="/data", free_mib=5_119)),
    ("disk", "full"): changed("machine", disk=Disk(path="/data", free_mib=1_023)),
    ("descriptors", "few"): changed("machine", descriptors=1_024),
    ("udp_buffer", "unknown"): changed("machine", udp_buffer_kib=None),
    ("udp_buffer", "small"): changed("machine", udp_buffer_kib=208),
    ("server", "none"): replace(WELL, server=ServerState.NONE),
    ("server", "silent"): replace(WELL, server=ServerState.SILENT),
    ("gate", "down"): changed("gate", running=False),
    ("gate", "able"): changed("gate", tried=True),
    ("gate", "unable"): changed("gate", running=False, trouble="UDP port 40000 is taken."),
    ("schema", "behind"): replace(WELL, schema=Schema.BEHIND),
    ("schema", "newer"): replace(WELL, schema=Schema.NEWER),
    ("gate_load", "heavy"): changed("gate", load=0.7),
    ("python", "old"): changed("installation", python=(3, 10, 9)),
    ("packages", "apart"): changed("installation", trouble="The packages lie apart."),
    ("demo", "demo"): replace(WELL, demo=True),
}


def found_in(facts: Facts, check: str) -> Finding:
    (finding,) = [finding for finding in judge(facts) if finding.check == check]
    return finding


@pytest.mark.parametrize(("check", "state"), FOUND, ids=str)
def test_each_state_is_found_and_weighs_what_the_table_says(check: str, state: str) -> None:
    finding = found_in(FOUND[check, state], check)
    assert finding.state == state
    if check != "demo":
        assert finding.severity is CHECKS[check][state]


def test_where_all_is_well_only_what_nobody_here_can_know_is_left() -> None:
    findings = judge(WELL)
    assert {finding.check for finding in findings if finding.severity is not Severity.OK} == ALWAYS
    assert not any(finding.to_mend for finding in findings)


def test_no_state_of_the_table_is_out_of_reach() -> None:
    seen = set(FOUND) | {(finding.check, finding.state) for finding in judge(WELL)}
    assert seen == {(check, state) for check, states in CHECKS.items() for state in states}


def test_the_gravest_comes_first() -> None:
    everything = replace(
        FOUND["disk", "full"],
        people=None,
        keys=FOUND["kek", "same_volume"].keys,
        reach=FOUND["tls", "none"].reach,
    )
    places = [GRAVEST_FIRST.index(finding.severity) for finding in judge(everything)]
    assert places == sorted(places)
    assert set(places) == {0, 1, 2, 3}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_finding_has_its_words_and_every_weakness_the_way_to_mend_it(language: str) -> None:
    catalogue = WORDS[language]
    for facts in [WELL, *FOUND.values()]:
        for finding in judge(facts):
            shown = worded(finding, catalogue)
            assert "{" not in shown.title + shown.now + (shown.mend or ""), shown
            assert (shown.mend is None) == (CHECKS[finding.check][finding.state] is Severity.OK), shown


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_to_be_typed_exists(language: str) -> None:
    """Between backticks: commands of ours, settings of ours, and little else."""
    settings = {setting.name for setting in all_settings()}
    quoted = {
        part
        for key, text in WORDS[language].texts.items()
        if key.startswith("check.")
        for part in text.split("`")[1::2]
    }
    commands = {part for part in quoted if part.startswith("tachiai ")}
    assert len(commands) > 8
    for typed in commands:
        words = [word for word in typed.split()[1:] if word.islower()]
        assert CliRunner().invoke(tachiai, [*words, "--help"]).exit_code == 0, typed
    dotted = {part for part in quoted if re.fullmatch(r"(http|tls|keys|gate|log|backup)\.[a-z_]+", part)}
    assert len(dotted) > 8
    assert dotted <= settings
    assert all(
        text.count("`") % 2 == 0 for key, text in WORDS[language].texts.items() if key.startswith("check.")
    )


def test_no_text_of_a_finding_is_left_over() -> None:
    wanted = {f"check.{check}.title" for check in CHECKS}
    for check, states in CHECKS.items():
        wanted |= {f"check.{check}.{state}" for state in states}
        wanted |= {
            f"check.{check}.{state}.mend" for state, grave in states.items() if grave is not Severity.OK
        }
    assert {key for key in WORDS["en"].texts if key.startswith("check.")} == wanted


def test_a_demo_is_told_as_advice_what_protects_nobody_in_it_but_never_that_its_log_or_clock_is_well() -> (
    None
):
    for (check, state), facts in FOUND.items():
        severity = found_in(replace(facts, demo=True), check).severity
        lenient = check in IN_EARNEST_ONLY and state not in {"moved", "past", "not_writable"}
        grave = CHECKS[check][state] in {Severity.WEAK, Severity.DANGER}
        if check != "demo":
            assert severity is (Severity.ADVICE if lenient and grave else CHECKS[check][state]), (
                check,
                state,
            )


def test_a_page_does_not_carry_the_words_of_the_checklist() -> None:
    assert "check.tls" not in WORDS["en"].as_json()
    assert "checklist.title" in WORDS["en"].as_json()
