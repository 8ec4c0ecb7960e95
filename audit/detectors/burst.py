"""Many customers' records opened by one agent in a short time: more than any work needs, however each was allowed.
A case that the agent opened by a reference counts as a look at that customer.

Two caps, each a rule that anybody can check in the log: more than 30 distinct customers within 10 minutes, or more than
60 within 60. Whoever passes one is blocked for 30 minutes, in which an officer can look. A cap is far above a busy
hour of one person on the telephone, so no profile is needed; what stays below it is for the statistical detectors.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.event import EventName, Outcome
from audit.ports import OpenedEntry

CAPS: Final = ((10, 30), (60, 60))  # (minutes, distinct customers)
_LOOKS: Final = frozenset(
    {
        EventName.AGENT_CASE_VIEWED,
        EventName.AGENT_FIELD_UNMASKED,
        EventName.AGENT_CASE_OPENED,
        EventName.AGENT_CASE_OVERRIDDEN,
    }
)
_LONGEST_MS: Final = max(minutes for minutes, _ in CAPS) * 60_000
_MOST_AGENTS: Final = 10_000


class _Look(msgspec.Struct, forbid_unknown_fields=True, array_like=True):
    at_ms: int
    index: int


class _State(Kept):
    agents: list[tuple[str, list[tuple[str, _Look]]]]


class Burst:
    """Implements Detector. The score is the number of distinct customers over the cap's. Memory: for each of at most
    10,000 agents, those seen longest ago forgotten first, at most 61 customers."""

    name: Final = "burst"

    def __init__(self) -> None:
        self._last = -1
        self._agents: OrderedDict[str, OrderedDict[str, _Look]] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.name not in _LOOKS or event.outcome is not Outcome.DONE:
            return ()
        if entry.index <= self._last or not event.customer or not event.actor.id:
            return ()
        self._last = entry.index
        seen = self._remember(event.actor.id, event.customer, _Look(event.at_ms, entry.index))
        for minutes, cap in CAPS:
            if len(seen) <= cap:
                continue
            within = [one for one in seen.values() if event.at_ms - one.at_ms <= minutes * 60_000]
            if len(within) > cap:
                seen.clear()  # after a block counting begins anew: a second burst is a second block
                return [_flag(event.actor.id, within, minutes, cap)]
        return ()

    def state(self) -> bytes:
        agents = [(agent, list(seen.items())) for agent, seen in self._agents.items()]
        return msgspec.json.encode(_State(1, self._last, agents))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._agents = OrderedDict((agent, OrderedDict(seen)) for agent, seen in found.agents)

    def _remember(self, agent: str, customer: str, look: _Look) -> OrderedDict[str, _Look]:
        """The newest look at each customer within the longest window, oldest first."""
        seen = self._agents.pop(agent, None) or OrderedDict()
        self._agents[agent] = seen
        if len(self._agents) > _MOST_AGENTS:
            self._agents.popitem(last=False)
        seen.pop(customer, None)
        seen[customer] = look
        while look.at_ms - next(iter(seen.values())).at_ms > _LONGEST_MS:
            seen.popitem(last=False)
        return seen


def _flag(agent: str, looks: list[_Look], minutes: int, cap: int) -> Flag:
    return Flag(
        detector=Burst.name,
        target=agent,
        score=len(looks) / cap,
        reason_key="flag.burst",
        action=Action.BLOCK,
        reason_facts={"customers": len(looks), "minutes": minutes, "cap": cap},
        entries=tuple(one.index for one in looks),
        target_kind=TargetKind.AGENT,
    )
