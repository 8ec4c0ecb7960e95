"""Who works on a made-up floor, and who of them is an insider."""

import random
from dataclasses import dataclass
from typing import Any, Final

DAY_MS: Final = 24 * 3_600_000
LASTING_DAYS: Final = {
    "slow5": 28,
    "slow20": 28,
    "burst80": 1,
    "cover10": 28,
    "poison": 56,
    "search": 28,
    "coach": 28,
    "collude_opener": 28,
    "collude_approver": 28,
    "friend_opener": 28,
    "friend_viewer": 28,
    "hijack": 1,
}
ONE_BY_ONE: Final = ("slow5", "slow20", "burst80", "cover10", "poison", "search", "coach", "hijack")
PAIRS: Final = (("collude_opener", "collude_approver"), ("friend_opener", "friend_viewer"))
_FEWER: Final = frozenset({"search", "coach", "hijack"})
_WITHOUT_CASE: Final = {"slow5": 5, "slow20": 20, "burst80": 80, "cover10": 10, "hijack": 20}


@dataclass
class Agent:
    """Shares are of 1. `home` is where they sign in, in degrees; `device` their browser; `helped`: by which colleague
    of the same scheme."""

    name: str
    team: int
    looks: float
    no_case: float
    own_case: float
    unused: float
    hasty: float
    days: frozenset[int]  # of the week
    starts_hour: int
    first_day: int
    home: tuple[float, float]
    device: str
    scenario: str = ""
    from_day: int = 0
    partner: str = ""

    def is_at_it(self, day: int) -> bool:
        return bool(self.scenario) and 0 <= day - self.from_day < LASTING_DAYS[self.scenario]

    def browses(self, day: int) -> int:
        """How many customers they browse on that day beside their work."""
        if not self.is_at_it(day):
            return 0
        if self.scenario == "poison":
            return min(5, 1 + (day - self.from_day) // 7)
        return _WITHOUT_CASE.get(self.scenario, 0)


def staff(dice: random.Random, given: dict[str, Any], no_case: float) -> list[Agent]:
    sizes, benign = given["floor"], given["benign"]
    spread = benign["team_cv"]
    factors = [[around(dice, 1.0, spread) for _ in range(4)] for _ in range(sizes["teams"])]
    agents = [_agent(dice, given, number, no_case, factors) for number in range(sizes["agents"])]
    _corrupt(dice, given, agents)
    return agents


def supervisors(agents: list[Agent], given: dict[str, Any]) -> dict[int, list[Agent]]:
    """Of each team the first few."""
    found: dict[int, list[Agent]] = {}
    for agent in agents:
        if not agent.first_day:
            found.setdefault(agent.team, []).append(agent)
    return {team: ones[: given["approvals"]["supervisors"]] for team, ones in found.items()}


def around(dice: random.Random, mean: float, cv: float) -> float:
    return dice.gammavariate(1 / cv**2, mean * cv**2)


def _agent(
    dice: random.Random, given: dict[str, Any], number: int, no_case: float, factors: list[list[float]]
) -> Agent:
    sizes, each, benign = given["floor"], given["agent"], given["benign"]
    team = number % sizes["teams"]
    part = dice.random() < each["part_timers"]
    night = team < sizes["night_teams"]
    odd = factors[team]
    return Agent(
        name=f"a{number}",
        team=team,
        looks=around(dice, each["looks_a_shift"], each["looks_cv"]),
        no_case=min(0.5, around(dice, no_case * odd[0], benign["no_case_cv"])),
        own_case=min(0.5, around(dice, benign["own_case"] * odd[1], benign["own_case_cv"])),
        unused=min(0.5, around(dice, benign["unused"] * odd[2], benign["unused_cv"])),
        hasty=min(0.3, around(dice, benign["hasty"] * odd[3], benign["hasty_cv"])),
        days=frozenset(dice.sample(range(5), 3)) if part else frozenset(range(5)),
        starts_hour=22 if night else dice.choice((8, 12)),
        first_day=7 * dice.randint(2, 8) if dice.random() < each["new_starters"] else 0,
        home=(35.0 + team % 3, 139.0 + team % 2),
        device=dice.choice(("Firefox on Windows", "Chrome on Windows", "Edge on Windows")),
    )


def _corrupt(dice: random.Random, given: dict[str, Any], agents: list[Agent]) -> None:
    settings = given["insiders"]
    own = {one.name for team in supervisors(agents, given).values() for one in team}
    able = [one for one in agents if not one.first_day and one.name not in own]
    chosen = dice.sample(able, len(able))
    for scenario in ONE_BY_ONE:
        for _ in range(settings["fewer"] if scenario in _FEWER else settings["of_each"]):
            _turn(dice, given, chosen.pop(), scenario)
    for opener, helper in PAIRS:
        for _ in range(settings["fewer"]):
            _pair(dice, given, agents, chosen, opener, helper)


def _pair(
    dice: random.Random,
    given: dict[str, Any],
    agents: list[Agent],
    chosen: list[Agent],
    opener: str,
    helper: str,
) -> None:
    """Two of one team, from the same day on; an approver is one of its supervisors."""
    for first in chosen:
        others = supervisors(agents, given)[first.team] if helper == "collude_approver" else chosen
        fitting = [one for one in others if one.team == first.team and one is not first and not one.scenario]
        if fitting:
            second = fitting[0]
            break
    else:
        raise ValueError("a floor too small for its insiders")
    _turn(dice, given, first, opener)
    second.scenario, second.from_day = helper, first.from_day
    first.partner, second.partner = second.name, first.name
    chosen[:] = [one for one in chosen if one is not first and one is not second]


def _turn(dice: random.Random, given: dict[str, Any], agent: Agent, scenario: str) -> None:
    settings = given["insiders"]
    week = dice.randint(settings["first_week"], settings["last_week"])
    agent.scenario, agent.from_day = scenario, week * 7 + min(agent.days)  # a day on which they work
