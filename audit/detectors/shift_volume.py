"""Far more customers looked at in one shift than this agent and everybody else look at in one.

The count of distinct customers of the shift so far is compared with a negative binomial distribution about the usual
count of a whole shift (`shifts`), with dispersion 10: a third of it, up or down, is ordinary. Its exact upper tail in
nats is the score; from THRESHOLD on (10 nats: one shift in 22,000) it is a flag, once in five days.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.detectors.shifts import Shifts, ShiftsState
from audit.detectors.tails import negative_binomial_nats
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

THRESHOLD: Final = 10.0
DISPERSION: Final = 10.0
REFRACTORY_MS: Final = 5 * 24 * 3_600_000
_MOST_AGENTS: Final = 10_000
_MOST_ENTRIES: Final = 50
_LOOKS: Final = frozenset(
    {EventName.AGENT_CASE_VIEWED, EventName.AGENT_CASE_OPENED, EventName.AGENT_CASE_OVERRIDDEN}
)


class _State(Kept):
    shifts: ShiftsState
    flagged: list[tuple[str, int]]


def is_look(event: Event) -> bool:
    return event.name in _LOOKS and event.outcome is Outcome.DONE and bool(event.actor.id and event.customer)


class ShiftVolume:
    """Implements Detector. The score is nats. Memory: that of `Shifts`, and a time for each of at most 10,000
    agents."""

    name: Final = "shift_volume"

    def __init__(self, threshold: float = THRESHOLD, shifts: Shifts | None = None) -> None:
        """`shifts`: those of another detector that is fed the same entries."""
        self._last, self._threshold = -1, threshold
        self._shifts = Shifts() if shifts is None else shifts
        self._flagged: OrderedDict[str, int] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not is_look(event):
            return ()
        self._last = entry.index
        agent = event.actor.id
        shift, _ = self._shifts.look(agent, event.customer or "", event.at_ms, entry.index)
        count = len(shift.customers)
        if (
            shift.entries[-1] != entry.index
            or count <= shift.usual * 1.5
            or self._resting(agent, event.at_ms)
        ):
            return ()
        nats = negative_binomial_nats(count, shift.usual, DISPERSION)
        if nats < self._threshold:
            return ()
        self._flagged[agent] = event.at_ms
        if len(self._flagged) > _MOST_AGENTS:
            self._flagged.popitem(last=False)
        facts = {"customers": count, "usual": round(shift.usual)}
        entries = tuple(shift.entries[-_MOST_ENTRIES:])
        return [
            Flag(self.name, agent, nats, "flag.shift_volume", Action.FLAG, facts, entries, TargetKind.AGENT)
        ]

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, self._shifts.learned(), list(self._flagged.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._shifts.restore(found.shifts)
        self._flagged = OrderedDict(found.flagged)

    def _resting(self, agent: str, now_ms: int) -> bool:
        before = self._flagged.get(agent)
        return before is not None and now_ms - before < REFRACTORY_MS
