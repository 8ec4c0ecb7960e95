"""An agent reaches for customers more than 30 minutes outside of every shift that the roster has for them.

One such look is a flag, after which they prove again who they are, and none more for five days. It is a block, for 30
minutes, where within 24 hours another detector, of attempts outside live cases, has flagged the same agent, in
whichever order the two come: two signs that do not rest on the same entries. An agent without a roster is never outside
of it; nor is one whose first shift begins more than a day later, or whose last one ended more than a day ago: a roster
that nobody kept up says nothing. Whoever works on after a shift without a pause of an hour is staying late, for two
hours at most, and not outside either: that happens every day, while coming back does not.
"""

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.attempts import is_unlinked
from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

MARGIN_MS: Final = 30 * 60_000
COVERED_MS: Final = 24 * 3_600_000  # around the first and the last shift
STAYING_MS: Final = 2 * 3_600_000  # after a shift's end
PAUSE_MS: Final = 3_600_000
TOGETHER_MS: Final = 24 * 3_600_000
REFRACTORY_MS: Final = 5 * 24 * 3_600_000
FORGOTTEN_MS: Final = 14 * 24 * 3_600_000  # after a shift's end
SHIFTS_OF_AN_AGENT: Final = 200
SECOND_SIGNS: Final = frozenset({"refused_access", "unlinked_drift"})

_MOST_AGENTS: Final = 10_000
_FURTHER_LOOKS: Final = frozenset({EventName.AGENT_FIELD_UNMASKED, EventName.AGENT_CASE_OPENED})


class _Agent(msgspec.Struct, forbid_unknown_fields=True):
    """`shifts`: from, to; in this order. `outside`: of the newest look outside, when and in which entry. `worked_ms`:
    when they last looked within a shift, or staying late."""

    shifts: list[tuple[int, int]]
    worked_ms: int | None = None
    outside: tuple[int, int] | None = None
    other_ms: int | None = None
    flagged_ms: int | None = None
    blocked_ms: int | None = None


class _State(Kept):
    agents: list[tuple[str, _Agent]]


class OffRoster:
    """Implements Detector. The score is hours to the nearest shift. Memory: 200 shifts of each of at most 10,000
    agents, those planned longest ago forgotten first."""

    name: Final = "off_roster"

    def __init__(self) -> None:
        self._last = -1
        self._agents: OrderedDict[str, _Agent] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last:
            return ()
        if event.name is EventName.OPERATOR_SHIFT_PLANNED and event.outcome is Outcome.DONE:
            self._last = entry.index
            self._plan(event)
            return ()
        if event.name is EventName.SYSTEM_FLAG_RAISED:
            self._last = entry.index
            return self._second_sign(event)
        agent = self._agents.get(event.actor.id)
        if agent is None or not _is_look(event):
            return ()
        self._last = entry.index
        away = _away_ms(agent.shifts, event.at_ms)
        if away is None or away <= MARGIN_MS or _stays_late(agent, event.at_ms):
            agent.worked_ms = event.at_ms
            return ()
        agent.outside = (event.at_ms, entry.index)
        return self._judged(event.actor.id, agent, event.at_ms)

    def state(self) -> bytes:
        return msgspec.json.encode(_State(2, self._last, list(self._agents.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State, version=2)
        self._last, self._agents = found.last, OrderedDict(found.agents)

    def _plan(self, event: Event) -> None:
        name, begins, ends = (event.facts.get(fact) for fact in ("staff", "from_ms", "to_ms"))
        if not isinstance(name, str) or not isinstance(begins, int) or not isinstance(ends, int):
            return
        agent = self._agents.pop(name, None) or _Agent([])
        self._agents[name] = agent
        if len(self._agents) > _MOST_AGENTS:
            self._agents.popitem(last=False)
        agent.shifts = [one for one in agent.shifts if event.at_ms - one[1] <= FORGOTTEN_MS]
        if (begins, ends) not in agent.shifts:
            insort(agent.shifts, (begins, ends))
        del agent.shifts[:-SHIFTS_OF_AN_AGENT]

    def _second_sign(self, event: Event) -> Iterable[Flag]:
        name = str(event.facts.get("target", ""))
        agent = self._agents.get(name)
        if agent is None or event.facts.get("detector") not in SECOND_SIGNS:
            return ()
        if event.facts.get("action") == Action.SHADOW:
            return ()
        agent.other_ms = event.at_ms
        outside = agent.outside
        if outside is None or event.at_ms - outside[0] > TOGETHER_MS:
            return ()
        return self._judged(name, agent, event.at_ms)

    def _judged(self, name: str, agent: _Agent, now_ms: int) -> Iterable[Flag]:
        """A block once for each time that the other detector spoke."""
        other, blocked = agent.other_ms, agent.blocked_ms
        both = other is not None and now_ms - other <= TOGETHER_MS and (blocked is None or blocked < other)
        if not both and agent.flagged_ms is not None and now_ms - agent.flagged_ms < REFRACTORY_MS:
            return ()
        agent.flagged_ms = now_ms
        if both:
            agent.blocked_ms = now_ms
        return [_flag(name, agent, Action.BLOCK if both else Action.STEP_UP)]


def _is_look(event: Event) -> bool:
    further = event.name in _FURTHER_LOOKS and event.outcome is Outcome.DONE
    return further or is_unlinked(event) is not None


def _away_ms(shifts: list[tuple[int, int]], at_ms: int) -> int | None:
    """To the nearest shift; 0 within one, None where the roster says nothing about that time."""
    first, last = min(begins for begins, _ in shifts), max(ends for _, ends in shifts)
    if not first - COVERED_MS <= at_ms < last + COVERED_MS:
        return None
    return min(max(begins - at_ms, at_ms - ends, 0) for begins, ends in shifts)


def _stays_late(agent: _Agent, at_ms: int) -> bool:
    if agent.worked_ms is None or not 0 <= at_ms - agent.worked_ms <= PAUSE_MS:
        return False
    return any(ends <= at_ms <= ends + STAYING_MS for _, ends in agent.shifts)


def _flag(name: str, agent: _Agent, action: Action) -> Flag:
    at_ms, index = agent.outside or (0, -1)
    away = _away_ms(agent.shifts, at_ms) or 0
    return Flag(
        detector=OffRoster.name,
        target=name,
        score=away / 3_600_000,
        reason_key="flag.off_roster.and" if action is Action.BLOCK else "flag.off_roster",
        action=action,
        reason_facts={"minutes": away // 60_000, "entry": index},
        entries=(index,),
        target_kind=TargetKind.AGENT,
    )
