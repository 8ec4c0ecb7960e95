"""`./run bench detectors [--json] [--events FILE.jsonl --labels FILE.json]`: what the detectors find, at what price.

Without files: made-up floors (`floor.toml`), in three kinds by the benign share of looks without a case. For each way
of finding insiders, ours and three baselines, the thresholds that keep to a budget of false alerts per agent-week are
chosen on floors of their own (TUNING seeds) and judged on others (REPORT seeds); ours are all scaled alike, and also
judged as they are shipped (`budget=shipped`). The first two weeks of a floor are learned from and not judged.

With files: the detectors as shipped; each alarm is printed as a line, then the rows. The baselines' thresholds are then
chosen with the labels known, to keep to the budget on that very file: better than anybody could.
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec

from tests.bench import table
from tests.bench.floors import baselines, ours
from tests.bench.floors.events import Label, Line, LineInvalid, read, read_labels
from tests.bench.floors.judging import WEEK_MS, Alarm, Seen, Tally, expose, judge, seen_of
from tests.bench.floors.simulator import SCENARIOS, floor
from tests.bench.floors.strangers import SCENARIOS as STRANGERS

TUNING: Final = (101, 102)
REPORT: Final = (201, 202, 203)
BENIGN: Final = (0.02, 0.1, 0.2)
BUDGETS: Final = (0.01, 0.02, 0.05)
SCALES: Final = (0.6, 0.8, 1.0, 1.25, 1.6, 2.0, 2.8)
SHIPPED: Final = 1.0
STRICTNESS: Final = 200  # thresholds tried of a baseline
AMONG: Final = 1_000  # agents, one insider a quarter: for precision


@dataclass(frozen=True, slots=True)
class Judged:
    """A floor, with what each way says of it. `days` are a baseline's, `scored` its scores of them."""

    labels: list[Label]
    seen: dict[str, Seen]
    since_ms: int
    ours: dict[float, list[Alarm]]
    days: list[baselines.Day]
    scored: dict[str, list[float]]
    exposed: dict[str, list[int]]


def main(*, json: bool, options: Sequence[str] = ()) -> int:
    given = dict(zip(options[::2], options[1::2], strict=False))
    if len(options) % 2 or given.keys() - {"--events", "--labels"} or len(given) == 1:
        sys.stderr.write("Use: ./run bench detectors [--json] [--events FILE.jsonl --labels FILE.json]\n")
        return 2
    try:
        if given:
            _of_files(Path(given["--events"]), Path(given["--labels"]), as_json=json)
        else:
            _of_floors(as_json=json)
    except (LineInvalid, OSError, baselines.PeerMissing) as error:
        sys.stderr.write(f"Nothing was judged: {error}\n")
        return 1
    return 0


def _of_files(events: Path, labelled: Path, *, as_json: bool) -> None:
    lines, labels = list(read(events)), read_labels(labelled)
    judged = _judged(lines, labels, (SHIPPED,))
    for alarm in judged.ours[SHIPPED]:
        sys.stdout.write(json.dumps(asdict(alarm)) + "\n")
    own = _tally([judged], lambda one: one.ours[SHIPPED])
    own.exposed.update(judged.exposed)
    others = {name: _tally([judged], _by(name, _strict(name, [judged], 0.02))) for name in baselines.NAMES}
    scenarios = sorted({label.scenario for label in labels})
    at: dict[str, float | str] = {"benign": "file", "budget": "shipped"}
    rows = _rows(at, own, others, scenarios)
    table.show([*rows, *_exposed({"benign": "file"}, own, scenarios), _cost(lines)], as_json=as_json)


def _of_floors(*, as_json: bool) -> None:
    with ProcessPoolExecutor(2) as pool:
        for benign in BENIGN:
            tuning = list(pool.map(_made, [(seed, benign, SCALES) for seed in TUNING]))
            scales = {budget: _scale(tuning, budget) for budget in BUDGETS}
            wanted = tuple(sorted({SHIPPED, *scales.values()}))
            floors = list(pool.map(_made, [(seed, benign, wanted) for seed in REPORT]))
            for budget, scale in scales.items():
                own = _tally(floors, _scaled(scale))
                others = {
                    name: _tally(floors, _by(name, _strict(name, tuning, budget))) for name in baselines.NAMES
                }
                at: dict[str, float | str] = {"benign": benign, "budget": budget, "scale": scale}
                table.show(_rows(at, own, others, SCENARIOS), as_json=as_json)
            shipped = _tally(floors, _scaled(SHIPPED))
            for one in floors:
                for scenario, counts in one.exposed.items():
                    shipped.exposed[scenario] += counts
            table.show(
                [
                    *_rows({"benign": benign, "budget": "shipped"}, shipped, {}, SCENARIOS),
                    *_exposed({"benign": benign}, shipped, SCENARIOS),
                ],
                as_json=as_json,
            )
    table.show([_cost(floor(REPORT[0], BENIGN[0]).lines)], as_json=as_json)


def _made(asked: tuple[int, float, tuple[float, ...]]) -> Judged:
    seed, benign, scales = asked
    made = floor(seed, benign)
    return _judged(made.lines, made.labels, scales)


def _judged(lines: list[Line], labels: list[Label], scales: Iterable[float]) -> Judged:
    own = ours.alarms(lines, tuple(scales))
    days = baselines.days(lines)
    since = next((line.at_ms for line in lines if line.event != "roster:shift"), 0) + 2 * WEEK_MS
    seen = Tally()
    if SHIPPED in own:
        expose(seen, own[SHIPPED], labels, lines)
    scored = {name: baselines.scores(name, days) for name in baselines.NAMES}
    return Judged(labels, seen_of(lines), since, own, days, scored, dict(seen.exposed))


def _tally(floors: Iterable[Judged], alarms: Callable[[Judged], Sequence[Alarm]]) -> Tally:
    tally = Tally()
    for one in floors:
        judge(tally, alarms(one), one.labels, one.seen, one.since_ms)
    return tally


def _scaled(scale: float) -> Callable[[Judged], Sequence[Alarm]]:
    return lambda one: one.ours[scale]


def _by(name: str, threshold: float) -> Callable[[Judged], Sequence[Alarm]]:
    return lambda one: baselines.alarms(name, one.days, one.scored[name], threshold)


def _scale(tuning: Sequence[Judged], budget: float) -> float:
    """The smallest that keeps to it; the greatest where none does, which the row of false alerts then shows."""
    for scale in SCALES:
        if _tally(tuning, _scaled(scale)).false_a_week() <= budget:
            return scale
    return SCALES[-1]


def _strict(name: str, tuning: Sequence[Judged], budget: float) -> float:
    """The smallest threshold of the ones tried that keeps to it."""
    every = sorted((score for one in tuning for score in one.scored[name]), reverse=True)
    tried = sorted({every[len(every) * n**2 // STRICTNESS**2 // 4] for n in range(STRICTNESS)}, reverse=True)
    kept = tried[0]
    for threshold in tried:
        if _tally(tuning, _by(name, threshold)).false_a_week() > budget:
            break
        kept = threshold
    return kept


def _rows(
    at: dict[str, float | str], own: Tally, others: dict[str, Tally], scenarios: Sequence[str]
) -> Iterable[table.Row]:
    false = own.false_a_week()
    against = {name: tally.false_a_week() for name, tally in others.items()}
    yield table.row("detectors.false", at, "alerts/agent-week", false, against)
    for detector, count in own.of.most_common():
        each = count / max(1e-9, sum(own.weeks))
        yield table.row("detectors.false.of", {**at, "detector": detector}, "alerts/agent-week", each, {})
    least, most = own.parity()
    yield table.row("detectors.parity", {**at, "team": "fewest"}, "alerts/agent-week", least, {})
    yield table.row("detectors.parity", {**at, "team": "most"}, "alerts/agent-week", most, {})
    recalls = {}
    for scenario in scenarios:
        here = {**at, "scenario": scenario}
        recalls[scenario] = own.recall(scenario)
        against = {name: tally.recall(scenario) for name, tally in others.items()}
        yield table.row("detectors.recall", here, "of 1", recalls[scenario], against)
        low, high = own.recall_between(scenario)
        yield table.row("detectors.recall.low", here, "of 1", low, {})
        yield table.row("detectors.recall.high", here, "of 1", high, {})
        against = {
            name: tally.delay_days(scenario) for name, tally in others.items() if tally.recall(scenario)
        }
        if recalls[scenario]:
            yield table.row("detectors.delay", here, "days, median", own.delay_days(scenario), against)
    within = [one for scenario, one in recalls.items() if scenario not in STRANGERS]
    found = sum(within) / max(1, len(within))
    precision = found / max(1e-9, found + false * 13 * (AMONG - 1))
    yield table.row(
        "detectors.precision", {**at, "insiders": f"1 in {AMONG} a quarter"}, "of 1", precision, {}
    )


def _exposed(at: dict[str, float | str], own: Tally, scenarios: Sequence[str]) -> Iterable[table.Row]:
    for scenario in [one for one in scenarios if one not in STRANGERS]:
        counts = sorted(own.exposed.get(scenario, []))
        if counts:
            here = {**at, "scenario": scenario}
            yield table.row(
                "detectors.exposed", {**here, "of": "median"}, "customers", counts[len(counts) // 2], {}
            )
            yield table.row("detectors.exposed", {**here, "of": "most"}, "customers", counts[-1], {})


def _cost(lines: list[Line]) -> table.Row:
    return table.row("detectors.cost", {"events": len(lines)}, "us/entry", ours.microseconds(lines), {})


def write(made_lines: Iterable[Line], path: Path) -> None:
    """Lines as a file that `--events` takes."""
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in made_lines))
