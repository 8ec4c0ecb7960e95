"""What a security team might do without us, judged once a day: z-score, a fixed cap, an isolation forest.

All three are given the same three numbers of an agent's day: distinct customers, distinct customers without a case, and
distinct customers through cases that the agent opened. A fixed cap counts customers alone, as such caps do.
"""

import json
import math
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.floors.events import Line
from tests.bench.floors.judging import DAY_MS, Alarm

ROOT: Final = Path(__file__).resolve().parents[3]
PLACE: Final = ROOT / ".cache" / "bench" / "forest"
PACKAGE: Final = "scikit-learn==1.7.2"
LEARNS_DAYS: Final = 28
LEAST_DAYS: Final = 5
NAMES: Final = ("z-score", "fixed cap", "isolation forest")


class PeerMissing(Exception):
    """Says what could not be installed."""


@dataclass(frozen=True, slots=True)
class Day:
    agent: str
    end_ms: int
    counts: tuple[int, int, int]


def days(lines: Iterable[Line]) -> list[Day]:
    """In the order of time. A day is one of UTC plus eight hours, so that no shift of the night is cut."""
    seen: dict[tuple[int, str], tuple[set[str], set[str], set[str]]] = defaultdict(
        lambda: (set(), set(), set())
    )
    for number, line in enumerate(lines):
        if line.event != "agent:case:viewed":
            continue
        each, unlinked, own = seen[(line.at_ms - 8 * 3_600_000) // DAY_MS, line.agent]
        customer = line.customer or f"line {number}"
        each.add(customer)
        if line.case is None:
            unlinked.add(customer)
        elif line.case_origin == "agent":
            own.add(customer)
    return [
        Day(agent, (number + 1) * DAY_MS + 8 * 3_600_000 - 1, (len(sets[0]), len(sets[1]), len(sets[2])))
        for (number, agent), sets in sorted(seen.items())
    ]


def scores(name: str, floor: Sequence[Day]) -> list[float]:
    """For each day; the greater the more suspicious. NaN never. Raises PeerMissing."""
    if name == "z-score":
        return _z_scores(floor)
    if name == "fixed cap":
        return [float(day.counts[0]) for day in floor]
    return _forest(floor)


def alarms(name: str, floor: Sequence[Day], scored: Sequence[float], threshold: float) -> list[Alarm]:
    return [
        Alarm(day.end_ms, day.agent, name, score, "flag")
        for day, score in zip(floor, scored, strict=True)
        if score >= threshold
    ]


def _z_scores(floor: Sequence[Day]) -> list[float]:
    """The greatest of the three against the agent's own days before; 0 until there are five."""
    past: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    found = []
    for day in floor:
        before = past[day.agent]
        found.append(
            max(_z([one[n] for one in before], day.counts[n]) for n in range(3))
            if len(before) >= LEAST_DAYS
            else 0.0
        )
        before.append(day.counts)
    return found


def _z(before: Sequence[int], now: int) -> float:
    mean = sum(before) / len(before)
    spread = math.sqrt(sum((one - mean) ** 2 for one in before) / (len(before) - 1))
    return (now - mean) / max(1.0, spread)


_SCRIPT: Final = """
import json, sys
import numpy
from sklearn.ensemble import IsolationForest
given = json.load(sys.stdin)
forest = IsolationForest(n_estimators=200, random_state=given["seed"]).fit(numpy.array(given["learns"], dtype=float))
json.dump([-float(one) for one in forest.score_samples(numpy.array(given["judges"], dtype=float))], sys.stdout)
"""


def _forest(floor: Sequence[Day]) -> list[float]:
    """Learned from the floor's first four weeks. Each number stands beside its difference from the agent's own mean."""
    first = floor[0].end_ms
    rows, past = [], dict[str, list[tuple[int, int, int]]]()
    for day in floor:
        before = past.setdefault(day.agent, [])
        means = [sum(one[n] for one in before) / len(before) if before else day.counts[n] for n in range(3)]
        rows.append([*day.counts, *(day.counts[n] - means[n] for n in range(3))])
        before.append(day.counts)
    learns = [row for row, day in zip(rows, floor, strict=True) if day.end_ms < first + LEARNS_DAYS * DAY_MS]
    given = json.dumps({"seed": 1, "learns": learns, "judges": rows})
    ran = subprocess.run(
        [_python(), "-c", _SCRIPT], input=given, capture_output=True, text=True, check=False, timeout=600
    )
    if ran.returncode:
        raise PeerMissing(ran.stderr[-2_000:])
    found: list[float] = json.loads(ran.stdout)
    return found


def _python() -> str:
    """Of an environment of the bench's own, made once."""
    python = PLACE / "venv" / "bin" / "python"
    if (PLACE / PACKAGE).exists():
        return str(python)
    uv = shutil.which("uv") or next((str(one) for one in sorted((ROOT / ".cache").glob("uv-*"))), None)
    if uv is None:
        raise PeerMissing("there is no uv on PATH or in .cache")
    PLACE.mkdir(parents=True, exist_ok=True)
    for command in (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(PLACE / "venv")],
        [uv, "pip", "install", "--quiet", "--python", str(python), PACKAGE],
    ):
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if ran.returncode:
            raise PeerMissing(ran.stderr[-2_000:])
    (PLACE / PACKAGE).touch()
    return str(python)
