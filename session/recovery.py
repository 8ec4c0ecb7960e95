"""What a start does about what a crash left open. Part of the conductor's shell.

1. An intent without an outcome is closed as unknown.
2. A row that is not ended ends: with the cause that the log already tells, else `server_restarted`, recorded.
   Where several servers share the rows, those of a server that is present are its own: this waits until `Elsewhere`
   knows that nobody's are left.
3. A row that is ended and whose end the log does not tell (the crash came between the two) is told, for every session
   whose opening stands in the tail.
"""

from collections.abc import Iterable, Sequence

from audit.event import Event, Outcome
from audit.event_groups import OPENINGS
from audit.ports import AuditWriter, OpenedEntry
from session import recording
from session.events import EndDemanded
from session.holding import Holding
from session.identity import SessionId, StaffId
from session.keeping import Keeping
from session.model import EndCause, Session, State
from session.ports import Clock, SessionStore
from session.transitions import step


class Recovery:
    def __init__(self, store: SessionStore, log: AuditWriter, keeping: Keeping, clock: Clock) -> None:
        self._store, self._log, self._keeping, self._clock = store, log, keeping, clock
        self._ends: dict[str | None, Event] = {}

    async def run(self, tail: Sequence[OpenedEntry], *, alone: bool) -> None:
        """`alone`: no other server may hold any of the rows. Raises LogUnavailable or StoreUnavailable."""
        self._ends = {event.session: event for _, event in _events(tail) if event.name in recording.ENDS}
        for index, event in _open_intents(tail):
            await self._log.append(recording.unknown_outcome(event, index, self._clock.now_ms()))
        unfinished = await self._store.unfinished()
        for session in unfinished if alone else ():
            await self.end(session)
        known = {session.id for session in unfinished}
        for name in _opened_in(tail):
            if name not in self._ends and name not in known:
                await self._tell_end(name)

    async def end(self, session: Session) -> None:
        """A row that nobody holds. Raises LogUnavailable or StoreUnavailable."""
        now, told = self._clock.now_ms(), self._ends.get(session.id)
        if told is not None:
            cause, by = EndCause(str(told.facts["cause"])), told.actor.id
            demanded = EndDemanded(cause, StaffId(by) if cause is EndCause.OFFICER_ENDED else None)
            at = told.at_ms
        else:
            demanded, at = EndDemanded(EndCause.SERVER_RESTARTED), now
        over = step(session, demanded, at)[0]
        await self._keeping.write(Holding(session, version=session.version), over, None)
        if told is None:
            await self._log.append(recording.end(over, session.state, now))

    async def _tell_end(self, name: SessionId) -> None:
        row = await self._store.load(name)
        if row is not None and row.state is State.ENDED:
            await self._log.append(recording.end(row, None, self._clock.now_ms()))


def _events(tail: Sequence[OpenedEntry]) -> Iterable[tuple[int, Event]]:
    return ((entry.index, entry.event) for entry in tail if entry.event is not None)


def _open_intents(tail: Sequence[OpenedEntry]) -> list[tuple[int, Event]]:
    closed = {event.intent for _, event in _events(tail) if event.intent is not None}
    return [
        (index, event)
        for index, event in _events(tail)
        if event.outcome is Outcome.INTENT and index not in closed
    ]


def _opened_in(tail: Sequence[OpenedEntry]) -> list[SessionId]:
    """Only of these is it certain that an end would stand in the tail too, so that none is told twice."""
    opened = (event for _, event in _events(tail) if event.name in OPENINGS)
    return list(dict.fromkeys(SessionId(event.session) for event in opened if event.session))
