"""How many customers an agent looks at in a shift, and how many are usual: the engine of the detectors of volume.

Terms: a *shift* is an agent's work without a pause of six hours; its *count* is of distinct customers. The *usual*
count is the mean of the agent's last 20 shifts, weighed against 5 shifts of the mean of everybody's; where little is
known of anybody, 30. Counts of ordinary shifts are taken as negative binomial: much wider than Poisson, as work is
uneven.

Nobody can make much usual for themselves by raising it slowly: of a shift at most twice everybody's mean is learned.
What a whole floor does more on a busy day is no agent's doing: for each day (UTC, by the shift's beginning) the counts
of all others are held against what was usual of them.
"""

from collections import OrderedDict
from typing import Final

import msgspec

PAUSE_MS: Final = 6 * 3_600_000
LONGEST_MS: Final = 16 * 3_600_000  # then the next shift begins
DAY_MS: Final = 24 * 3_600_000
AT_FIRST: Final = 30.0
LEARNED_AT_MOST: Final = 2.0  # times everybody's mean
LEAST_BUSY: Final = 0.75
MOST_BUSY: Final = 3.0

_SHIFTS: Final = 20
_EVERYBODY_WEIGHS: Final = 5.0
_FIRST_WEIGHS: Final = 10.0
_FADES: Final = 1 - 1 / 5_000  # of everybody's mean, a shift
_DAYS: Final = 4
_BUSY_WEIGHS: Final = 150.0  # customers, of a day as usual
_MOST_AGENTS: Final = 10_000
_MOST_CUSTOMERS: Final = 1_000


class Shift(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    began_ms: int
    last_ms: int
    usual: float
    customers: set[str] = set()
    entries: list[int] = []


class Agent(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    counts: list[float]
    now: Shift | None = None


class Day(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    number: int
    count: float = 0.0
    usual: float = 0.0


class ShiftsState(msgspec.Struct, forbid_unknown_fields=True):
    agents: list[tuple[str, Agent]]
    mean: float
    weight: float
    days: list[Day]


class Ended(msgspec.Struct, frozen=True):
    """`busy`: how many times the usual all others did on the day on which it began."""

    began_ms: int
    count: int
    usual: float
    busy: float
    entries: tuple[int, ...]


class Shifts:
    """Memory: 20 counts, and at most 1,000 customers of one shift, of each of at most 10,000 agents, those seen longest
    ago forgotten first."""

    def __init__(self) -> None:
        self._agents: OrderedDict[str, Agent] = OrderedDict()
        self._mean, self._weight = AT_FIRST, _FIRST_WEIGHS
        self._days: list[Day] = []
        self._latest: tuple[int, tuple[Shift, Ended | None]] | None = None

    def look(self, name: str, customer: str, at_ms: int, index: int) -> tuple[Shift, Ended | None]:
        """The shift that this look belongs to, and the one before where it has ended just by that. The entry told last
        may be told again, and changes nothing then: detectors that hear the same entries can have one of these."""
        if self._latest is None or self._latest[0] != index:
            self._latest = (index, self._look(name, customer, at_ms, index))
        return self._latest[1]

    def _look(self, name: str, customer: str, at_ms: int, index: int) -> tuple[Shift, Ended | None]:
        agent = self._agents.pop(name, None) or Agent([])
        self._agents[name] = agent
        if len(self._agents) > _MOST_AGENTS:
            self._agents.popitem(last=False)
        ended, shift = None, agent.now
        if shift is None or at_ms - shift.last_ms > PAUSE_MS or at_ms - shift.began_ms > LONGEST_MS:
            ended = self._end(agent)
            shift = agent.now = Shift(at_ms, at_ms, self._usual(agent))
            self._day(at_ms).usual += shift.usual
        shift.last_ms = max(shift.last_ms, at_ms)
        if customer not in shift.customers and len(shift.customers) < _MOST_CUSTOMERS:
            shift.customers.add(customer)
            shift.entries.append(index)
            self._day(shift.began_ms).count += 1
        return shift, ended

    def learned(self) -> ShiftsState:
        return ShiftsState(list(self._agents.items()), self._mean, self._weight, self._days)

    def restore(self, found: ShiftsState) -> None:
        self._agents, self._days = OrderedDict(found.agents), found.days
        self._mean, self._weight, self._latest = found.mean, found.weight, None

    def _end(self, agent: Agent) -> Ended | None:
        shift = agent.now
        if shift is None:
            return None
        count, day = len(shift.customers), self._day(shift.began_ms)
        others, usual = max(0.0, day.count - count), max(0.0, day.usual - shift.usual)
        busy = (others + _BUSY_WEIGHS) / (usual + _BUSY_WEIGHS)
        learned = min(float(count), LEARNED_AT_MOST * self._mean)
        agent.counts = [*agent.counts, learned][-_SHIFTS:]
        self._weight = self._weight * _FADES + 1.0
        self._mean += (learned - self._mean) / self._weight
        return Ended(
            shift.began_ms,
            count,
            shift.usual,
            min(MOST_BUSY, max(LEAST_BUSY, busy)),
            tuple(shift.entries),
        )

    def _usual(self, agent: Agent) -> float:
        return (self._mean * _EVERYBODY_WEIGHS + sum(agent.counts)) / (_EVERYBODY_WEIGHS + len(agent.counts))

    def _day(self, at_ms: int) -> Day:
        """That day; the oldest known for one long past."""
        number = at_ms // DAY_MS
        for day in reversed(self._days):
            if day.number == number:
                return day
        if self._days and number < self._days[0].number:
            return self._days[0]
        self._days = [*self._days, Day(number)][-_DAYS:]
        return self._days[-1]
