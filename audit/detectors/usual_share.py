"""Which share of an agent's looks is odd in ordinary weeks, learned so that nobody can raise it for themselves.

It is learned from whole weeks that lie behind: the agent's own, weighed against as many looks of the share that
everybody else has as fits how much agents differ from each other, 15 to 100 (the method of moments for a Beta-binomial,
worked out once a week). The last three weeks are left out as soon as there are three before them, so that whoever
raises their share slowly is measured by what it was before. Of each week at most three times the others' share is
learned, and the usual share stays at or under that. Weeks begin on Thursdays at 00:00 UTC; twelve are kept.
"""

from collections import OrderedDict
from typing import Final

import msgspec

WEEK_MS: Final = 7 * 24 * 3_600_000
OTHERS_WEIGH: Final = (15.0, 100.0)
FIRST_WEIGHS: Final = 200.0
MOST_OF_OTHERS: Final = 3.0
LEAST_SHARE: Final = 0.005
MOST_SHARE: Final = 0.5

SETTLING_WEEKS: Final = 3
ENOUGH_WEEKS: Final = 3
_WEEKS: Final = 12
_COMPARED_FROM: Final = 50  # looks of an agent
_COMPARED: Final = 10  # agents
_MOST_AGENTS: Final = 10_000


class Week(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    number: int
    looks: int = 0
    odd: int = 0


class Learned(msgspec.Struct, forbid_unknown_fields=True):
    everybody: list[Week]
    agents: list[tuple[str, list[Week]]]


class UsualShare:
    """`at_first`: the share that everybody is taken to have until much more than 200 looks are known; above 0 and at
    most one half. Memory: at most thirteen weeks, three numbers each, of each of at most 10,000 agents."""

    def __init__(self, at_first: float) -> None:
        self._at_first = at_first
        self._everybody: list[Week] = []
        self._agents: OrderedDict[str, list[Week]] = OrderedDict()
        self._known: dict[
            str, tuple[int, float]
        ] = {}  # worked out once a week: the weeks before it do not change
        self._weight: tuple[int, float] | None = None

    def of(self, name: str, at_ms: int) -> float:
        """The usual share at that time (UTC ms), 0.005 to 0.5."""
        week = at_ms // WEEK_MS
        known = self._known.get(name)
        if known is None or known[0] != week:
            known = self._known[name] = (week, self._worked_out(name, week))
        return known[1]

    def add(self, name: str, at_ms: int, *, odd: bool) -> None:
        week = at_ms // WEEK_MS
        if name not in self._agents and len(self._agents) >= _MOST_AGENTS:
            self._known.pop(self._agents.popitem(last=False)[0], None)
        own = self._agents.setdefault(name, [])
        self._agents.move_to_end(name)
        _add(own, week, odd=odd)
        _add(self._everybody, week, odd=odd)

    def learned(self) -> Learned:
        return Learned(self._everybody, list(self._agents.items()))

    def restore(self, found: Learned) -> None:
        self._everybody, self._agents, self._known = found.everybody, OrderedDict(found.agents), {}
        self._weight = None

    def _worked_out(self, name: str, week: int) -> float:
        weeks = _settled(self._agents.get(name, []), week)
        own = sum(one.looks for one in weeks)
        behind = [one for one in self._everybody if one.number < week]
        mine = [one for one in self._agents.get(name, []) if one.number < week]
        looks = max(0, sum(one.looks for one in behind) - sum(one.looks for one in mine))
        odd = max(0, sum(one.odd for one in behind) - sum(one.odd for one in mine))
        others = (self._at_first * FIRST_WEIGHS + odd) / (FIRST_WEIGHS + looks)
        learned = sum(min(one.odd, MOST_OF_OTHERS * others * one.looks) for one in weeks)
        weigh = self._others_weigh(week)
        share = (others * weigh + learned) / (weigh + own)
        return min(MOST_SHARE, max(LEAST_SHARE, min(share, MOST_OF_OTHERS * others)))

    def _others_weigh(self, week: int) -> float:
        """The more agents differ, the less the others say about one of them."""
        if self._weight is None or self._weight[0] != week:
            counts = [_counted(weeks, week) for weeks in self._agents.values()]
            self._weight = (week, _weight([one for one in counts if one[0] >= _COMPARED_FROM]))
        return self._weight[1]


def _counted(weeks: list[Week], week: int) -> tuple[int, int]:
    behind = [one for one in weeks if one.number < week]
    return sum(one.looks for one in behind), sum(one.odd for one in behind)


def _weight(counts: list[tuple[int, int]]) -> float:
    """How many looks make up the prior of a Beta-binomial with these counts (looks, odd)."""
    least, most = OTHERS_WEIGH
    if len(counts) < _COMPARED:
        return most
    mean = sum(odd for _, odd in counts) / sum(looks for looks, _ in counts)
    chance = mean * (1 - mean)
    spread = sum((odd / looks - mean) ** 2 - chance / looks for looks, odd in counts) / len(counts)
    return most if spread <= 0 else min(most, max(least, chance / spread - 1))


def _settled(weeks: list[Week], week: int) -> list[Week]:
    """What an agent's usual share is learned from."""
    settled = [one for one in weeks if one.number < week - SETTLING_WEEKS]
    return settled if len(settled) >= ENOUGH_WEEKS else [one for one in weeks if one.number < week]


def _add(weeks: list[Week], week: int, *, odd: bool) -> None:
    """To this week; to the newest where an entry comes late."""
    if not weeks or weeks[-1].number < week:
        weeks.append(Week(week))
        del weeks[: -_WEEKS - 1]
    weeks[-1].looks += 1
    weeks[-1].odd += odd
