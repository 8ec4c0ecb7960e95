"""Customers' references that an agent types one after another: A-104, A-105, A-106. What the log is told is the length
of the run alone, never a reference."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from audit.event import Fact

WITHIN_MS: Final = 10 * 60_000
MOST_OF_AN_AGENT: Final = 20
MOST_AGENTS: Final = 10_000
_NUMBERED: Final = re.compile(r"(.*?)([0-9]{1,18})", re.ASCII)


class ReferenceRuns:
    """In this server's memory, for ten minutes. Of one agent the last 20 are known, of at most 10,000 agents."""

    def __init__(self) -> None:
        self._typed: OrderedDict[str, list[tuple[int, str, int]]] = OrderedDict()

    def typed(self, agent: str, reference: str, now_ms: int) -> int:
        """How many different references of the last ten minutes run on, number by number, through this one; in
        whatever order they were typed. 1 where it stands alone or does not end in a number."""
        found = _NUMBERED.fullmatch(reference)
        if found is None:
            return 1
        prefix, number = found[1].casefold(), int(found[2])
        before = self._typed.pop(agent, [])
        recent = [one for one in before if abs(now_ms - one[0]) <= WITHIN_MS and one[1:] != (prefix, number)]
        recent = [*recent, (now_ms, prefix, number)][-MOST_OF_AN_AGENT:]
        self._typed[agent] = recent
        self._forget(now_ms)
        return _run({one[2] for one in recent if one[1] == prefix}, number)

    def _forget(self, now_ms: int) -> None:
        """Who has typed nothing for ten minutes, and beyond the most the one who was quiet for longest."""
        while len(self._typed) > MOST_AGENTS or now_ms - next(iter(self._typed.values()))[-1][0] > WITHIN_MS:
            self._typed.popitem(last=False)


def run_facts(length: int) -> Mapping[str, Fact]:
    """For the entry of the look-up; nothing where a reference stands alone."""
    return {"run": length} if length > 1 else {}


def _run(numbers: set[int], number: int) -> int:
    first = last = number
    while first - 1 in numbers:
        first -= 1
    while last + 1 in numbers:
        last += 1
    return last - first + 1
