"""What a detector would have said of the last weeks, at its threshold or another one: read from the log, told in
numbers alone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from audit.detectors import Action, Detector
from audit.detectors.precision import Verdict
from audit.event import ActorKind, Event
from audit.ports import AuditReader, OpenedEntry
from server.relearning import REMEMBERED_MS, caught_up

WEEK_MS: Final = 7 * 24 * 3_600_000
SAME_MS: Final = 24 * 3_600_000  # two flags about one target so close to each other are about the same thing


@dataclass(frozen=True, slots=True)
class Judged:
    """A flag that the detector really raised, and what officers found."""

    target: str
    at_ms: int
    verdict: Verdict


@dataclass(slots=True)
class Told:
    """`agents`: whom a flag would have been about. `agent_weeks`: for each agent at work, in how many weeks."""

    flags: int = 0
    blocks: int = 0
    agents: set[str] = field(default_factory=set)
    at_work: set[tuple[str, int]] = field(default_factory=set)
    raised: list[tuple[str, int]] = field(default_factory=list)

    @property
    def agent_weeks(self) -> int:
        return len(self.at_work)

    def kept(self, judged: Collection[Judged]) -> Mapping[Verdict, int]:
        """How many of the judged flags would have been raised then too."""
        counts = dict.fromkeys(Verdict, 0)
        for one in judged:
            same = any(target == one.target and abs(at - one.at_ms) <= SAME_MS for target, at in self.raised)
            counts[one.verdict] += same
        return counts


async def replay(log: AuditReader, size: int, detector: Detector, weeks: int, now_ms: int) -> Told:
    """The detector learns from the quarter before, and is asked about the last `weeks`; of `size` entries. Takes no
    more than half of the loop's time. Raises as `AuditLog.read`."""
    since, told = now_ms - weeks * WEEK_MS, Told()

    def observe(entry: OpenedEntry) -> None:
        event = entry.event
        counts = event is not None and event.at_ms >= since
        for flag in detector.observe(entry):
            if counts and event is not None:
                told.flags += 1
                told.blocks += flag.action is Action.BLOCK
                told.agents.add(flag.target)
                told.raised.append((flag.target, event.at_ms))
        if counts and event is not None:
            _at_work(told, event)

    await caught_up(log, since - REMEMBERED_MS, lambda: size - 1, observe)
    return told


def _at_work(told: Told, event: Event) -> None:
    if event.actor.kind is ActorKind.AGENT and event.actor.id:
        told.at_work.add((event.actor.id, event.at_ms // WEEK_MS))
