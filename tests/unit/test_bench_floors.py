"""The yardstick for detectors is itself right: lines are read strictly, an alert counts once, and where it belongs."""

from pathlib import Path

import msgspec
import pytest

from audit.detectors.registry import all_detectors
from audit.event import EventName, Outcome
from tests.bench.floors import ours
from tests.bench.floors.events import Entries, Label, Line, LineInvalid, read, read_labels
from tests.bench.floors.judging import DAY_MS, REFRACTORY_MS, Alarm, Tally, expose, judge, seen_of

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
    overridden = EventName.AGENT_CASE_OVERRIDDEN
    assert made == [
        [viewed],
        [(overridden, Outcome.INTENT), (overridden, Outcome.DONE), viewed],
        [(EventName.AGENT_CASE_REFUSED, Outcome.REFUSED)],
        [opened, viewed],
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
    measured = {one.name for one in ours.scaled(1.0)}
    assert measured | {ours.OVERRIDES} == {one.name for one in all_detectors()}
    lines = [look("a", n * 1_000, f"c{n}", None, override=True) for n in range(40)]
    found = [alarm for alarm in ours.alarms(lines, 1.0) if alarm.action == "block"]
    assert found[0].agent == "a"
    assert found[0].at_ms <= 15_000
