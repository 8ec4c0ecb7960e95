"""Blocking a member of staff: whatever they do now ends, and they cannot sign in. The one way to do it."""

from typing import Protocol

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.signalling.seats import Seats
from session.conductor import Conductor
from session.identity import LoginId, StaffId
from session.model import EndCause
from session.ports import Clock
from support.identity import CaseId
from support.identity import StaffId as SupportStaffId
from support.ports import StaffStore
from verification.login import LoginRegistry


class Overrides(Protocol):
    async def close_overrides(self, agent: SupportStaffId) -> list[CaseId]:
        """Which were closed. Raises StoreUnavailable."""
        ...


class Blocking:
    """A block that somebody else wrote into the database is found by `circumstances`, which calls `enforce`."""

    def __init__(
        self,
        staff: StaffStore,
        overrides: Overrides,
        conductor: Conductor,
        logins: LoginRegistry,
        seats: Seats,
        log: AuditWriter,
        clock: Clock,
    ) -> None:
        self._staff, self._overrides, self._conductor, self._logins = staff, overrides, conductor, logins
        self._seats, self._log, self._clock = seats, log, clock

    async def block(
        self, staff: StaffId, until_ms: int, *, by: StaffId | None = None, or_longer: bool = False
    ) -> None:
        """Blocked until then (UTC ms, exclusive). Dark before this first waits. `or_longer` keeps a longer block.

        Recorded here if an officer (`by`) did it; whoever else blocks has an entry of their own act.
        Raises StoreUnavailable: then what ran has ended, but the block or the ends may not be written.
        """
        await self._conductor.end_all_of_agent(staff, EndCause.BLOCKED, by)
        written = Outcome.FAILED
        try:
            await self._staff.block(SupportStaffId(staff), until_ms, or_longer=or_longer)
            written = Outcome.DONE
        finally:
            if by is not None:
                actor = Actor(ActorKind.OFFICER, by)
                self._record(EventName.OFFICER_STAFF_BLOCKED, written, actor, staff, until_ms=until_ms)
        await self.enforce(staff, by=by)  # after the row, so that no sign-in slips in between

    async def enforce(self, staff: StaffId, *, by: StaffId | None = None) -> None:
        """Sessions, sockets, sign-ins and overrides of somebody who is blocked end, in this order.

        Raises StoreUnavailable where the ends could not be written; in memory those of the sign-ins hold.
        """
        running = self._logins.running(staff, self._clock.now_ms())
        if running:  # the second call after a database that did not answer finds none: they ended in memory
            system = Actor(ActorKind.SYSTEM)
            self._record(EventName.SYSTEM_BLOCK_ENFORCED, Outcome.DONE, system, staff, logins=len(running))
        await self._conductor.end_all_of_agent(staff, EndCause.BLOCKED, by)
        for login in running:
            self._seats.sign_out(LoginId(login))
        await self._logins.end_all(staff, self._clock.now_ms())
        await self._end_overrides(staff)

    async def _end_overrides(self, staff: StaffId) -> None:
        """Lifting a block gives back no record that was opened without a live case."""
        now = self._clock.now_ms()
        for case in await self._overrides.close_overrides(SupportStaffId(staff)):
            system = Actor(ActorKind.SYSTEM)
            self._log.append_reducing(
                Event(EventName.SYSTEM_CASE_EXPIRED, Outcome.DONE, now, system, case=case)
            )

    def _record(self, name: EventName, outcome: Outcome, actor: Actor, staff: StaffId, **facts: Fact) -> None:
        now = self._clock.now_ms()
        self._log.append_reducing(Event(name, outcome, now, actor, facts={"staff": staff, **facts}))
