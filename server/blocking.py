"""Blocking a member of staff: whatever they do now ends, and they cannot sign in. The one way to do it."""

from server.signalling.seats import Seats
from session.conductor import Conductor
from session.identity import LoginId, StaffId
from session.model import EndCause
from session.ports import Clock
from support.identity import StaffId as SupportStaffId
from support.ports import StaffStore
from verification.login import LoginRegistry


class Blocking:
    """A block that somebody else wrote into the database is found by `circumstances`, which calls `enforce`."""

    def __init__(
        self, staff: StaffStore, conductor: Conductor, logins: LoginRegistry, seats: Seats, clock: Clock
    ) -> None:
        self._staff, self._conductor, self._logins = staff, conductor, logins
        self._seats, self._clock = seats, clock

    async def block(self, staff: StaffId, until_ms: int, *, by: StaffId | None = None) -> None:
        """Blocked until then (UTC ms, exclusive). Dark before this first waits.

        Raises StoreUnavailable: then what ran has ended, but the block or the ends may not be written.
        """
        await self._conductor.end_all_of_agent(staff, EndCause.BLOCKED, by)
        await self._staff.block(SupportStaffId(staff), until_ms)
        await self.enforce(staff, by=by)  # after the row, so that no sign-in slips in between

    async def enforce(self, staff: StaffId, *, by: StaffId | None = None) -> None:
        """Sessions, sockets and sign-ins of somebody who is blocked end, in this order.

        Raises StoreUnavailable where the ends of the sign-ins could not be written; in memory they hold.
        """
        running = self._logins.running(staff, self._clock.now_ms())
        await self._conductor.end_all_of_agent(staff, EndCause.BLOCKED, by)
        for login in running:
            self._seats.sign_out(LoginId(login))
        await self._logins.end_all(staff, self._clock.now_ms())
