"""Carrying out an erasure, so that a crash at any point leaves something that the next round finishes.

1. Intent entry, durable.
2. One transaction: nothing hinders it, both approvals stand, the rows are blanked, and the row of the erasure says so.
   Records that were merged into this one go with it: their rows, and in step 3 their keys.
   From here on it is *begun* and will be finished; before, it is as if it had not been tried.
3. Everything that remembers the customer forgets; the keys are destroyed and the tombstone stands; they forget again.
4. The database's write-ahead log is cut: it held the rows as they were.
5. Outcome entry, which names nobody; then the row of the erasure is its receipt.

Steps 3 to 5 may be done twice without harm. They are done at start before anything else, and by the keeper.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from audit.erasure.forgetting import Forgetting
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.keystore import Keystore
from audit.ports import AuditReader, AuditWriter
from server.erasure_rule import ErasureRule
from server.storage.erasures import Hindered
from server.storage.stores import Stores
from session.ports import Clock
from support.customer import Customer
from support.erasure import Erasure, Hindrance
from support.identity import StaffId

READ_AT_ONCE: Final = 2_000
_log: Final = structlog.get_logger("erasing")


class EndedLog(AuditWriter, AuditReader, Protocol):
    @property
    def size(self) -> int:
        """How many entries are durable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """What holds something of a customer beside the rows. `cut_wal` is False while somebody reads the database."""

    keystore: Keystore
    forgetting: Sequence[Forgetting]
    cut_wal: Callable[[], Awaitable[bool]]


class Erasing:
    """Raises LogUnavailable, StoreUnavailable, KeystoreFailed, KeyUnavailable, and what reading the log raises: then
    the next round goes on."""

    def __init__(
        self, stores: Stores, log: EndedLog, clock: Clock, rule: ErasureRule, remembering: Remembering
    ) -> None:
        self._stores, self._log, self._clock, self._rule = stores, log, clock, rule
        self._remembering = remembering
        self._one = asyncio.Lock()

    async def finish_begun(self) -> None:
        async with self._one:
            for erasure in await self._stores.erasures.begun():
                await self._finish(erasure)

    async def carry_out_due(self) -> None:
        """All whose day has come and that both officers approved."""
        async with self._one:
            now = self._clock.now_ms()
            for erasure in await self._stores.erasures.unfinished(now):
                if erasure.approved and now >= erasure.due_at_ms and await self._officers_stand(erasure):
                    await self._begin(erasure)
        await self.finish_begun()

    async def _officers_stand(self, erasure: Erasure) -> bool:
        now = self._clock.now_ms()
        named = [StaffId(one) for one in (erasure.first_officer, erasure.second_officer) if one is not None]
        found = await self._stores.staff.find_all(frozenset(named))
        return len(found) == 2 and not any(staff.blocked(now) for staff in found.values())  # two

    async def _begin(self, erasure: Erasure) -> None:
        now = self._clock.now_ms()
        customer = await self._stores.customers.find(erasure.subject)
        if customer is None:
            return
        bonds = await self._stores.erasures.bonds(erasure.subject)
        if hindrance := self._rule.hindrance(customer, bonds, now):
            await self._tell_hindrance(erasure, hindrance)
            return
        intent = await self._log.append(_event(erasure, Outcome.INTENT, now))
        await self._blank(erasure, customer, intent.index, now)

    async def _blank(self, erasure: Erasure, customer: Customer, intent: int, now: int) -> None:
        """Where the database does not tell whether it wrote, the intent stays open: the row decides."""
        try:
            begun = await self._stores.erasures.begin(erasure, intent, now, self._rule.judge(customer, now))
        except Hindered as error:
            self._log.append_reducing(_event(erasure, Outcome.FAILED, now, intent))
            await self._tell_hindrance(erasure, error.hindrance)
            return
        if not begun:
            self._log.append_reducing(_event(erasure, Outcome.FAILED, now, intent))

    async def _finish(self, erasure: Erasure) -> None:
        sessions = await self._stores.erasures.sessions_of(erasure.subject)
        await self._forget(erasure, sessions)
        group = await self._stores.merged.ids_of(erasure.subject)
        keys = sum([await asyncio.to_thread(self._remembering.keystore.erase, one) for one in group])
        await self._stores.erasures.destroyed(erasure.id, keys)
        await self._forget(erasure, sessions)
        if not await self._remembering.cut_wal():
            _log.info(
                "the database is read just now; the erasure is finished a little later", erasure=erasure.id
            )
            return
        done = await self._told(erasure)
        if done is None:
            done = (await self._log.append(await self._outcome(erasure))).index
        await self._stores.erasures.done(erasure.id, done, self._clock.now_ms())
        _log.info("a customer was erased", erasure=erasure.id, entry=done)

    async def _forget(self, erasure: Erasure, sessions: Sequence[str]) -> None:
        for subject in await self._stores.merged.ids_of(erasure.subject):
            self._stores.sealing.forget(subject)
            for one in self._remembering.forgetting:
                await one.forget(subject, sessions)

    async def _outcome(self, erasure: Erasure) -> Event:
        row = await self._stores.erasures.find(erasure.id) or erasure
        facts: dict[str, Fact] = {"keys": row.keys_destroyed or 0, "rows": row.rows_blanked or 0}
        return _event(row, Outcome.DONE, self._clock.now_ms(), row.intent_index, facts)

    async def _told(self, erasure: Erasure) -> int | None:
        """The index of its outcome, if a crash came between that entry and the row."""
        start = (erasure.intent_index or 0) + 1
        for first in range(start, self._log.size, READ_AT_ONCE):
            for entry in await self._log.read(first, first + READ_AT_ONCE):
                event = entry.event
                if event is not None and (event.name, event.outcome, event.intent) == (
                    EventName.SYSTEM_SUBJECT_ERASED,
                    Outcome.DONE,
                    erasure.intent_index,
                ):
                    return entry.index
        return None

    async def _tell_hindrance(self, erasure: Erasure, hindrance: Hindrance) -> None:
        """Once, until it is another one."""
        if erasure.hindered_by == hindrance.value:
            return
        facts: dict[str, Fact] = {"erasure": erasure.id, "reason": hindrance.value}
        await self._log.append(
            Event(
                EventName.SYSTEM_ERASURE_HINDERED,
                Outcome.REFUSED,
                self._clock.now_ms(),
                Actor(ActorKind.SYSTEM),
                customer=erasure.subject,
                facts=facts,
            )
        )
        await self._stores.erasures.hindered(erasure.id, hindrance)


def _event(
    erasure: Erasure,
    outcome: Outcome,
    now: int,
    intent: int | None = None,
    facts: dict[str, Fact] | None = None,
) -> Event:
    return Event(
        EventName.SYSTEM_SUBJECT_ERASED,
        outcome,
        now,
        Actor(ActorKind.SYSTEM),
        customer=erasure.subject,
        intent=intent,
        facts={"erasure": erasure.id, **(facts or {})},
    )
