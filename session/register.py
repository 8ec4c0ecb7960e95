"""Every session that this process holds, and what is still to be written of it. Part of the conductor's shell.

A session is held from its opening (or its first use) until it has ended and both row and log say so.
"""

import asyncio

from session.errors import SessionElsewhere, SessionUnknown
from session.holding import Holding
from session.identity import SessionId
from session.keeping import EndedElsewhere, Keeping
from session.leases import Leases
from session.model import Session, State
from session.ports import Homes, Notices, SessionStore


class Register:
    def __init__(
        self, store: SessionStore, keeping: Keeping, leases: Leases, notices: Notices, homes: Homes
    ) -> None:
        self._store, self._keeping, self._leases, self._notices = store, keeping, leases, notices
        self._homes = homes
        self._held: dict[SessionId, Holding] = {}
        self._unsettled: dict[SessionId, Holding] = {}
        self._work = asyncio.Event()

    def add(self, holding: Holding) -> None:
        self._held[holding.truth.id] = holding

    async def find(self, session: SessionId) -> Holding:
        """Does not wait for one that is held. Raises SessionUnknown, SessionElsewhere or StoreUnavailable."""
        held = self.held(session)
        if held is not None:
            return held
        row = await self._store.load(session)
        if row is None:
            raise SessionUnknown("There is no such session.")
        fresh = Holding(row, version=row.version)
        if row.state is State.ENDED:
            return fresh
        if self._homes.shared and session not in self._held:
            raise SessionElsewhere(row)  # what this server opened it holds until the end
        return self._held.setdefault(session, fresh)

    def held(self, session: SessionId) -> Holding | None:
        return self._held.get(session) or self._unsettled.get(session)

    def alive(self) -> list[Holding]:
        return [held for held in self._held.values() if held.truth.state is not State.ENDED]

    def to_be_settled(self, holding: Holding) -> None:
        """Remember it until row and log have followed the truth."""
        if not holding.settled:
            self._unsettled[holding.truth.id] = holding
            self._work.set()

    async def settle(self, holding: Holding) -> None:
        """One try. What could not be written stays to be settled; the truth is the truth all the same."""
        try:
            await self._keeping.settle(holding)
        except EndedElsewhere as found:
            self.believe(holding, found.row)
        if holding.settled:
            self._unsettled.pop(holding.truth.id, None)
            self._forget_if_over(holding)

    async def settle_all(self) -> None:
        await asyncio.gather(*(self.settle(holding) for holding in list(self._unsettled.values())))

    async def keep_settling(self, retry_after_s: float) -> None:
        """For ever: as soon as there is something to write, and again after a while if it could not be written."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self.settle_all()
            if self._unsettled:
                await asyncio.sleep(retry_after_s)
                self._work.set()

    def believe(self, holding: Holding, row: Session) -> None:
        """The row has ended and memory did not know: dark, and so it stays."""
        self._leases.revoke(row.id, max(row.epoch, holding.truth.epoch))
        self._leases.close(row.id)
        holding.truth, holding.dirty, holding.untold = row, False, []
        holding.version = row.version
        holding.changes += 1
        self._notices.session_changed(row)

    def _forget_if_over(self, holding: Holding) -> None:
        session = holding.truth
        if session.state is State.ENDED and self._held.get(session.id) is holding:
            del self._held[session.id]
            self._leases.forget(session.id)
            self._homes.release(session.id)
