"""Refused tries to join or enrol, on record without letting strangers fill the log: one by one, then counted."""

import asyncio
from collections import Counter
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from session.ports import Clock

SUMMED_EVERY_S: Final = 60.0
_STRANGER: Final = {
    EventName.AGENT_ENROLMENT_REFUSED: Actor(ActorKind.AGENT),
    EventName.OFFICER_ENROLMENT_REFUSED: Actor(ActorKind.OFFICER),
    EventName.KEY_REQUEST_REFUSED: Actor(ActorKind.KEY),
}


class RefusedClaims:
    def __init__(self, log: AuditWriter, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._summed: Counter[tuple[EventName, str, str]] = Counter()

    async def refused(self, kind: str, *, often: bool) -> None:
        """One more try to join; `kind` is "spoken" or "link". `often`: its source has had its share of entries.
        Raises LogUnavailable."""
        event = self._entry(EventName.CUSTOMER_INVITATION_REFUSED, {"kind": kind})
        await self._told(event, "kind", often=often)

    async def refused_event(self, event: Event, *, often: bool) -> None:
        """As `refused`, for a link to enrol. Many are counted by their fact `reason` alone."""
        await self._told(event, "reason", often=often)

    async def run(self) -> None:
        """For ever: what was only counted is told once a minute, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(SUMMED_EVERY_S)
                self._tell()
        finally:
            self._tell()

    async def _told(self, event: Event, by: str, *, often: bool) -> None:
        if often:
            self._summed[event.name, by, str(event.facts[by])] += 1
        else:
            await self._log.append(event)

    def _tell(self) -> None:
        summed, self._summed = self._summed, Counter()
        for (name, by, value), times in summed.items():
            self._log.append_reducing(self._entry(name, {by: value, "times": times}))

    def _entry(self, name: EventName, facts: dict[str, Fact]) -> Event:
        return Event(
            name=name,
            outcome=Outcome.REFUSED,
            at_ms=self._clock.now_ms(),
            actor=_STRANGER.get(name, Actor(ActorKind.CUSTOMER)),
            facts=facts,
        )
