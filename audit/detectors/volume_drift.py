"""More and more customers looked at in a shift, for weeks, without a reason in the work.

When the next shift begins, the one before is judged: its count of distinct customers (`shifts`) against the usual one,
times what all others did more that day. To a sum that never falls below 0 it adds how much likelier the count is at one
and a half times that mean than at it, both negative binomial with dispersion 12 (Page's cumulative sum, 1954); one
shift adds or takes at most 4 nats. At THRESHOLD nats it is a flag, once in five days.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.detectors.shift_volume import is_look
from audit.detectors.shifts import Ended, Shifts, ShiftsState
from audit.ports import OpenedEntry

THRESHOLD: Final = 10.0
RISE: Final = 1.5
DISPERSION: Final = 12.0
MOST_OF_A_SHIFT: Final = 4.0
REFRACTORY_MS: Final = 5 * 24 * 3_600_000
_MOST_AGENTS: Final = 10_000
_MOST_ENTRIES: Final = 50


class _Sum(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    total: float = 0.0
    shifts: int = 0
    customers: int = 0
    usual: float = 0.0
    flagged_ms: int | None = None


class _State(Kept):
    shifts: ShiftsState
    sums: list[tuple[str, _Sum]]


class VolumeDrift:
    """Implements Detector. The score is nats. Memory: that of `Shifts`, and five numbers of each of at most 10,000
    agents."""

    name: Final = "volume_drift"

    def __init__(self, threshold: float = THRESHOLD, shifts: Shifts | None = None) -> None:
        """`shifts`: those of another detector that is fed the same entries."""
        self._last, self._threshold = -1, threshold
        self._shifts = Shifts() if shifts is None else shifts
        self._sums: OrderedDict[str, _Sum] = OrderedDict()

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or entry.index <= self._last or not is_look(event):
            return ()
        self._last = entry.index
        _, ended = self._shifts.look(event.actor.id, event.customer or "", event.at_ms, entry.index)
        return () if ended is None else self._judged(event.actor.id, ended, event.at_ms)

    def state(self) -> bytes:
        return msgspec.json.encode(_State(1, self._last, self._shifts.learned(), list(self._sums.items())))

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._shifts.restore(found.shifts)
        self._sums = OrderedDict(found.sums)

    def _judged(self, agent: str, ended: Ended, now_ms: int) -> Iterable[Flag]:
        known = self._sums.pop(agent, None) or _Sum()
        self._sums[agent] = known
        if len(self._sums) > _MOST_AGENTS:
            self._sums.popitem(last=False)
        if known.total <= 0.0:
            known.shifts, known.customers, known.usual = 0, 0, 0.0
        mean = ended.usual * ended.busy
        known.total = max(0.0, known.total + _evidence(ended.count, mean))
        known.shifts += 1
        known.customers += ended.count
        known.usual += mean
        resting = known.flagged_ms is not None and now_ms - known.flagged_ms < REFRACTORY_MS
        if known.total < self._threshold or resting:
            return ()
        score, known.total, known.flagged_ms = known.total, 0.0, now_ms
        facts = {"customers": known.customers, "shifts": known.shifts, "usual": round(known.usual)}
        entries = ended.entries[-_MOST_ENTRIES:]
        return [
            Flag(self.name, agent, score, "flag.volume_drift", Action.FLAG, facts, entries, TargetKind.AGENT)
        ]


def _evidence(count: int, mean: float) -> float:
    """ln of how much likelier the count is at RISE times the mean; -4 to 4."""
    risen = RISE * mean
    change = count * math.log(RISE) - (count + DISPERSION) * math.log(
        (DISPERSION + risen) / (DISPERSION + mean)
    )
    return min(MOST_OF_A_SHIFT, max(-MOST_OF_A_SHIFT, change))
