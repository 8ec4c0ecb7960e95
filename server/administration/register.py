"""Entry first: an act that gives something happens only once its intent is durable, and its outcome is told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from audit.event import Actor, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from session.ports import Clock
from support.ports import StoreUnavailable

Result = TypeVar("Result")


class Register:
    def __init__(self, log: AuditWriter, clock: Clock) -> None:
        self._log, self._clock = log, clock

    def intent(
        self,
        name: EventName,
        by: Actor,
        facts: Mapping[str, Fact],
        *,
        case: str | None = None,
        customer: str | None = None,
    ) -> Event:
        return Event(
            name=name,
            outcome=Outcome.INTENT,
            at_ms=self._clock.now_ms(),
            actor=by,
            case=case,
            customer=customer,
            facts=facts,
        )

    async def carry_out(self, intents: Sequence[Event], effect: Callable[[int], Awaitable[Result]]) -> Result:
        """`effect` gets the index of the first entry. Raises LogUnavailable, and what `effect` raises.

        Where the database does not tell whether it wrote, the intents stay open: the next start closes them as unknown.
        """
        appended = await self._log.append_all(intents)
        try:
            result = await effect(appended[0].index)
        except StoreUnavailable:
            raise
        except Exception:
            self._close(intents, [one.index for one in appended], Outcome.FAILED)
            raise
        self._close(intents, [one.index for one in appended], Outcome.DONE)
        return result

    async def look(self, name: EventName, by: Actor, facts: Mapping[str, Fact]) -> None:
        """A look at what concerns customers, before anything is shown. Raises LogUnavailable."""
        await self._log.append(replace(self.intent(name, by, facts), outcome=Outcome.DONE))

    async def refused(self, name: EventName, by: Actor, facts: Mapping[str, Fact]) -> None:
        """An attempt that came to nothing. Raises LogUnavailable."""
        await self._log.append(replace(self.intent(name, by, facts), outcome=Outcome.REFUSED))

    def taken_away(
        self, name: EventName, by: Actor, facts: Mapping[str, Fact], *, case: str | None = None
    ) -> None:
        """After the fact, and without waiting."""
        self._log.append_reducing(replace(self.intent(name, by, facts, case=case), outcome=Outcome.DONE))

    def _close(self, intents: Sequence[Event], indices: Sequence[int], outcome: Outcome) -> None:
        """Never waits: whoever is cancelled now must not leave an intent open."""
        for intent, index in zip(intents, indices, strict=True):
            self._log.append_reducing(
                replace(
                    intent, outcome=outcome, at_ms=self._clock.now_ms(), intent=index, facts={}, personal={}
                )
            )
