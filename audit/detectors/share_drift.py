"""A slow rise in the share of an agent's looks that are of one odd kind: the engine of more than one detector.

Terms: a *look* is the first access of a day by an agent to a customer; an *odd* look is what the detector that uses the
engine counts; the *usual share* is what of this agent's looks was odd before.

Each look adds to a sum: ln(q/p) where it is odd and ln((1-q)/(1-p)) where it is not, p being the usual share and q the
one where of ten ordinary looks one more has become odd; the sum never falls below 0 (Page's cumulative sum, 1954). It
is the evidence, in nats, that the share rose so far since some day in the past, and a stated threshold makes it a flag;
then it begins anew. Twenty slightly odd days add up; a single bad one, when a whole team's list is behind, adds at most
four nats.

What is usual is learned by `usual_share`, which nobody can raise for themselves; on a bad day of the whole team it is
higher (`team_days`).
"""

import math
from collections import OrderedDict
from typing import Final

import msgspec

from audit.detectors.keeping import Kept
from audit.detectors.team_days import TeamDays, TeamsState
from audit.detectors.usual_share import MOST_SHARE, Learned, UsualShare

DAY_MS: Final = 24 * 3_600_000
REFRACTORY_MS: Final = 5 * DAY_MS
RISE: Final = 0.1
MOST_OF_A_DAY: Final = 4.0

_MOST_AGENTS: Final = 10_000
_MOST_CUSTOMERS: Final = 500  # of one agent on one day; beyond it all further looks count
_MOST_ENTRIES: Final = 50


class Agent(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """`looks`, `odd` and `entries` are of the time since the sum was 0, which is `since_ms`."""

    total: float = 0.0
    since_ms: int = 0
    looks: int = 0
    odd: int = 0
    entries: list[int] = []
    day: int = -1
    today: float = 0.0
    seen: set[str] = set()
    flagged_ms: int | None = None


class DriftState(Kept):
    agents: list[tuple[str, Agent]]
    usual: Learned
    teams: TeamsState


class Drift(msgspec.Struct, frozen=True):
    """What makes a flag: `odd` among `looks` in `days` days, the newest 50 of them in `entries`, where of a thousand
    looks `usual_permille` were odd before. `nats` is the sum."""

    nats: float
    looks: int
    odd: int
    days: int
    usual_permille: int
    entries: tuple[int, ...]


class ShareDrift:
    """`at_first` is that of `UsualShare`; `threshold` is in nats. Memory: a few numbers and at most 500 customers of
    one day for each of at most 10,000 agents, those seen longest ago forgotten first."""

    def __init__(self, at_first: float, threshold: float) -> None:
        self._threshold = threshold
        self._agents: OrderedDict[str, Agent] = OrderedDict()
        self._usual = UsualShare(at_first)
        self.teams = TeamDays()

    def look(self, name: str, customer: str, at_ms: int, index: int, *, odd: bool) -> Drift | None:
        """One access. On one day (UTC) a second one to the same customer counts only where it is the first odd one. At
        most one answer in five days for each agent."""
        agent = self._agent(name)
        if not _counts(agent, customer, at_ms // DAY_MS, odd=odd):
            return None
        usual = min(MOST_SHARE, self._usual.of(name, at_ms) * self.teams.factor(name, at_ms))
        self._usual.add(name, at_ms, odd=odd)
        self.teams.add(name, at_ms, odd=odd)
        _sum(agent, usual, at_ms, index, odd=odd)
        resting = agent.flagged_ms is not None and at_ms - agent.flagged_ms < REFRACTORY_MS
        if not odd or agent.total < self._threshold or resting:
            return None
        agent.flagged_ms, sum_now, agent.total = at_ms, agent.total, 0.0
        days = 1 + (at_ms - agent.since_ms) // DAY_MS
        return Drift(sum_now, agent.looks, agent.odd, days, round(usual * 1000), tuple(agent.entries))

    def state(self, last: int) -> bytes:
        return msgspec.json.encode(self.learned(last))

    def learned(self, last: int) -> DriftState:
        usual, teams = self._usual.learned(), self.teams.learned()
        return DriftState(2, last, list(self._agents.items()), usual, teams)

    def restore(self, found: DriftState) -> None:
        self._agents = OrderedDict(found.agents)
        self._usual.restore(found.usual)
        self.teams.restore(found.teams)

    def _agent(self, name: str) -> Agent:
        agent = self._agents.pop(name, None) or Agent()
        self._agents[name] = agent
        if len(self._agents) > _MOST_AGENTS:
            self._agents.popitem(last=False)
        return agent


def _counts(agent: Agent, customer: str, day: int, *, odd: bool) -> bool:
    if day > agent.day:
        agent.day = day
        agent.today = 0.0
        agent.seen = set()
    key = f"odd {customer}" if odd else customer
    if key in agent.seen or f"odd {customer}" in agent.seen:
        return False
    if len(agent.seen) < _MOST_CUSTOMERS:
        agent.seen.add(key)
    return True


def _sum(agent: Agent, usual: float, at_ms: int, index: int, *, odd: bool) -> None:
    if agent.total <= 0.0:
        agent.since_ms, agent.looks, agent.odd, agent.entries = at_ms, 0, 0, []
    risen = usual + RISE * (1 - usual)
    change = math.log(risen / usual) if odd else math.log((1 - risen) / (1 - usual))
    before = agent.total
    agent.total = max(0.0, before + min(change, MOST_OF_A_DAY - agent.today))
    agent.today += agent.total - before
    agent.looks += 1
    agent.odd += odd
    if odd:
        agent.entries = [*agent.entries, index][-_MOST_ENTRIES:]
