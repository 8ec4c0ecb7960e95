"""An officer judges a flag: right or not, and why. It goes on record, feeds the figures of its detector, and changes
nothing else: a block goes on until it is over or somebody lifts it.

Nobody judges a flag about themselves. A verdict can be replaced, as more may be known later; the log has all of them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from audit.detectors.precision import Precision, Verdict
from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.problems import Problem, not_found
from server.storage.flag_verdicts import GivenVerdict
from server.storage.flags import StoredFlag
from server.storage.stores import Stores
from session.ports import Clock
from support.staff import HELPERS, Staff

WEEK_MS: Final = 7 * 24 * 3_600_000
WEEKS: Final = 13
NO_SUSPICIONS: Final = frozenset(
    {"overridden"}
)  # detectors that tell what was allowed: none of them is false
_NAMES: Final = {
    Verdict.CONFIRMED: EventName.OFFICER_FLAG_CONFIRMED,
    Verdict.DISMISSED: EventName.OFFICER_FLAG_DISMISSED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How right the detectors were in the last 13 weeks, or since the first flag. `spent`: flags dismissed for each
    agent and week."""

    detectors: list[Precision]
    weeks: float
    agents: int
    spent: float


class FlagVerdicts:
    """Raises Problem, LogUnavailable, StoreUnavailable: then nothing was changed."""

    def __init__(self, stores: Stores, log: AuditWriter, changed: asyncio.Event, clock: Clock) -> None:
        """`changed` is set where officers' pages have something new to show."""
        self._stores, self._clock, self._changed = stores, clock, changed
        self._register = Register(log, clock)

    async def judge(self, named: str, verdict: Verdict, reason: str, officer: Staff) -> None:
        """`named`: the index of the flag's entry, in decimal digits. `reason` is one line."""
        flag = await self._found(named)
        if officer.id in {flag.target, *flag.reason_facts.values()}:  # or one of a pair
            raise Problem(
                409, "flag_own", "This flag is about you. Nothing was changed. Another officer judges it."
            )
        facts: dict[str, Fact] = {"flag": flag.log_index, "detector": flag.detector, "reason": reason}
        intent = self._register.intent(_NAMES[verdict], Actor(ActorKind.OFFICER, officer.id), facts)
        given = GivenVerdict(flag.log_index, verdict, officer.id, reason, self._clock.now_ms())
        await self._register.carry_out([intent], lambda index: self._stores.flag_verdicts.give(given, index))
        self._changed.set()

    async def given(self, flags: list[StoredFlag]) -> Mapping[int, GivenVerdict]:
        return await self._stores.flag_verdicts.of([flag.log_index for flag in flags])

    async def standing(self) -> Standing:
        now = self._clock.now_ms()
        since = now - WEEKS * WEEK_MS
        first = await self._stores.flags.first_since(since)
        detectors = await self._stores.flag_verdicts.precision(since)
        agents = len(await self._stores.staff_roll.able_to_sign_in(HELPERS, now))
        weeks = max(1.0, (now - (first if first is not None else now)) / WEEK_MS)
        dismissed = sum(one.dismissed for one in detectors if one.detector not in NO_SUSPICIONS)
        return Standing(detectors, weeks, agents, dismissed / (weeks * max(1, agents)))

    async def _found(self, named: str) -> StoredFlag:
        index = int(named) if named.isascii() and named.isdecimal() and len(named) <= 15 else -1
        flag = await self._stores.flags.find(index)
        if flag is None:
            raise not_found()
        return flag
