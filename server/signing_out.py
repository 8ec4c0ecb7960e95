"""Sign-ins end: what runs under them first, then their sockets, then the sign-ins themselves."""

from typing import Final

import structlog

from server.signalling.seats import Seats
from session.conductor import Conductor
from session.identity import LoginId
from session.model import EndCause
from session.ports import Clock
from support.identity import StaffId
from verification.login import LoginRegistry
from verification.ports import StoreUnavailable

_log: Final = structlog.get_logger("signing_out")


class SigningOut:
    """Never raises for a database that does not answer: what ends is dead here, and after a restart the log's entry
    ends it again."""

    def __init__(self, conductor: Conductor, logins: LoginRegistry, seats: Seats, clock: Clock) -> None:
        self._conductor, self._logins, self._seats, self._clock = conductor, logins, seats, clock

    async def one(self, login: LoginId) -> None:
        await self._dark(login)
        try:
            await self._logins.end(login, self._clock.now_ms())
        except StoreUnavailable:
            _log.warning("a sign-out could not be written", login=login)

    async def everywhere(self, staff: StaffId) -> int:
        """All sign-ins of one person; how many were live here."""
        now = self._clock.now_ms()
        running = [LoginId(login) for login in self._logins.running(staff, now)]
        for login in running:
            await self._dark(login)
        try:
            await self._logins.end_all(staff, now)
        except StoreUnavailable:
            _log.warning("the ends of a person's sign-ins could not be written", staff=staff)
        return len(running)

    async def _dark(self, login: LoginId) -> None:
        await self._conductor.end_all_of_login(login, EndCause.AGENT_SIGNED_OUT)
        self._seats.sign_out(login)
