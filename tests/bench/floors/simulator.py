"""Floors of agents at work for a quarter, and insiders among them: everything from one seed and `floor.toml`."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.bench.floors import desk, strangers
from tests.bench.floors.events import Label, Line
from tests.bench.floors.staff import DAY_MS, LASTING_DAYS, Agent, staff, supervisors

HOUR_MS: Final = 3_600_000
WEEK_MS: Final = 7 * DAY_MS
FIRST_MS: Final = 1_767_571_200_000  # Monday 2026-01-05 00:00 UTC
SCENARIOS: Final = (*LASTING_DAYS, *strangers.SCENARIOS)


def parameters() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "floor.toml").read_text(encoding="utf-8"))


@dataclass
class Floor:
    """`lines` are in the order of time."""

    lines: list[Line]
    labels: list[Label]
    agents: list[Agent]


def floor(seed: int, no_case: float, given: dict[str, Any] | None = None) -> Floor:
    """`no_case`: the benign share of looks without a case; `given`: other parameters than the file's."""
    given = given or parameters()
    dice = random.Random(f"{seed} {no_case}")  # noqa: S311  # no secret: the same floor from the same seed
    agents = staff(dice, given, no_case)
    days = given["floor"]["weeks"] * 7
    lines = [line for day in range(days) for line in _day(dice, given, agents, day)]
    others, labels = strangers.of(dice, given, FIRST_MS, days)
    lines += others
    lines.sort(key=lambda line: line.at_ms)
    return Floor(lines, [*(_label(one) for one in agents if one.scenario), *labels], agents)


def _label(agent: Agent) -> Label:
    begins = FIRST_MS + agent.from_day * DAY_MS
    return Label(
        agent.name, agent.scenario, begins, begins + LASTING_DAYS[agent.scenario] * DAY_MS + 8 * HOUR_MS
    )


def _day(dice: random.Random, given: dict[str, Any], agents: list[Agent], day: int) -> Iterator[Line]:
    odd = given["odd_days"]
    busy = odd["busy_factor"] if dice.random() < odd["busy"] else 1.0
    stale = [
        odd["stale_factor"] if dice.random() < odd["stale"] else 1.0 for _ in range(given["floor"]["teams"])
    ]
    above = supervisors(agents, given)
    for agent in agents:
        if day % 7 not in agent.days or day < agent.first_day:
            continue
        start = FIRST_MS + day * DAY_MS + agent.starts_hour * HOUR_MS
        if agent.team % 2:
            yield desk.planned(agent, start)
        if agent.scenario not in {"burst80", "hijack"} or agent.from_day != day:
            if dice.random() < given["agent"]["absent"]:
                continue
            if dice.random() < given["roster"]["swapped"]:
                start += (9 if agent.starts_hour == 8 else -9) * HOUR_MS
        yield from _shift(dice, given, agent, start, busy, stale[agent.team], day, above[agent.team])


def _shift(
    dice: random.Random,
    given: dict[str, Any],
    agent: Agent,
    start: int,
    busy: float,
    stale: float,
    day: int,
    above: list[Agent],
) -> Iterator[Line]:
    spread = given["agent"]["dispersion"]
    looks = _poisson(dice, dice.gammavariate(spread, agent.looks * busy / spread))
    lasts = 9 * HOUR_MS if dice.random() < given["roster"]["overtime"] else 8 * HOUR_MS
    seen: list[str] = []
    yield from desk.sign_ins(dice, given, agent, start)
    for _ in range(looks):
        if seen and dice.random() < given["floor"]["returning"]:
            customer = dice.choice(seen)
        else:
            customer = _anybody(dice, given)
            seen.append(customer)
        at_ms = start + dice.randrange(lasts)
        yield from _look(dice, given, agent, at_ms, customer, min(0.9, agent.no_case * stale), above)
    yield from desk.in_vain(dice, given, agent, start, looks)
    yield from _browsing(dice, given, agent, day, start)


def _look(
    dice: random.Random,
    given: dict[str, Any],
    agent: Agent,
    at_ms: int,
    customer: str,
    no_case: float,
    above: list[Agent],
) -> Iterator[Line]:
    if dice.random() < no_case:
        refused = dice.random() < given["benign"]["refused"]
        yield desk.look(agent, at_ms, customer, None, None, refused=refused)
        return
    case = f"{customer}/{at_ms // DAY_MS}"
    origin = "agent" if dice.random() < agent.own_case else "queue"
    yield desk.look(agent, at_ms, customer, case, origin)
    if origin == "agent" and dice.random() < given["approvals"]["share"]:
        yield desk.approved(dice, given, dice.choice(above), at_ms, case, customer)
    elif dice.random() < given["sessions"]["share"]:
        coached = agent.scenario == "coach" and agent.is_at_it((at_ms - FIRST_MS) // DAY_MS)
        yield from desk.session(dice, given, agent, at_ms, customer, case, coached=coached)


def _browsing(
    dice: random.Random, given: dict[str, Any], agent: Agent, day: int, start: int
) -> Iterator[Line]:
    if agent.is_at_it(day):
        yield from desk.schemes(dice, given, agent, start, [_anybody(dice, given) for _ in range(10)])
    lasts = HOUR_MS if agent.scenario in {"burst80", "hijack"} else 8 * HOUR_MS
    for _ in range(agent.browses(day)):
        at_ms = start + dice.randrange(lasts) + (5 * HOUR_MS if agent.scenario == "hijack" else 0)
        covered = agent.scenario == "cover10"
        case = f"own/{agent.name}/{at_ms}" if covered else None
        yield desk.look(agent, at_ms, _anybody(dice, given), case, "agent" if covered else None)


def _anybody(dice: random.Random, given: dict[str, Any]) -> str:
    return f"c{dice.randrange(given['floor']['customers'])}"


def _poisson(dice: random.Random, mean: float) -> int:
    """By counting the exponential waits within one (means here are under 200)."""
    count, waited = -1, 0.0
    while waited < mean:
        waited += dice.expovariate(1.0)
        count += 1
    return count
