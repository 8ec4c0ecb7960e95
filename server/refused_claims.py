"""Refused tries to join, on record without letting strangers fill the log: one by one at first, then counted."""

import asyncio
from collections import Counter
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from session.ports import Clock

SUMMED_EVERY_S: Final = 60.0


class RefusedClaims:
    """`kind` is "spoken" or "link"."""

    def __init__(self, log: AuditWriter, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._summed: Counter[str] = Counter()

    async def refused(self, kind: str, *, often: bool) -> None:
        """One more. `often`: its source has had its share of entries. Raises LogUnavailable."""
        if often:
            self._summed[kind] += 1
            return
        await self._log.append(self._entry({"kind": kind}))

    async def run(self) -> None:
        """For ever: what was only counted is told once a minute, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(SUMMED_EVERY_S)
                self._tell()
        finally:
            self._tell()

    def _tell(self) -> None:
        summed, self._summed = self._summed, Counter()
        for kind, times in summed.items():
            self._log.append_reducing(self._entry({"kind": kind, "times": times}))

    def _entry(self, facts: dict[str, Fact]) -> Event:
        return Event(
            name=EventName.CUSTOMER_INVITATION_REFUSED,
            outcome=Outcome.REFUSED,
            at_ms=self._clock.now_ms(),
            actor=Actor(ActorKind.CUSTOMER),
            facts=facts,
        )
