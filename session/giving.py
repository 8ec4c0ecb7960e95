"""Giving access: the intent entry is durable, then the row, then the gate, then the outcome entry.

Part of the conductor's shell. One giving at a time in each session; a taking that comes meanwhile wins.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from audit.event import Event
from session import recording, remarks
from session.admission import may_enter, under_way
from session.effects import Effect, GrantMedia, NotifyParties
from session.errors import AlreadyInSession, CutOff, NotRecorded, Overtaken
from session.events import EndDemanded, SessionEvent
from session.holding import Holding
from session.intents import Intents
from session.keeping import EndedElsewhere, Keeping
from session.leases import Leases
from session.model import EndCause, Session
from session.permission import Obstacle
from session.ports import Clock, Homes, Notices, SessionConflict, SessionStore
from session.register import Register
from session.taking import Taking, takes_away
from session.transitions import IllegalEvent, step

_REASONS: Final[Mapping[type[BaseException], str]] = {
    Overtaken: "overtaken",
    AlreadyInSession: "already_in_session",
}


class Giving:
    def __init__(
        self,
        store: SessionStore,
        intents: Intents,
        keeping: Keeping,
        register: Register,
        leases: Leases,
        taking: Taking,
        notices: Notices,
        homes: Homes,
        clock: Clock,
    ) -> None:
        self._homes = homes
        self._store, self._intents, self._keeping, self._register = store, intents, keeping, register
        self._leases, self._taking, self._notices, self._clock = leases, taking, notices, clock

    async def open(self, session: Session) -> Session:
        """Raises NotRecorded, StoreUnavailable (with CutOff) or SessionConflict: then nobody may use this session."""
        if not await self._homes.claim(session.id):
            raise CutOff
        now = self._clock.now_ms()
        holding = Holding(replace(session, state_since=now), version=session.version)
        intended = recording.opening(session, now)
        index = await self._intents.append(intended)
        try:
            await self._store.create(holding.truth, log_index=index)
        except SessionConflict:  # the row that is there is another session's and is left alone
            self._intents.failed(intended, index, "not_stored")
            raise
        except BaseException:
            self._never_opened(holding, now)
            self._intents.failed(intended, index, "not_stored")
            raise
        self._register.add(holding)
        self._notices.session_changed(holding.truth)
        self._intents.done(intended, index)
        return holding.truth

    async def give(self, holding: Holding, event: SessionEvent) -> Session:
        """Raises IllegalEvent, Overtaken, NotRecorded or StoreUnavailable (with CutOff): then nothing was given."""
        async with holding.giving:
            now = self._clock.now_ms()
            before, changes = holding.truth, holding.changes
            stepped = step(before, event, now)
            if takes_away(event, stepped[1]):  # it became legal only while it waited
                self._taking.take(holding, event, stepped, now)
                intended, index = None, None
            elif not self._homes.sure():
                raise CutOff
            else:
                self._must_be_grantable(holding, event, stepped)
                self._must_be_alone(before, event, stepped[0])
                intended = recording.intent(before, event, stepped[0], now)
                index = await self._carry_out(holding, event, stepped, intended, changes)
                if (remark := remarks.of_step(before, event, stepped[0], now)) is not None:
                    holding.remark(remark)
            self._intents.done(intended, index)
        if not holding.settled:
            await self._register.settle(holding)
        return holding.truth

    async def _carry_out(
        self,
        holding: Holding,
        event: SessionEvent,
        stepped: tuple[Session, tuple[Effect, ...]],
        intended: Event | None,
        changes: int,
    ) -> int | None:
        after, effects = stepped
        index = await self._intents.append(intended) if intended else None
        try:
            await self._write(holding, event, after, index, changes)
        except BaseException as error:
            self._register.to_be_settled(holding)
            self._intents.failed(intended, index, _REASONS.get(type(error), "not_stored"))
            raise
        if any(isinstance(effect, GrantMedia) for effect in effects):
            self._leases.granted(holding.truth, self._clock.now_ms())
        if NotifyParties() in effects:
            self._notices.session_changed(holding.truth)
        return index

    async def _write(
        self, holding: Holding, event: SessionEvent, after: Session, index: int | None, changes: int
    ) -> None:
        """The row, and with it the truth. `changes` are those that `after` was computed from."""
        async with holding.saving:
            _must_stand(holding, event, changes)
            if after is holding.truth:
                return
            holding.dirty = (
                True  # a save that fails may have been persisted: the truth must be written over it
            )
            try:
                saved = await self._keeping.write(holding, after, index)
            except EndedElsewhere as found:
                self._register.believe(holding, found.row)
                raise Overtaken(found.row.state, event) from found
            _must_stand(holding, event, changes)
            self._must_be_alone(holding.truth, event, after)  # another may have come first while this waited
            holding.truth, holding.dirty = saved, False

    def _must_be_grantable(
        self, holding: Holding, event: SessionEvent, stepped: tuple[Session, tuple[Effect, ...]]
    ) -> None:
        after, effects = stepped
        if not any(isinstance(effect, GrantMedia) for effect in effects):
            return
        now = self._clock.now_ms()
        obstacles = self._leases.obstacles(after, now)
        if obstacles == (Obstacle.LOG_UNHEALTHY,):
            raise NotRecorded("The record cannot be kept at the moment, so nothing can be shown.")
        if obstacles:
            holding.remark(remarks.lease_refused(after, obstacles, now))
            self._register.to_be_settled(holding)
            raise IllegalEvent(
                holding.truth.state, event, "The agent may not see anything in this case at the moment."
            )

    def _must_be_alone(self, before: Session, event: SessionEvent, after: Session) -> None:
        """A customer enters one session at a time."""
        if under_way(before) or not under_way(after):
            return
        if not may_enter(after, (held.truth for held in self._register.alive())):
            raise AlreadyInSession(before.state, event)

    def _never_opened(self, holding: Holding, now: int) -> None:
        """Its row may exist all the same: then the settling finds it, ends it and records that."""
        over = step(holding.truth, EndDemanded(EndCause.LOG_FAILED), now)[0]
        holding.untold.append(recording.end(over, holding.truth.state, now))
        holding.truth, holding.dirty, holding.unborn = over, True, True
        self._register.to_be_settled(holding)


def _must_stand(holding: Holding, event: SessionEvent, changes: int) -> None:
    if holding.changes != changes:
        raise Overtaken(holding.truth.state, event)
