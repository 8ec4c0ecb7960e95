"""An agent tries to open what is not theirs, and is refused: again and again, measured against what they may open.

The count of refused attempts among all attempts of the last 24 hours is compared with a Beta-binomial distribution of
mean 0.02 and weight 20: people do mistype and follow stale links, one try in fifty. Its exact upper tail in nats is the
score. From 9 nats on (one chance in 8,100) it is a flag; at 10 refused attempts or more and 16 nats (one in nine
million) it counts as certain, and the agent is blocked for 30 minutes. A closed case, or one at rest, is no attempt at
what belongs to others, and does not count.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.detectors.tails import beta_binomial_nats
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

FLAG_NATS: Final = 9.0
BLOCK_NATS: Final = 16.0
BLOCK_REFUSALS: Final = 10
WINDOW_MS: Final = 24 * 3_600_000
REFRACTORY_MS: Final = 5 * 24 * 3_600_000  # for a second mere flag; a block waits for nothing
ALPHA: Final = 0.4
BETA: Final = 19.6

_REFUSALS: Final = frozenset(
    {
        EventName.AGENT_CASE_REFUSED,
        EventName.AGENT_SESSION_REFUSED,
        EventName.AGENT_CASE_APPROVED,
        EventName.AGENT_CASE_OVERRIDDEN,
    }
)
_OTHERS: Final = frozenset({"no_case", "not_assigned", "role", "own", "other_team", "no_customer", "off"})
_OPENED: Final = frozenset({EventName.AGENT_CASE_VIEWED, EventName.AGENT_SESSION_OPENED})
_MOST_AGENTS: Final = 10_000
_MOST_TRIES: Final = 500  # of one agent; beyond it the oldest are forgotten


class _Try(msgspec.Struct, forbid_unknown_fields=True, array_like=True):
    at_ms: int
    index: int
    refused: bool


class _Agent(msgspec.Struct, forbid_unknown_fields=True):
    tries: list[_Try]
    flagged_ms: int | None = None


class _State(Kept):
    agents: list[tuple[str, _Agent]]


class RefusedAccess:
    """Implements Detector. The score is nats. Memory: at most 500 attempts of each of at most 10,000 agents."""

    name: Final = "refused_access"

    def __init__(self) -> None:
        self._last = -1
        self._agents: OrderedDict[str, _Agent] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not event.actor.id:
            return ()
        refused = _refused(event)
        if refused is None:
            return ()
        self._last = entry.index
        agent = self._remember(event.actor.id, _Try(event.at_ms, entry.index, refused))
        if not refused:
            return ()
        entries = tuple(one.index for one in agent.tries if one.refused)
        nats = beta_binomial_nats(len(entries), len(agent.tries), ALPHA, BETA)
        action = self._action(agent, len(entries), nats, event.at_ms)
        if action is None:
            return ()
        flag = _flag(event.actor.id, action, nats, entries, len(agent.tries))
        if action is Action.BLOCK:
            agent.tries.clear()  # what led to a block does not lead to the next one
        agent.flagged_ms = event.at_ms
        return [flag]

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, list(self._agents.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._agents = OrderedDict(found.agents)

    def _remember(self, agent: str, attempt: _Try) -> _Agent:
        known = self._agents.pop(agent, None) or _Agent([])
        self._agents[agent] = known
        if len(self._agents) > _MOST_AGENTS:
            self._agents.popitem(last=False)
        recent = [one for one in known.tries if attempt.at_ms - one.at_ms <= WINDOW_MS]
        known.tries = [*recent, attempt][-_MOST_TRIES:]
        return known

    @staticmethod
    def _action(agent: _Agent, refusals: int, nats: float, now_ms: int) -> Action | None:
        if refusals >= BLOCK_REFUSALS and nats >= BLOCK_NATS:
            return Action.BLOCK
        resting = agent.flagged_ms is not None and now_ms - agent.flagged_ms < REFRACTORY_MS
        return Action.FLAG if nats >= FLAG_NATS and not resting else None


def _refused(event: Event) -> bool | None:
    """Whether this attempt was refused; None for what is no attempt."""
    if event.name in _REFUSALS and event.outcome is Outcome.REFUSED:
        return True if event.facts.get("reason") in _OTHERS else None
    return False if event.name in _OPENED and event.outcome is Outcome.DONE else None


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
