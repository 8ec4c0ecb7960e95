"""Alarms held against labels: what was found, how late, at what price in false alerts and exposed customers."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.bench.floors.events import Label, Line

DAY_MS: Final = 24 * 3_600_000
WEEK_MS: Final = 7 * DAY_MS
REFRACTORY_MS: Final = 5 * DAY_MS
RESAMPLES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Alarm:
    at_ms: int
    agent: str
    detector: str
    score: float
    action: str


@dataclass
class Tally:
    """Of one way of finding them, over any number of floors. `found` has, for each insider of a scenario, the days
    until the first alarm, or None; `exposed` the customers seen before the first block, for each insider; `false` the
    false alerts of each innocent agent, `weeks` the weeks they worked, `teams` the same by team; `of` all false alerts
    by detector, those about no agent included."""

    found: dict[str, list[float | None]] = field(default_factory=lambda: defaultdict(list))
    exposed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    false: list[int] = field(default_factory=list)
    weeks: list[float] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    of: Counter[str] = field(default_factory=Counter)

    def recall(self, scenario: str) -> float:
        found = self.found[scenario]
        return sum(one is not None for one in found) / len(found)

    def recall_between(self, scenario: str) -> tuple[float, float]:
        """95 % by bootstrap over the insiders."""
        return _between([float(one is not None) for one in self.found[scenario]])

    def delay_days(self, scenario: str) -> float:
        """The median of those found; NaN where none was."""
        days = sorted(one for one in self.found[scenario] if one is not None)
        return days[len(days) // 2] if days else float("nan")

    def false_a_week(self) -> float:
        return sum(self.of.values()) / max(1e-9, sum(self.weeks))

    def parity(self) -> tuple[float, float]:
        """False alerts per agent-week of the team that has fewest, and of the one that has most."""
        alerts: dict[str, float] = defaultdict(float)
        weeks: dict[str, float] = defaultdict(float)
        for team, one, lasting in zip(self.teams, self.false, self.weeks, strict=True):
            alerts[team] += one
            weeks[team] += lasting
        rates = [alerts[team] / weeks[team] for team in weeks if weeks[team]]
        return (min(rates), max(rates)) if rates else (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a floor's lines say of an agent."""

    team: str
    first_ms: int
    last_ms: int


def seen_of(lines: Iterable[Line]) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    for line in lines:
        if line.event == "roster:shift" or not line.agent:
            continue
        before = seen.get(line.agent)
        seen[line.agent] = Seen(line.team, before.first_ms if before else line.at_ms, line.at_ms)
    return seen


def judge(
    tally: Tally, alarms: Sequence[Alarm], labels: Sequence[Label], seen: Mapping[str, Seen], since_ms: int
) -> None:
    """Adds one floor. An alert within the label's time finds its insider; any other, of anybody, is false, except what
    comes after an insider's time. Of the first weeks, until `since_ms`, nothing counts."""
    insiders = {label.agent: label for label in labels}
    by_agent: dict[str, list[Alarm]] = defaultdict(list)
    for alarm in alarms:
        if alarm.at_ms >= since_ms:
            by_agent[alarm.agent].append(alarm)
    for label in labels:
        at = [one.at_ms for one in by_agent.get(label.agent, ()) if _is_of(one, label)]
        tally.found[label.scenario].append((min(at) - label.from_ms) / DAY_MS if at else None)
    for agent, known in seen.items():
        until = insiders[agent].from_ms if agent in insiders else known.last_ms
        first = max(since_ms, known.first_ms)
        if until <= first:
            continue
        false = _apart([one for one in by_agent.get(agent, ()) if one.at_ms < until])
        tally.of += false
        tally.false.append(false.total())
        tally.weeks.append((until - first) / WEEK_MS)
        tally.teams.append(known.team)
    others = [label for label in labels if label.agent not in seen]
    for target, about in by_agent.items():
        if target not in seen:
            tally.of += _apart([one for one in about if not _is_known(one, others)])


def _is_of(alarm: Alarm, label: Label) -> bool:
    return label.from_ms <= alarm.at_ms < label.to_ms


def _is_known(alarm: Alarm, others: Sequence[Label]) -> bool:
    """An alarm that names nobody, as many sources did it, is about any attack by strangers of that time."""
    return any(_is_of(alarm, label) and alarm.agent in {"", label.agent} for label in others)


def expose(tally: Tally, alarms: Sequence[Alarm], labels: Sequence[Label], lines: Iterable[Line]) -> None:
    """Adds the customers that each insider saw without a case, from their first day to the first block."""
    insiders = {label.agent: label for label in labels}
    blocked: dict[str, int] = {}
    for alarm in alarms:
        label = insiders.get(alarm.agent)
        if label and alarm.action == "block" and label.from_ms <= alarm.at_ms < label.to_ms:
            blocked.setdefault(alarm.agent, alarm.at_ms)
    customers: dict[str, set[str]] = {label.agent: set() for label in labels}
    for line in lines:
        label = insiders.get(line.agent)
        if label is None or line.customer is None or line.outcome != "done":
            continue
        until = blocked.get(line.agent, label.to_ms)
        if line.case is None and label.from_ms <= line.at_ms <= until:
            customers[line.agent].add(line.customer)
    for label in labels:
        tally.exposed[label.scenario].append(len(customers[label.agent]))


def _apart(alarms: Sequence[Alarm]) -> Counter[str]:
    """How many an officer has to look at, by detector: one of each in five days."""
    last: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for alarm in alarms:
        before = last.get(alarm.detector)
        if before is None or alarm.at_ms - before >= REFRACTORY_MS:
            last[alarm.detector] = alarm.at_ms
            counts[alarm.detector] += 1
    return counts


def _between(values: Sequence[float]) -> tuple[float, float]:
    dice = random.Random(len(values))  # noqa: S311  # no secret: which insiders are drawn again
    means = sorted(sum(dice.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    return means[RESAMPLES // 40], means[-RESAMPLES // 40]
