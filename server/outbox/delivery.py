"""The one that sends: takes what is due, claims each try, sends, and marks what was sent.

1. Only while the lease is ours for longer than a try takes.
2. The try is counted in the message's row before anything leaves; until its deadline is over nobody begins another.
3. Sent and marked, or sent and not marked (a crash, a database that does not answer): then it is sent again, under the
   same id. Never marked and not sent.
4. What failed waits (`retrying`); what cannot succeed, or whose last day is over, is dead, and an entry says so.
5. At the end nothing new is begun, what is under way may finish, and the lease is left to another.
"""

import asyncio
import random
from collections import Counter
from typing import Final

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter, LogUnavailable
from server.checklist.facts import Outgoing
from server.clock import TrueClock
from server.outbox.failure import Cause, TryFailed
from server.outbox.lease import Lease
from server.outbox.message import DAY_MS, Message
from server.outbox.retrying import wait_ms
from server.outbox.sending import Senders
from server.storage.outbox import Due, OutboxStore
from server.tasks import Tasks
from support.ports import StoreUnavailable

EVERY_S: Final = 1.0
TRY_WITHIN_S: Final = 25.0  # longer than any sender's own deadline
LAST_WORDS_WITHIN_S: Final = 3.0
AT_ONCE: Final = 8
TIDIED_EVERY_S: Final = 600.0
COUNTED_EVERY_S: Final = 15.0
KEPT_DAYS: Final = 90  # for as long an act that is told again is known
EXPIRED: Final = "last_day"
_log: Final = structlog.get_logger("outbox")


class Delivery:
    """Implements Keeper. `tries` counts by channel and outcome since the start, `standing` is what waited lately."""

    name: Final = "outbox"

    def __init__(
        self,
        store: OutboxStore,
        senders: Senders,
        lease: Lease,
        log: AuditWriter,
        clock: TrueClock,
        *,
        every_s: float = EVERY_S,
        try_within_s: float = TRY_WITHIN_S,
    ) -> None:
        self._store, self._senders, self._lease = store, senders, lease
        self._log, self._clock = log, clock
        self._every_s, self._try_within_s = every_s, try_within_s
        self._tasks = Tasks()
        self._under_way: set[asyncio.Task[None]] = set()
        self._tidied_at, self._counted_at = -TIDIED_EVERY_S, -COUNTED_EVERY_S
        self.tries: Counter[tuple[str, str]] = Counter()
        self.standing = Outgoing(waiting=0, late=0, dead=0)

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._count()
                    busy = await self.send_due()
                except (StoreUnavailable, LogUnavailable) as error:
                    _log.warning("messages wait", reason=str(error))
                    busy = False
                await asyncio.sleep(0 if busy else self._every_s)
        finally:
            await self._end()

    async def send_due(self) -> bool:
        """One round; whether there may be more to do at once. Raises StoreUnavailable, LogUnavailable."""
        if not await self._lease.held(self._try_within_s):
            return False
        await self._tidy()
        due = await self._store.due(self._clock.now_ms(), AT_ONCE)
        if not due:
            return False
        for one in due:
            task = self._tasks.start(self._tried(one), name="a try of the outbox")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        await asyncio.wait(set(self._under_way))  # which a cancellation of this task leaves alone
        return len(due) == AT_ONCE

    async def _tried(self, due: Due) -> None:
        try:
            await self._try(due)
        except StoreUnavailable as error:
            _log.warning("messages wait", reason=str(error))

    async def _try(self, due: Due) -> None:
        message, began = due.message, self._clock.now_ms()
        if not await self._store.begin(due, began + round(self._try_within_s * 1_000)):
            return
        try:
            async with asyncio.timeout(self._try_within_s):
                await self._senders.send(message)
        except TimeoutError:
            await self._failed(due, TryFailed(Cause.TIMEOUT))
        except TryFailed as failure:
            await self._failed(due, failure)
        else:
            self.tries[message.channel.value, "sent"] += 1
            if await self._store.sent(message.id, self._clock.now_ms(), keep=self._senders.shown):
                self._record(EventName.SYSTEM_MESSAGE_SENT, Outcome.DONE, message, {"tries": due.tries + 1})

    async def _failed(self, due: Due, failure: TryFailed) -> None:
        message, now = due.message, self._clock.now_ms()
        self.tries[message.channel.value, failure.cause.value] += 1
        again = now + wait_ms(due.tries + 1, random.random())  # noqa: S311  # it only spreads the load
        if failure.final or again >= message.last_at_ms:
            await self._bury(message, failure.cause.value, due.tries + 1)
        else:
            await self._store.failed(message.id, failure.cause.value, again)

    async def _bury(self, message: Message, cause: str, tries: int) -> None:
        if await self._store.bury(message.id, cause, self._clock.now_ms()):
            _log.warning("a message could not be sent", message=message.id, about=message.about, cause=cause)
            facts: dict[str, Fact] = {"tries": tries, "cause": cause}
            self._record(EventName.SYSTEM_MESSAGE_FAILED, Outcome.FAILED, message, facts)

    async def _count(self) -> None:
        """For the metrics, by every server."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._counted_at >= COUNTED_EVERY_S:
            self._counted_at = now_s
            self.standing = await self._store.counted(self._clock.now_ms())

    async def _tidy(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._tidied_at < TIDIED_EVERY_S:
            return
        self._tidied_at = now_s
        now = self._clock.now_ms()
        for one in await self._store.overdue(now):
            await self._bury(one.message, one.failure or EXPIRED, one.tries)
        await self._store.void_of_removed(now)
        await self._store.forget(now - KEPT_DAYS * DAY_MS)

    def _record(self, name: EventName, outcome: Outcome, message: Message, facts: dict[str, Fact]) -> None:
        """Without waiting: whatever it was about is on record already."""
        self._log.append_reducing(
            Event(
                name,
                outcome,
                self._clock.now_ms(),
                Actor(ActorKind.SYSTEM),
                customer=message.subject,
                facts={
                    "message": message.id,
                    "channel": message.channel.value,
                    "about": message.about,
                    **facts,
                },
            )
        )

    async def _end(self) -> None:
        """Also while this task is being cancelled: its tries are tasks of their own."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_WORDS_WITHIN_S)
        await self._tasks.close()
        try:
            await self._lease.leave()
        except StoreUnavailable as error:
            _log.warning("the lease of the outbox runs out by itself", reason=str(error))
