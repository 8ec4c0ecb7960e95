"""Floors of agents at work for a quarter, and insiders among them: everything from one seed and `floor.toml`."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.bench.floors.events import Label, Line

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
WEEK_MS: Final = 7 * DAY_MS
FIRST_MS: Final = 1_767_571_200_000  # Monday 2026-01-05 00:00 UTC
SCENARIOS: Final = ("slow5", "slow20", "burst80", "cover10", "poison")
LASTING_DAYS: Final = {"slow5": 28, "slow20": 28, "burst80": 1, "cover10": 28, "poison": 56}


def parameters() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "floor.toml").read_text(encoding="utf-8"))


@dataclass
class Agent:
    name: str
    team: int
    looks: float
    no_case: float
    own_case: float
    days: frozenset[int]  # of the week
    starts_hour: int
    first_day: int
    scenario: str = ""
    from_day: int = 0

    def browses(self, day: int) -> int:
        """How many customers they browse on that day beside their work."""
        since = day - self.from_day
        if not self.scenario or not 0 <= since < LASTING_DAYS[self.scenario]:
            return 0
        if self.scenario == "poison":
            return min(5, 1 + since // 7)
        return {"slow5": 5, "slow20": 20, "burst80": 80, "cover10": 10}[self.scenario]


@dataclass
class Floor:
    """`lines` are in the order of time."""

    lines: list[Line]
    labels: list[Label]
    agents: list[Agent]


def floor(seed: int, no_case: float) -> Floor:
    """`no_case`: the benign share of looks without a case."""
    given = parameters()
    dice = random.Random(f"{seed} {no_case}")  # noqa: S311  # no secret: the same floor from the same seed
    agents = _agents(dice, given, no_case)
    _corrupt(dice, given, agents)
    teams = given["floor"]["teams"]
    odd = given["odd_days"]
    lines: list[Line] = []
    for day in range(given["floor"]["weeks"] * 7):
        busy = odd["busy_factor"] if dice.random() < odd["busy"] else 1.0
        stale = [odd["stale_factor"] if dice.random() < odd["stale"] else 1.0 for _ in range(teams)]
        for agent in agents:
            if _works(dice, given, agent, day):
                lines += _shift(dice, given, agent, day, busy, stale[agent.team])
    lines.sort(key=lambda line: line.at_ms)
    labels = [
        Label(
            one.name,
            one.scenario,
            FIRST_MS + one.from_day * DAY_MS,
            FIRST_MS + (one.from_day + LASTING_DAYS[one.scenario]) * DAY_MS + 8 * HOUR_MS,
        )
        for one in agents
        if one.scenario
    ]
    return Floor(lines, labels, agents)


def _agents(dice: random.Random, given: dict[str, Any], no_case: float) -> list[Agent]:
    sizes, each, benign = given["floor"], given["agent"], given["benign"]
    teams = sizes["teams"]
    factors = [
        (_around(dice, 1.0, benign["team_cv"]), _around(dice, 1.0, benign["team_cv"])) for _ in range(teams)
    ]
    agents = []
    for number in range(sizes["agents"]):
        team = number % teams
        part = dice.random() < each["part_timers"]
        days = frozenset(dice.sample(range(5), 3)) if part else frozenset(range(5))
        night = team < sizes["night_teams"]
        agents.append(
            Agent(
                f"a{number}",
                team,
                _around(dice, each["looks_a_shift"], each["looks_cv"]),
                min(0.5, _around(dice, no_case * factors[team][0], benign["no_case_cv"])),
                min(0.5, _around(dice, benign["own_case"] * factors[team][1], benign["own_case_cv"])),
                days,
                22 if night else dice.choice((8, 12)),
                7 * dice.randint(2, 8) if dice.random() < each["new_starters"] else 0,
            )
        )
    return agents


def _around(dice: random.Random, mean: float, cv: float) -> float:
    return dice.gammavariate(1 / cv**2, mean * cv**2)


def _corrupt(dice: random.Random, given: dict[str, Any], agents: list[Agent]) -> None:
    settings = given["insiders"]
    chosen = iter(
        dice.sample([one for one in agents if not one.first_day], settings["of_each"] * len(SCENARIOS))
    )
    for scenario in SCENARIOS:
        for _ in range(settings["of_each"]):
            agent = next(chosen)
            agent.scenario = scenario
            week = dice.randint(settings["first_week"], settings["last_week"])
            agent.from_day = week * 7 + min(agent.days)  # a day on which they work


def _works(dice: random.Random, given: dict[str, Any], agent: Agent, day: int) -> bool:
    if day % 7 not in agent.days or day < agent.first_day:
        return False
    if agent.scenario == "burst80" and day == agent.from_day:
        return True
    return bool(dice.random() >= given["agent"]["absent"])


def _shift(
    dice: random.Random, given: dict[str, Any], agent: Agent, day: int, busy: float, stale: float
) -> Iterator[Line]:
    start = FIRST_MS + day * DAY_MS + agent.starts_hour * HOUR_MS
    spread = given["agent"]["dispersion"]
    looks = _poisson(dice, dice.gammavariate(spread, agent.looks * busy / spread))
    seen: list[str] = []
    for _ in range(looks):
        if seen and dice.random() < given["floor"]["returning"]:
            customer = dice.choice(seen)
        else:
            customer = f"c{dice.randrange(given['floor']['customers'])}"
            seen.append(customer)
        yield _look(dice, given, agent, start, customer, min(0.9, agent.no_case * stale))
    yield from _browsing(dice, given, agent, day, start)


def _look(
    dice: random.Random, given: dict[str, Any], agent: Agent, start: int, customer: str, no_case: float
) -> Line:
    at_ms = start + dice.randrange(8 * HOUR_MS)
    case = f"{customer}/{at_ms // DAY_MS}"
    if dice.random() < no_case:
        refused = dice.random() < given["benign"]["refused"]
        return _line(agent, at_ms, customer, None, None, refused=refused)
    origin = "agent" if dice.random() < agent.own_case else "queue"
    return _line(agent, at_ms, customer, case, origin)


def _browsing(
    dice: random.Random, given: dict[str, Any], agent: Agent, day: int, start: int
) -> Iterator[Line]:
    lasts = HOUR_MS if agent.scenario == "burst80" else 8 * HOUR_MS
    for _ in range(agent.browses(day)):
        at_ms = start + dice.randrange(lasts)
        customer = f"c{dice.randrange(given['floor']['customers'])}"
        covered = agent.scenario == "cover10"
        case = f"{customer}/own/{at_ms}" if covered else None
        yield _line(agent, at_ms, customer, case, "agent" if covered else None)


def _line(
    agent: Agent, at_ms: int, customer: str, case: str | None, origin: str | None, *, refused: bool = False
) -> Line:
    return Line(
        "agent:case:viewed",
        agent.name,
        at_ms,
        f"t{agent.team}",
        "agent",
        customer,
        case,
        origin,
        case is None and not refused,
        "refused" if refused else "done",
    )


def _poisson(dice: random.Random, mean: float) -> int:
    """By counting the exponential waits within one (means here are under 200)."""
    count, waited = -1, 0.0
    while waited < mean:
        waited += dice.expovariate(1.0)
        count += 1
    return count
