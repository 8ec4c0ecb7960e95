"""The yardstick for detectors is itself right: lines are read strictly, an alert counts once, and where it belongs."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from audit.detectors.registry import all_detectors
from audit.event import EventName, Outcome
from tests.bench.floors import ours
from tests.bench.floors.events import Entries, Label, Line, LineInvalid, read, read_labels
from tests.bench.floors.judging import DAY_MS, REFRACTORY_MS, Alarm, Tally, expose, judge, seen_of
from tests.bench.floors.simulator import SCENARIOS, floor, parameters
from tests.bench.floors.staff import LASTING_DAYS

WEEK_MS = 7 * DAY_MS


def look(agent: str, at_ms: int, customer: str = "c1", case: str | None = "k1", **more: object) -> Line:
    return msgspec.convert(
        {
            "event": "agent:case:viewed",
            "agent": agent,
            "at_ms": at_ms,
            "team": "t1",
            "customer": customer,
            "case": case,
            **more,
        },
        Line,
    )


def test_a_line_becomes_what_stands_in_the_log() -> None:
    entries = Entries()
    lines = [
        look("a", 1),
        look("a", 2, case=None, override=True),
        look("a", 3, case=None, outcome="refused"),
        look("a", 4, case="k2", case_origin="agent"),
        look("a", 5, case="k2", case_origin="agent"),
        Line("no:such:event", "a", 6),
    ]
    made = [[(one.event.name, one.event.outcome) for one in entries.of(line) if one.event] for line in lines]
    viewed, opened = (EventName.AGENT_CASE_VIEWED, Outcome.DONE), (EventName.AGENT_CASE_OPENED, Outcome.DONE)
    asked, signed_in = (
        (EventName.AGENT_CASE_OPENED, Outcome.INTENT),
        (EventName.AGENT_LOGIN_STARTED, Outcome.DONE),
    )
    overridden = EventName.AGENT_CASE_OVERRIDDEN
    assert made == [
        [signed_in, viewed],
        [(overridden, Outcome.INTENT), (overridden, Outcome.DONE), viewed],
        [(EventName.AGENT_CASE_REFUSED, Outcome.REFUSED)],
        [asked, opened, viewed],
        [viewed],
        [],
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"{}\n", "line 1"),
        (b'{"event":"agent:case:viewed","agent":7}\n', "line 1"),
        (b"\xff\n", "line 1"),
        (
            b'{"event":"x","agent":"a","at_ms":5}\n{"event":"x","agent":"a","at_ms":4}\n',
            "line 2: at_ms is before",
        ),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, text: bytes, what: str) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(text)
    with pytest.raises(LineInvalid, match=what):
        list(read(file))
    with pytest.raises(LineInvalid, match=r"events\.jsonl"):
        read_labels(file)


def test_alerts_are_counted_once_in_five_days_and_only_those_of_innocent_time_are_false() -> None:
    lines = [look(agent, at) for at in (0, 10 * WEEK_MS) for agent in ("bad", "good")]
    labels = [Label("bad", "slow5", 4 * WEEK_MS, 6 * WEEK_MS), Label("sly", "slow5", 0, WEEK_MS)]
    times = {
        "bad": [3 * WEEK_MS, 5 * WEEK_MS, 7 * WEEK_MS],
        "good": [WEEK_MS, 2 * WEEK_MS, 2 * WEEK_MS + REFRACTORY_MS - 1, 2 * WEEK_MS + REFRACTORY_MS],
    }
    alarms = [Alarm(at, agent, "x", 1.0, "flag") for agent, each in times.items() for at in each]
    tally = Tally()
    judge(tally, alarms, labels, seen_of(lines), 2 * WEEK_MS)
    assert tally.found == {"slow5": [7.0, None]}
    assert tally.recall("slow5") == 0.5
    assert dict(zip(tally.weeks, tally.false, strict=True)) == {2.0: 1, 8.0: 2}
    assert tally.false_a_week() == 0.3


def test_exposed_are_the_customers_seen_without_a_case_until_the_block() -> None:
    lines = [look("bad", at, f"c{at}", None, override=True) for at in range(10)]
    lines.insert(3, look("bad", 2, "linked"))
    tally = Tally()
    expose(tally, [Alarm(6, "bad", "burst", 1.0, "block")], [Label("bad", "burst80", 2, 9)], lines)
    assert tally.exposed == {"burst80": [5]}


def test_the_detectors_that_are_measured_are_those_that_run() -> None:
    measured = {one.name for one in [*ours.certain(), *ours.scaled(1.0)]}
    assert measured | {ours.OVERRIDES} == {one.name for one in all_detectors()}
    lines = [look("a", n * 1_000, f"c{n}", None, override=True) for n in range(40)]
    found = [alarm for alarm in ours.alarms(lines, (1.0,))[1.0] if alarm.action == "block"]
    assert found[0].agent == "a"
    assert found[0].at_ms <= 15_000


def test_what_no_agent_did_is_found_under_its_own_name_and_is_false_elsewhere() -> None:
    lines = [look("good", at) for at in (0, 10 * WEEK_MS)]
    labels = [
        Label("src", "spray", 4 * WEEK_MS, 5 * WEEK_MS),
        Label("", "spray_many", 6 * WEEK_MS, 7 * WEEK_MS),
    ]
    at = [("src", 4), ("", 4), ("", 6), ("other", 4), ("src", 8), ("", 8)]
    alarms = [Alarm(week * WEEK_MS, target, "spraying", 5.0, "flag") for target, week in at]
    tally = Tally()
    judge(tally, alarms, labels, seen_of(lines), 2 * WEEK_MS)
    assert (tally.recall("spray"), tally.recall("spray_many")) == (1.0, 1.0)
    assert tally.of == {"spraying": 3}
    assert tally.false == [0]


def test_every_scenario_of_a_floor_is_labelled_and_its_lines_are_in_order() -> None:
    small = parameters()
    small["floor"] |= {"agents": 60, "teams": 4, "weeks": 9}
    small["insiders"] |= {"of_each": 1, "fewer": 1, "strangers": 1}
    made = floor(7, 0.02, small)
    assert {label.scenario for label in made.labels} == set(SCENARIOS)
    assert all(one.at_ms <= other.at_ms for one, other in pairwise(made.lines))
    assert made.lines == floor(7, 0.02, small).lines
    acting = {line.agent for line in made.lines}
    assert {label.agent for label in made.labels if label.scenario in LASTING_DAYS} <= acting


def test_what_only_a_server_knows_is_added_to_a_sign_in() -> None:
    entries = Entries()
    lines = [
        Line("agent:login:started", "a", 1, "t1", source="office", device="Firefox", place=(35.4, 139.6)),
        Line("agent:session:opened", "a", 2, "t1", customer="c1", case="k1", session="s1"),
        Line("agent:login:started", "a", 3, "t1", source="elsewhere", device="Chrome"),
    ]
    first, _, second = [one.event.facts for line in lines for one in entries.of(line) if one.event]
    assert first == {"team": "t1", "latitude": 35, "longitude": 140}
    assert second == {"team": "t1", "beside": 1, "in_session": True, "other_browser": True}


def test_one_guess_at_many_accounts_is_noticed_as_the_server_notices_it() -> None:
    entries = Entries()
    refused = [
        Line("customer:code:refused", "", n, customer=f"c{n}", outcome="refused", source="x")
        for n in range(5)
    ]
    names = [one.event.name for line in refused for one in entries.of(line) if one.event]
    assert names == [EventName.CUSTOMER_CODE_REFUSED] * 5 + [EventName.SYSTEM_SPRAYING_NOTICED]
