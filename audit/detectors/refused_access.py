"""An agent reaches for what is not theirs, again and again: is refused, or opens it by an override of the case rule.

The count of such attempts among all attempts of the last 24 hours is compared with a Beta-binomial distribution of
weight 20, whose mean is this agent's usual share (`usual_share`) and no less than 0.02: people do mistype and follow
stale links, one try in fifty. On a bad day of the whole team, and the day after, it is higher (`team_days`). Its exact
upper tail in nats is the score. From 9 nats on (one chance in 8,100) it is a flag; at 10 such attempts or more and 16
nats (one in nine million) it counts as certain, and the agent is blocked for 30 minutes. A closed case, or one at rest,
is no attempt at what belongs to others, and does not count; nor do looks at a record within what an override opened, as
they would hide it.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.attempts import is_unlinked
from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.detectors.tails import beta_binomial_nats
from audit.detectors.team_days import TeamDays, TeamsState
from audit.detectors.usual_share import Learned, UsualShare
from audit.event import Event, EventName
from audit.ports import OpenedEntry

FLAG_NATS: Final = 9.0
BLOCK_NATS: Final = 16.0
BLOCK_REFUSALS: Final = 10
WINDOW_MS: Final = 24 * 3_600_000
REFRACTORY_MS: Final = 5 * 24 * 3_600_000  # for a second mere flag; a block waits for nothing
WEIGHT: Final = 20.0
LEAST_MEAN: Final = 0.02
MOST_MEAN: Final = 0.9

_MOST_AGENTS: Final = 10_000
_MOST_OVERRIDDEN: Final = 50  # cases of one agent
_MOST_TRIES: Final = 500  # of one agent; beyond it the oldest are forgotten


class _Try(msgspec.Struct, forbid_unknown_fields=True, array_like=True):
    at_ms: int
    index: int
    refused: bool


class _Agent(msgspec.Struct, forbid_unknown_fields=True):
    tries: list[_Try]
    flagged_ms: int | None = None
    overridden: list[str] = []


class _State(Kept):
    agents: list[tuple[str, _Agent]]
    usual: Learned
    teams: TeamsState


class RefusedAccess:
    """Implements Detector. The score is nats. Memory: at most 500 attempts of each of at most 10,000 agents, and what
    `UsualShare` and `TeamDays` hold."""

    name: Final = "refused_access"

    def __init__(self, flag_nats: float = FLAG_NATS) -> None:
        self._flag_nats = flag_nats
        self._last = -1
        self._agents: OrderedDict[str, _Agent] = OrderedDict()
        self._usual = UsualShare(LEAST_MEAN)
        self._teams = TeamDays()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not event.actor.id:
            return ()
        refused = is_unlinked(event)
        if refused is None:
            self._teams.heard(event)
            return ()
        self._last = entry.index
        if not refused and self._within_override(event):
            return ()
        agent = self._remember(event, _Try(event.at_ms, entry.index, refused))
        mean = self._learn(event.actor.id, event.at_ms, refused=refused)
        return self._judged(event, agent, mean) if refused else ()

    def state(self) -> bytes:
        return msgspec.json.encode(self._state())

    def _state(self) -> _State:
        return _State(3, self._last, list(self._agents.items()), self._usual.learned(), self._teams.learned())

    def restore(self, state: bytes) -> None:
        found = kept(state, _State, version=3)
        self._last = found.last
        self._agents = OrderedDict(found.agents)
        self._usual.restore(found.usual)
        self._teams.restore(found.teams)

    def _learn(self, name: str, at_ms: int, *, refused: bool) -> float:
        """What was usual before this attempt."""
        usual = self._usual.of(name, at_ms)
        self._usual.add(name, at_ms, odd=refused)
        self._teams.add(name, at_ms, odd=refused)
        bad_day = self._teams.factor(name, at_ms, yesterday=True) if refused else 1.0
        return min(MOST_MEAN, max(LEAST_MEAN, usual) * bad_day)

    def _judged(self, event: Event, agent: _Agent, mean: float) -> Iterable[Flag]:
        entries = tuple(one.index for one in agent.tries if one.refused)
        nats = beta_binomial_nats(len(entries), len(agent.tries), mean * WEIGHT, (1 - mean) * WEIGHT)
        action = self._action(agent, len(entries), nats, event.at_ms)
        if action is None:
            return ()
        flag = _flag(event.actor.id, action, nats, entries, len(agent.tries))
        if action is Action.BLOCK:
            agent.tries.clear()  # what led to a block does not lead to the next one
        agent.flagged_ms = event.at_ms
        return [flag]

    def _within_override(self, event: Event) -> bool:
        known = self._agents.get(event.actor.id)
        return known is not None and event.case in known.overridden

    def _remember(self, event: Event, attempt: _Try) -> _Agent:
        known = self._agents.pop(event.actor.id, None) or _Agent([])
        self._agents[event.actor.id] = known
        if len(self._agents) > _MOST_AGENTS:
            self._agents.popitem(last=False)
        tries = known.tries
        while tries and (attempt.at_ms - tries[0].at_ms > WINDOW_MS or len(tries) >= _MOST_TRIES):
            del tries[0]
        tries.append(attempt)
        if event.name is EventName.AGENT_CASE_OVERRIDDEN and event.case:
            known.overridden = [*known.overridden, event.case][-_MOST_OVERRIDDEN:]
        return known

    def _action(self, agent: _Agent, refusals: int, nats: float, now_ms: int) -> Action | None:
        if refusals >= BLOCK_REFUSALS and nats >= BLOCK_NATS:
            return Action.BLOCK
        resting = agent.flagged_ms is not None and now_ms - agent.flagged_ms < REFRACTORY_MS
        return Action.FLAG if nats >= self._flag_nats and not resting else None


def _flag(agent: str, action: Action, nats: float, entries: tuple[int, ...], tries: int) -> Flag:
    return Flag(
        detector=RefusedAccess.name,
        target=agent,
        score=nats,
        reason_key="flag.refused_access",
        action=action,
        reason_facts={"refused": len(entries), "tries": tries, "hours": 24},
        entries=entries,
        target_kind=TargetKind.AGENT,
    )
