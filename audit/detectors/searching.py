"""An agent looks customers up by reference and does nothing for what is found, or tries one reference after another.

A look-up opens a case by a customer's reference, or a record by an override. It is used when its agent opens a session
or the record in it; one that is not within 30 minutes is left, as is one that found nobody or was one too many at once.
What is left among an agent's last 100 look-ups of seven days is compared with a Beta-binomial distribution of weight
20, whose mean is the share that all other agents leave, one in ten to one in two. From 9 nats on (one chance in 8,100)
it is a flag. Who calls does not come in the order of a list: five references that run on within ten minutes (A-104,
A-105 ...; the server tells the length of the run) are a flag without any odds. One flag for an agent in five days,
after which they prove again who they are.

Cases asked for by an id that is nobody's are no look-ups here: `refused_access` counts them.
"""

from collections import OrderedDict
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.detectors.tails import beta_binomial_nats
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

RUN: Final = 5
RUN_MINUTES: Final = 10
FLAG_NATS: Final = 9.0
USED_WITHIN_MS: Final = 30 * 60_000
DAYS: Final = 7
WINDOW_MS: Final = DAYS * 24 * 3_600_000
REFRACTORY_MS: Final = 5 * 24 * 3_600_000
WEIGHT: Final = 20.0
LEAST_MEAN: Final = 0.1
MOST_MEAN: Final = 0.5
LAST_OF_AN_AGENT: Final = 100

_MOST_AGENTS: Final = 10_000
_LOOK_UPS: Final = frozenset({EventName.AGENT_CASE_OPENED, EventName.AGENT_CASE_OVERRIDDEN})
_USES: Final = frozenset({EventName.AGENT_CASE_VIEWED, EventName.AGENT_SESSION_OPENED})
_IN_VAIN: Final = frozenset({"no_customer", "too_many"})


class _Fate(StrEnum):
    OPEN = "open"
    USED = "used"
    LEFT = "left"


class _LookUp(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    at_ms: int
    index: int
    case: str
    fate: _Fate


class _Agent(msgspec.Struct, forbid_unknown_fields=True):
    look_ups: list[_LookUp]
    flagged_ms: int | None = None


class _State(Kept):
    agents: list[tuple[str, _Agent]]


class Searching:
    """Implements Detector. The score is nats, or for a run its length over the least that is a flag. Memory: 100
    look-ups of each of at most 10,000 agents."""

    name: Final = "searching"

    def __init__(self, flag_nats: float = FLAG_NATS) -> None:
        self._flag_nats = flag_nats
        self._last = -1
        self._agents: OrderedDict[str, _Agent] = OrderedDict()
        self._settled = self._left = 0

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not event.actor.id:
            return ()
        if event.name in _USES and event.outcome is Outcome.DONE:
            self._used(event, entry.index)
            return ()
        fate = _fate(event)
        if fate is None:
            return ()
        self._last = entry.index
        known = self._keep(event.actor.id, _LookUp(event.at_ms, entry.index, event.case or "", fate))
        resting = known.flagged_ms is not None and event.at_ms - known.flagged_ms < REFRACTORY_MS
        flag = None if resting else self._run(event, known) or self._judged(event, known)
        if flag is None:
            return ()
        known.flagged_ms = event.at_ms
        return [flag]

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, list(self._agents.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._agents = OrderedDict(found.agents)
        self._settled = self._left = 0
        for known in self._agents.values():
            self._count(known.look_ups, 1)

    def _used(self, event: Event, index: int) -> None:
        known = self._agents.get(event.actor.id)
        for one in known.look_ups if known is not None and event.case else []:
            if one.case == event.case and one.fate is _Fate.OPEN:
                self._last = index
                late = event.at_ms - one.at_ms > USED_WITHIN_MS
                self._settle(one, _Fate.LEFT if late else _Fate.USED)

    def _keep(self, name: str, look_up: _LookUp) -> _Agent:
        known = self._agents.pop(name, None) or _Agent([])
        self._agents[name] = known
        mine = known.look_ups
        while mine and (len(mine) >= LAST_OF_AN_AGENT or look_up.at_ms - mine[0].at_ms > WINDOW_MS):
            self._count([mine.pop(0)], -1)
        for one in mine:
            if one.fate is _Fate.OPEN and look_up.at_ms - one.at_ms > USED_WITHIN_MS:
                self._settle(one, _Fate.LEFT)
        mine.append(look_up)
        self._count([look_up], 1)
        if len(self._agents) > _MOST_AGENTS:
            self._count(self._agents.popitem(last=False)[1].look_ups, -1)
        return known

    def _settle(self, one: _LookUp, fate: _Fate) -> None:
        one.fate = fate
        self._count([one], 1)

    def _count(self, look_ups: list[_LookUp], sign: int) -> None:
        """What is still open says nothing yet."""
        for one in look_ups:
            self._settled += sign * (one.fate is not _Fate.OPEN)
            self._left += sign * (one.fate is _Fate.LEFT)

    def _run(self, event: Event, known: _Agent) -> Flag | None:
        length = event.facts.get("run", 1)
        if not isinstance(length, int) or length < RUN:
            return None
        within = RUN_MINUTES * 60_000
        entries = tuple(one.index for one in known.look_ups if event.at_ms - one.at_ms <= within)
        facts = {"run": int(length), "minutes": RUN_MINUTES}
        score = length / RUN
        agent = TargetKind.AGENT
        return Flag(
            self.name, event.actor.id, score, "flag.searching.run", Action.STEP_UP, facts, entries, agent
        )

    def _judged(self, event: Event, known: _Agent) -> Flag | None:
        fates = [one.fate for one in known.look_ups]
        settled, left = len(fates) - fates.count(_Fate.OPEN), fates.count(_Fate.LEFT)
        others = self._settled - settled
        share = (self._left - left) / others if others else LEAST_MEAN
        mean = min(MOST_MEAN, max(LEAST_MEAN, share))
        if left <= settled * mean:
            return None  # no more than usual: that is most often so, and known without a sum
        nats = beta_binomial_nats(left, settled, mean * WEIGHT, (1 - mean) * WEIGHT)
        if nats < self._flag_nats:
            return None
        entries = tuple(one.index for one in known.look_ups if one.fate is _Fate.LEFT)
        facts = {"left": left, "look_ups": settled, "days": DAYS}
        agent = TargetKind.AGENT
        return Flag(self.name, event.actor.id, nats, "flag.searching", Action.STEP_UP, facts, entries, agent)


def _fate(event: Event) -> _Fate | None:
    """Of a look-up as it begins; None for what is none."""
    if event.name not in _LOOK_UPS:
        return None
    if event.outcome is Outcome.INTENT:
        return _Fate.OPEN
    in_vain = event.outcome is Outcome.REFUSED and event.facts.get("reason") in _IN_VAIN
    return _Fate.LEFT if in_vain else None
