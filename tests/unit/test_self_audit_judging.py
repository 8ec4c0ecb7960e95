"""The law of the self-audit: each state can be found, and has words in every language."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit.event import Actor, ActorKind, EventName, Outcome
from audit.self_audit.judging import Finding, judge
from audit.self_audit.period import DAY_MS, Period
from audit.self_audit.report import NEVER_CHECKED, encode, make_report
from audit.self_audit.surroundings import KeyAge, Surroundings, Verified, Weakness
from audit.self_audit.table import CHECKS, GRAVEST_FIRST, Severity
from audit.self_audit.tally import TAKEN_OUT, Tally
from server.http.catalogues import read_folder
from tests.unit.self_audit_cases import NOW, QUIET, WELL, E, account, event, sign_in, tallied

WORDS = read_folder(Path(__file__).resolve().parents[2] / "web_client" / "locales")
OPERATOR = Actor(ActorKind.OPERATOR, "host:root")


def state_of(check: str, tally: Tally, around: Surroundings = WELL) -> str:
    return next(one.state for one in judge(tally, around) if one.check == check)


def test_where_all_is_well_nothing_is_to_be_mended() -> None:
    found = judge(tallied(*QUIET), WELL)
    assert [one for one in found if one.severity is not Severity.OK] == []
    assert {one.check for one in found} == set(CHECKS)


SPOILT = [
    ("intents", "dangling", event(E.OPERATOR_BACKUP_MADE, Outcome.INTENT, ago_ms=60_001)),
    ("sessions", "open", event(E.AGENT_SESSION_OPENED, ago_ms=DAY_MS + 1, session="ses-2")),
    ("unknown_outcomes", "some", event(E.SYSTEM_OUTCOME_UNKNOWN, Outcome.UNKNOWN)),
    ("log_failures", "some", event(E.SYSTEM_LOG_FAILED, Outcome.FAILED)),
    ("losses", "declared", event(E.OPERATOR_LOSS_DECLARED)),
    ("seal_restarts", "some", event(E.SYSTEM_SEALS_STARTED, facts={"epoch": 3})),
    ("witness_gaps", "some", event(E.SYSTEM_WITNESS_LOST)),
    ("witness_gaps", "refused", event(E.SYSTEM_WITNESS_REFUSED)),
    ("forwarding_gaps", "some", event(E.SYSTEM_FORWARDING_LATE)),
    ("recoveries", "some", event(E.OPERATOR_OFFICER_RECOVERED)),
    ("flags", "some", event(E.SYSTEM_FLAG_RAISED, facts={"detector": "many_cases"})),
    ("reading", "closed", None),
    *(("taken_out", "some", event(name, actor=OPERATOR)) for name in sorted(TAKEN_OUT)),
]


@pytest.mark.parametrize(("check", "state", "entry"), SPOILT)
def test_what_an_entry_tells_is_found(check: str, state: str, entry: object) -> None:
    assert state_of(check, tallied(*QUIET)) != state
    assert state_of(check, tallied(*QUIET, entry)) == state  # type: ignore[arg-type]


OLD = NOW - 367 * DAY_MS
AROUND = [
    ("verification", "failed", {"verified": Verified(exit_code=10, sentence="Bad.", size=0, root="")}),
    ("reading", "broken", {"unread": "entry 3 cannot be read", "unread_from": 3}),
    ("accounts", "unknown", {"accounts": None}),
    ("without_factor", "some", {"accounts": (account("sta-1", factor=False),)}),
    ("never_signed_in", "some", {"accounts": (account("sta-9"),)}),
    ("disabled", "some", {"accounts": (account("sta-1", state="disabled"),)}),
    ("api_key_age", "none", {"api_keys": ()}),
    ("api_key_age", "unknown", {"api_keys": None}),
    ("api_key_age", "old", {"api_keys": (KeyAge(id="key-1", created_at_ms=OLD, expires_at_ms=NOW),)}),
]


@pytest.mark.parametrize(("check", "state", "changed"), AROUND)
def test_what_the_surroundings_tell_is_found(check: str, state: str, changed: dict[str, object]) -> None:
    assert state_of(check, tallied(*QUIET), replace(WELL, **changed)) == state  # type: ignore[arg-type]


def test_the_signing_key_ages_from_the_first_entry() -> None:
    first = event(E.SYSTEM_SERVER_STARTED, ago_ms=1_100 * DAY_MS)
    assert state_of("signing_key_age", tallied(first)) == "old"
    assert state_of("signing_key_age", tallied()) == "unknown"


def test_an_intent_is_closed_by_any_outcome_that_names_it_and_young_ones_are_let_be() -> None:
    begun = event(E.OPERATOR_BACKUP_MADE, Outcome.INTENT)
    for outcome in (Outcome.DONE, Outcome.FAILED):
        assert (
            state_of("intents", tallied(begun, event(E.OPERATOR_BACKUP_MADE, outcome, intent=0))) == "closed"
        )
    closed = event(E.SYSTEM_OUTCOME_UNKNOWN, Outcome.UNKNOWN, intent=0)
    assert state_of("intents", tallied(begun, closed)) == "closed"
    assert state_of("intents", tallied(begun, replace(closed, intent=5))) == "dangling"
    young = event(E.OPERATOR_BACKUP_MADE, Outcome.INTENT, ago_ms=60_000)
    assert state_of("intents", tallied(young)) == "closed"


def every_state() -> set[tuple[str, str]]:
    return {(check, state) for check, states in CHECKS.items() for state in states}


def test_every_state_of_the_table_is_reached_here() -> None:
    reached = {(one.check, one.state) for one in judge(tallied(*QUIET), WELL)}
    reached |= {(check, state) for check, state, _ in SPOILT} | {(check, state) for check, state, _ in AROUND}
    reached |= {(check, state) for check in ("signing_key_age",) for state in ("old", "unknown")}
    assert reached == every_state()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_state_has_its_words_and_what_is_to_be_mended_says_how(language: str) -> None:
    texts = WORDS[language].texts
    for check, state in every_state():
        assert f"report.{check}.title" in texts
        assert f"report.{check}.{state}" in texts, (check, state)
        if Finding(check, state).to_mend:
            assert f"report.{check}.{state}.mend" in texts, (check, state)
    for name in (*NEVER_CHECKED, "reading", "accounts", "api_keys", "checklist", "unread_before"):
        assert f"report.unchecked.{name}" in texts


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_placeholder_stays_empty(language: str) -> None:
    cases = [judge(tallied(*QUIET, entry), WELL) for _, _, entry in SPOILT]
    cases += [judge(tallied(*QUIET), replace(WELL, **changed)) for _, _, changed in AROUND]  # type: ignore[arg-type]
    for one in [one for found in cases for one in found]:
        text = WORDS[language].text(f"report.{one.check}.{one.state}", **one.values)
        assert "{" not in text, text


def test_the_gravest_stand_first() -> None:
    spoilt = replace(WELL, verified=replace(WELL.verified, exit_code=11), accounts=(account("sta-9"),))
    gravities = [GRAVEST_FIRST.index(one.severity) for one in judge(tallied(*QUIET), spoilt)]
    assert gravities == sorted(gravities)


def test_the_exit_code_is_the_verifiers_or_one_if_something_is_to_be_mended() -> None:
    def code(around: Surroundings) -> int:
        return make_report(tallied(*QUIET), around, organisation="", version="1", entry=6).exit_code

    weak = Weakness(check="backup", state="old", severity=Severity.WEAK, values={"days": 9})
    assert code(WELL) == 0
    assert code(replace(WELL, weaknesses=(replace(weak, severity=Severity.ADVICE),))) == 0
    assert code(replace(WELL, weaknesses=(weak,))) == 1
    assert code(replace(WELL, weaknesses=(weak,), verified=replace(WELL.verified, exit_code=13))) == 13


events = some.builds(
    lambda name, outcome, ago, intent, session: event(
        name, outcome, ago_ms=ago, intent=intent, session=session
    ),
    some.sampled_from(EventName),
    some.sampled_from(Outcome),
    some.integers(0, 9 * DAY_MS),
    some.none() | some.integers(0, 20),
    some.none() | some.sampled_from(["ses-1", "ses-2"]),
)


@given(some.lists(some.none() | events, max_size=20))
def test_any_log_gives_a_report_and_the_same_one_each_time(log: list[object]) -> None:
    def made() -> bytes:
        tally = tallied(*log)  # type: ignore[arg-type]
        return encode(make_report(tally, WELL, organisation="O", version="1", entry=len(log)))

    assert made() == made()


@given(some.lists(events, max_size=20), some.lists(events, max_size=5))
def test_what_comes_after_the_period_changes_nothing_of_it(log: list[object], later: list[object]) -> None:
    ended = Period(NOW - 7 * DAY_MS, NOW - DAY_MS)
    beyond = [replace(one, at_ms=NOW) for one in later]  # type: ignore[type-var]
    short, long = tallied(*log, period=ended), tallied(*log, *beyond, period=ended)  # type: ignore[arg-type]
    assert judge(short, WELL) == judge(long, WELL)
    assert short.counts == long.counts


def test_figures_are_those_of_the_period_and_what_is_open_is_from_before_too() -> None:
    before = event(E.AGENT_SESSION_OPENED, ago_ms=9 * DAY_MS, session="ses-9")
    report = make_report(
        tallied(before, *QUIET[1:3], sign_in("sta-1")), WELL, organisation="", version="1", entry=4
    )
    assert (report.entries, report.figures.entries) == (4, 3)
    assert [one.index for one in report.figures.open_sessions] == [0]
    assert sum(line.sessions for line in report.figures.days) == 0
    assert [line.entries for line in report.figures.days if line.entries] == [3]
