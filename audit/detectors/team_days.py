"""On which days a whole team's looks are odd: its list is behind or its system is slow, and that is no agent's doing.

Which team somebody is of is told by the entries of their sign-ins. For each team the share of odd looks of the days
before is held against that of today (UTC), the agent's own left out. Half as much again and more is a bad day, and its
factor, three at most, is by how much the usual share of each member is then taken for higher. A team of fewer than five
at work has none: two who agree must not excuse each other. Nor does one member make a bad day for the others: of each
20 odd looks a day count.
"""

from collections import OrderedDict
from typing import Final

import msgspec

from audit.event import Event, EventName, Outcome

DAY_MS: Final = 24 * 3_600_000
OTHERS_AT_LEAST: Final = 4
BAD_FROM: Final = 1.5
MOST: Final = 3.0

_KNOWN_FROM: Final = 200.0  # looks of the days before
_USUAL_WEIGHS: Final = 50.0  # looks, of today as usual
_LEAST_SHARE: Final = 0.005
_FADES: Final = 0.9  # a day
_ODD_OF_ONE: Final = 20
_MOST_AGENTS: Final = 10_000
_MOST_TEAMS: Final = 1_000
_SIGN_INS: Final = frozenset({EventName.AGENT_LOGIN_STARTED})


class _Team(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """`today`: looks and odd ones of each; `looks` and `odd` of all together; the others of the days before."""

    day: int
    today: dict[str, tuple[int, int]]
    looks: int = 0
    odd: int = 0
    looks_before: float = 0.0
    odd_before: float = 0.0
    yesterday: float = 1.0


class TeamsState(msgspec.Struct, forbid_unknown_fields=True):
    members: list[tuple[str, str]]
    teams: list[tuple[str, _Team]]


class TeamDays:
    """Memory: the team of each of at most 10,000 agents, and a day's counts of them, in at most 1,000 teams; those
    heard of longest ago are forgotten first."""

    def __init__(self) -> None:
        self._members: OrderedDict[str, str] = OrderedDict()
        self._teams: OrderedDict[str, _Team] = OrderedDict()

    def heard(self, event: Event) -> None:
        """Any entry: that of a sign-in tells a team."""
        if event.name not in _SIGN_INS or event.outcome is not Outcome.DONE:
            return
        team = event.facts.get("team")
        if isinstance(team, str) and team and event.actor.id:
            self._members[event.actor.id] = team
            self._members.move_to_end(event.actor.id)
            if len(self._members) > _MOST_AGENTS:
                self._members.popitem(last=False)

    def add(self, name: str, at_ms: int, *, odd: bool) -> None:
        team = self._of(name, at_ms)
        if team is None:
            return
        looks, before = team.today.get(name, (0, 0))
        counts = odd and before < _ODD_OF_ONE
        team.today[name] = (looks + 1, before + counts)
        team.looks += 1
        team.odd += counts

    def factor(self, name: str, at_ms: int, *, yesterday: bool = False) -> float:
        """1, or 1.5 to 3 on a bad day of their team. `yesterday`: or where the day before was one."""
        team = self._of(name, at_ms)
        if team is None:
            return 1.0
        looks, odd = team.today.get(name, (0, 0))
        others = len(team.today) - (name in team.today)
        today = _factor(team, team.looks - looks, team.odd - odd) if others >= OTHERS_AT_LEAST else 1.0
        return max(today, team.yesterday) if yesterday else today

    def learned(self) -> TeamsState:
        return TeamsState(list(self._members.items()), list(self._teams.items()))

    def restore(self, found: TeamsState) -> None:
        self._members, self._teams = OrderedDict(found.members), OrderedDict(found.teams)

    def _of(self, name: str, at_ms: int) -> _Team | None:
        """Their team, at that day; what comes late counts for the newest."""
        named = self._members.get(name)
        if named is None:
            return None
        day = at_ms // DAY_MS
        team = self._teams.get(named)
        if team is None:
            team = self._teams[named] = _Team(day, {})
            if len(self._teams) > _MOST_TEAMS:
                self._teams.popitem(last=False)
        elif day > team.day:
            _turn(team, day)
        return team


def _turn(team: _Team, day: int) -> None:
    enough = len(team.today) > OTHERS_AT_LEAST and day == team.day + 1
    team.yesterday = _factor(team, team.looks, team.odd) if enough else 1.0
    team.looks_before = team.looks_before * _FADES + team.looks
    team.odd_before = team.odd_before * _FADES + team.odd
    team.day, team.today, team.looks, team.odd = day, {}, 0, 0


def _factor(team: _Team, looks: int, odd: int) -> float:
    if team.looks_before < _KNOWN_FROM:
        return 1.0
    usual = max(_LEAST_SHARE, team.odd_before / team.looks_before)
    factor = (odd + _USUAL_WEIGHS * usual) / (looks + _USUAL_WEIGHS) / usual
    return 1.0 if factor < BAD_FROM else min(MOST, factor)
