"""Sessions between servers: ended here though another moves them, and ended by another though this one does.

Part of the conductor's shell. A session is moved by its home alone. All that another server may do is end it: in its
row, which is final, and which its home reads a moment later (see `Homes`). Where the home is gone for good, whoever
is present ends what it left.
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import Final

from audit.ports import AuditWriter
from session import recording
from session.events import EndDemanded
from session.identity import SessionId
from session.model import EndCause, Session, State
from session.ports import Clock, Homes, SessionConflict, SessionStore, StoreUnavailable
from session.recovery import Recovery
from session.register import Register
from session.taking import Taking
from session.transitions import IllegalEvent, step

_TRIES: Final = 8  # its home may write meanwhile, but not for ever


class Elsewhere:
    def __init__(
        self,
        store: SessionStore,
        log: AuditWriter,
        register: Register,
        taking: Taking,
        homes: Homes,
        clock: Clock,
    ) -> None:
        self._store, self._log, self._register = store, log, register
        self._taking, self._homes, self._clock = taking, homes, clock

    async def end(self, row: Session, demanded: EndDemanded) -> Session:
        """As the row stands now. Raises IllegalEvent if it has ended already, StoreUnavailable."""
        for _ in range(_TRIES):
            now = self._clock.now_ms()
            over = step(row, demanded, now)[0]
            try:
                saved = await self._store.save(over, log_index=None)
            except SessionConflict:
                row = await self._loaded(row.id)
                continue
            self._homes.changed()
            for entry in recording.taken(row, demanded, over, now):
                self._log.append_reducing(entry)
            return saved
        raise StoreUnavailable("The row of a session keeps changing.")

    async def end_each(self, chosen: Callable[[Session], bool], demanded: EndDemanded) -> None:
        """All that are chosen of those which other servers move. Raises StoreUnavailable."""
        for row in await self._store.unfinished():
            if self._register.held(row.id) is None and chosen(row):
                with contextlib.suppress(IllegalEvent):  # it has just ended
                    await self.end(row, demanded)

    async def end_orphans(self, recovery: Recovery, opening: Callable[[SessionId], bool]) -> None:
        """Whatever no present server moves has lost its server, and ends with that.

        Raises StoreUnavailable or LogUnavailable; the rest is then left for the next time.
        """
        for row in await self._store.unfinished():
            if self._ours(row.id, opening) or not await self._homes.claim(row.id):
                continue
            if not self._ours(row.id, opening):
                await recovery.end(row)
                self._homes.release(row.id)

    async def learn(self, ended: Iterable[SessionId]) -> None:
        """The rows of these are ended: dark, and so they stay, whatever is believed here."""
        for name in ended:
            held = self._register.held(name)
            if held is None or held.truth.state is State.ENDED:
                continue
            try:
                row = await self._store.load(name)
            except StoreUnavailable:
                row = None
            if row is not None and row.state is State.ENDED:
                self._register.believe(held, row)
            else:
                with contextlib.suppress(IllegalEvent):  # it has ended here meanwhile
                    self._taking.at_once(held, EndDemanded(EndCause.CONNECTION_LOST))
            await self._register.settle(held)

    async def _loaded(self, name: SessionId) -> Session:
        row = await self._store.load(name)
        if row is None:
            raise StoreUnavailable("The row of a live session is missing.")
        return row

    def _ours(self, name: SessionId, opening: Callable[[SessionId], bool]) -> bool:
        return self._register.held(name) is not None or opening(name)
