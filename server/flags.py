"""Detectors read the log as it grows; what they suspect is recorded, stored and shown, and may end a session.

Detectors learn from entries alone, so at start their state is made again from the log: that of the quick ones from its
tail, before anything else, and then that of all from the last quarter, beside the work (`relearning`). A flag whose
entry stands in the tail is not raised a second time; one that a crash kept from being recorded is raised then. That can
only be one of the last hour before the stop, and is looked for there alone: further back the tail may lack what a
detector saw, and what it says now may differ from what was recorded then.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

import structlog

from audit.detectors import Action, Flag, TargetKind
from audit.detectors.registry import Detectors, all_detectors, quick_detectors
from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditReader, AuditWriter, LogUnavailable, OpenedEntry
from server.flag_news import FlagNews
from server.flag_steps import FlagSteps
from server.held_cases import HeldCases
from server.outbox.message import Message
from server.relearning import REMEMBERED_MS, caught_up
from server.storage.flags import FlagStore, StoredFlag
from session.conductor import Conductor
from session.errors import SessionUnknown
from session.events import EndDemanded
from session.identity import CaseId, SessionId
from session.model import EndCause
from session.ports import Clock, StoreUnavailable
from session.transitions import IllegalEvent

TRY_AGAIN_S: Final = 1.0
UNRECORDED_AT_MOST_MS: Final = 3_600_000
WAITING_AT_MOST: Final = 10_000
_REASON: Final = "reason."
_STEPS: Final = frozenset({Action.BLOCK, Action.STEP_UP})
_log: Final = structlog.get_logger("flags")


class WatchedLog(AuditWriter, AuditReader, Protocol):
    """A log that is written to and listened to."""


class Flags:
    def __init__(
        self,
        log: WatchedLog,
        store: FlagStore,
        conductor: Conductor,
        holds: HeldCases,
        steps: FlagSteps,
        news: FlagNews,
        changed: asyncio.Event,
        clock: Clock,
        on_trial: Collection[str] = (),
    ) -> None:
        """`on_trial`: names of detectors whose flags are recorded and shown, and followed by nothing."""
        self._on_trial, self._news = frozenset(on_trial), news
        self._log, self._store, self._conductor, self._holds = log, store, conductor, holds
        self._steps, self._changed, self._clock = steps, changed, clock
        self._detectors = Detectors(quick_detectors())
        self._canaries: Mapping[str, int] = {}
        self._heard, self._since_ms, self._learning = -1, clock.now_ms(), True
        self._said: set[tuple[Fact, ...]] = set()  # until all is learned again: what needs no second saying
        self._waiting: asyncio.Queue[tuple[Flag, OpenedEntry] | OpenedEntry] = asyncio.Queue(WAITING_AT_MOST)

    def watch_over(self, canaries: Mapping[str, int]) -> None:
        """At start, before `learn`: customers marked as canaries, each with since when (UTC ms)."""
        self._canaries = canaries
        self._detectors = Detectors(quick_detectors(canaries))

    def learn(self, tail: Sequence[OpenedEntry]) -> None:
        """At start, before anything new is recorded."""
        self._since_ms = _newest(tail) - UNRECORDED_AT_MOST_MS
        self._said |= {
            _name_of(entry.event.facts) for entry in tail if entry.event is not None and _is_flag(entry.event)
        }
        for entry in tail:
            if entry.event is not None and _is_flag(entry.event):
                self._enqueue(entry)
                self._stop_again(entry.event)
            for flag in self._detectors.observe(entry):
                self._say_once(flag, entry)
            self._heard = max(self._heard, entry.index)

    async def run(self) -> None:
        """For ever: listen, and carry out what the detectors ask."""
        unsubscribe = self._log.subscribe(self._listen)
        try:
            while True:
                await self._carry_out(await self._waiting.get())
        finally:
            unsubscribe()

    async def relearn(self) -> None:
        """Once, beside `run`: from then on the slow detectors speak too."""
        fresh = Detectors(all_detectors(self._canaries))

        def observe(entry: OpenedEntry) -> None:
            for flag in fresh.observe(entry):
                self._say_once(flag, entry)

        try:
            await caught_up(self._log, self._clock.now_ms() - REMEMBERED_MS, lambda: self._heard, observe)
        except Exception as error:  # noqa: BLE001  # the quick detectors and the server go on
            _log.exception("what the slow detectors know could not be made again", exc_info=error)
            return
        self._detectors = fresh  # nothing was heard since the last entry that it has seen
        self._learning = False
        self._said.clear()

    def _say_once(self, flag: Flag, entry: OpenedEntry) -> None:
        """What is known, and what is older than a stop can have cut off, is not said."""
        name = _name_of(flag.facts())
        if entry.event is not None and entry.event.at_ms >= self._since_ms and name not in self._said:
            self._said.add(name)
            self._enqueue((flag, entry))

    def _listen(self, entry: OpenedEntry) -> None:
        self._heard = entry.index
        try:
            for flag in self._detectors.observe(entry):
                if self._learning:
                    self._said.add(_name_of(flag.facts()))
                self._enqueue((flag, entry))
        except Exception as error:  # noqa: BLE001  # a detector's mistake must not stop the log's other readers
            _log.exception("a detector failed", index=entry.index, exc_info=error)

    def _enqueue(self, item: tuple[Flag, OpenedEntry] | OpenedEntry) -> None:
        """What is to be recorded, or what stands in the log and may lack its row."""
        try:
            self._waiting.put_nowait(item)
        except asyncio.QueueFull:
            _log.error("too many flags wait to be recorded; one was dropped")

    async def _carry_out(self, item: tuple[Flag, OpenedEntry] | OpenedEntry) -> None:
        if isinstance(item, OpenedEntry):
            await self._store_row(item)
            return
        flag, entry = item
        if flag.detector in self._on_trial:
            flag = replace(flag, action=Action.SHADOW)
        _log.warning("a flag was raised", detector=flag.detector, action=flag.action.value)
        case = entry.event.case if entry.event else None
        if flag.action is Action.HOLD:
            case = await self._hold(flag) or case  # what takes access away goes before its record
        elif flag.action in _STEPS:
            flag = await self._step(flag, entry)
        await self._store_row(await self._record(flag, entry, case))
        self._changed.set()

    async def _hold(self, flag: Flag) -> CaseId | None:
        """Ends the session, and keeps its case closed for a while. The case; None where there is no such session."""
        if flag.target_kind is not TargetKind.SESSION:
            return None
        target = SessionId(flag.target)
        try:
            case = (await self._conductor.load(target)).case
            self._holds.hold(case, self._clock.now_ms())
        except (SessionUnknown, StoreUnavailable):
            _log.warning("a session to be held could not be found", session=flag.target)
            return None
        try:
            await self._conductor.apply(target, EndDemanded(EndCause.BLOCKED))
        except (IllegalEvent, StoreUnavailable):
            _log.info("a session to be held has ended already", session=flag.target)
        return case

    async def _step(self, flag: Flag, entry: OpenedEntry) -> Flag:
        """The flag with what was done about it."""
        while True:
            try:
                return await self._steps.carry_out(flag, entry.event)
            except StoreUnavailable:  # what they did has ended; their sign-in must not come back either
                await asyncio.sleep(TRY_AGAIN_S)

    def _stop_again(self, flag: Event) -> None:
        """At start, what earlier flags stopped: blocks stand in the database, and are only counted."""
        if flag.facts.get("action") == Action.BLOCK:
            self._steps.learn(str(flag.facts.get("target", "")), flag.at_ms)
        if flag.facts.get("action") == Action.HOLD and flag.case is not None:
            self._holds.hold(CaseId(flag.case), flag.at_ms)

    async def _record(self, flag: Flag, entry: OpenedEntry, case: str | None) -> OpenedEntry:
        event = Event(
            name=EventName.SYSTEM_FLAG_RAISED,
            outcome=Outcome.DONE,
            at_ms=self._clock.now_ms(),
            actor=Actor(ActorKind.SYSTEM),
            case=case,
            session=flag.target if flag.target_kind is TargetKind.SESSION else None,
            customer=entry.event.customer if entry.event else None,
            facts=flag.facts(),
        )
        while True:
            try:
                appended = await self._log.append(event)
                return OpenedEntry(appended.index, appended.entry_id, event)
            except LogUnavailable:
                await asyncio.sleep(TRY_AGAIN_S)

    async def _told(self, entry: OpenedEntry) -> list[list[Message]]:
        """What cannot be put into a message keeps nobody from recording and stopping: the row comes without it. Raises
        StoreUnavailable."""
        try:
            return await self._news.about(entry)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001
            _log.exception("a flag could not be told outside", index=entry.index, exc_info=error)
            return []

    async def _store_row(self, entry: OpenedEntry) -> None:
        """And whom it is told outside: both or neither."""
        if entry.event is None:
            return
        row = _stored(entry.index, entry.event)
        while True:
            try:
                told = await self._told(entry)
                await self._store.add(row, partial(self._news.queue, told))
            except StoreUnavailable:
                await asyncio.sleep(TRY_AGAIN_S)
            else:
                return


def _newest(tail: Sequence[OpenedEntry]) -> int:
    """When the last thing happened before this start; UTC ms."""
    started = EventName.SYSTEM_SERVER_STARTED
    times = [
        entry.event.at_ms for entry in tail if entry.event is not None and entry.event.name is not started
    ]
    return max(times, default=0)


def _is_flag(event: Event) -> bool:
    return event.name is EventName.SYSTEM_FLAG_RAISED


def _name_of(facts: Mapping[str, Fact]) -> tuple[Fact, ...]:

    return tuple(facts.get(name, "") for name in ("detector", "target", "entries"))


def _stored(index: int, event: Event) -> StoredFlag:
    """The row of a flag, from its entry alone."""
    facts = event.facts
    return StoredFlag(
        log_index=index,
        raised_at_ms=event.at_ms,
        detector=str(facts.get("detector", "")),
        target=str(facts.get("target", "")),
        score=float(facts.get("score_milli", 0)) / 1000,
        reason_key=str(facts.get("reason", "")),
        action=str(facts.get("action", "")),
        session=event.session,
        reason_facts={
            name.removeprefix(_REASON): value for name, value in facts.items() if name.startswith(_REASON)
        },
    )
