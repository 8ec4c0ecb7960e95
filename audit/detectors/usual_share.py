"""Which share of an agent's looks is odd in ordinary weeks, learned so that nobody can raise it for themselves.

It is learned from whole weeks that lie behind: the agent's own, weighed against 100 looks of the share that everybody
else has. The last three weeks are left out as soon as there are three before them, so that whoever raises their share
slowly is measured by what it was before. Of each week at most three times the others' share is learned, and the usual
share stays at or under that. Weeks begin on Thursdays at 00:00 UTC; twelve are kept.
"""

from collections import OrderedDict
from typing import Final

import msgspec

WEEK_MS: Final = 7 * 24 * 3_600_000
OTHERS_WEIGH: Final = 100.0
FIRST_WEIGHS: Final = 200.0
MOST_OF_OTHERS: Final = 3.0
LEAST_SHARE: Final = 0.005
MOST_SHARE: Final = 0.5

SETTLING_WEEKS: Final = 3
ENOUGH_WEEKS: Final = 3
_WEEKS: Final = 12
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

    def _worked_out(self, name: str, week: int) -> float:
        weeks = _settled(self._agents.get(name, []), week)
        own = sum(one.looks for one in weeks)
        behind = [one for one in self._everybody if one.number < week]
        mine = [one for one in self._agents.get(name, []) if one.number < week]
        looks = max(0, sum(one.looks for one in behind) - sum(one.looks for one in mine))
        odd = max(0, sum(one.odd for one in behind) - sum(one.odd for one in mine))
        others = (self._at_first * FIRST_WEIGHS + odd) / (FIRST_WEIGHS + looks)
        learned = sum(min(one.odd, MOST_OF_OTHERS * others * one.looks) for one in weeks)
        share = (others * OTHERS_WEIGH + learned) / (OTHERS_WEIGH + own)
        return min(MOST_SHARE, max(LEAST_SHARE, min(share, MOST_OF_OTHERS * others)))


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
