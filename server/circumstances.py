"""What else must hold for media to flow: case, sign-in, no block, and that this server may rely on what it knows of
others. Answered at once from memory; unknown is no.

Reading the desk again stands behind nothing else: what may be slow (keeping sign-ins, ending those of the blocked) goes
on beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from server.held_cases import HeldCases
from server.membership import OnlyServer, Standing
from server.signalling.seats import Seats
from session.identity import CaseId, LoginId, StaffId
from session.model import Session, State
from session.ports import Clock, Sight
from support.identity import CaseId as SupportCaseId
from support.identity import StaffId as SupportStaffId
from support.live_desk import LiveDesk
from verification.login import LoginRegistry
from verification.ports import StoreUnavailable

REFRESH_EVERY_S: Final = 0.25
UNUSED_FOR_S: Final = 60.0
KEEP_EVERY: Final = 20  # refreshes between two notes that a login with an open socket is not idle
_log: Final = structlog.get_logger("circumstances")


class LiveCircumstances:
    """Implements `session.ports.Circumstances`."""

    def __init__(
        self,
        desk: LiveDesk,
        holds: HeldCases,
        logins: LoginRegistry,
        clock: Clock,
        standing: Standing | None = None,
    ) -> None:
        self._desk, self._holds, self._logins, self._clock = desk, holds, logins, clock
        self._standing = standing or OnlyServer()
        self._followed: dict[CaseId, float] = {}
        self._enforce: Callable[[StaffId], Awaitable[None]] | None = None
        self._not_enforced: set[StaffId] = set()
        self._doubted: Callable[[StaffId], bool] = lambda _: False
        self._send_away: Callable[[StaffId], Awaitable[None]] | None = None
        self._read = asyncio.Event()

    def enforce_with(self, enforce: Callable[[StaffId], Awaitable[None]]) -> None:
        """`enforce` ends whatever a blocked person does; it may raise StoreUnavailable, and is then called again."""
        self._enforce = enforce

    def doubt_with(
        self, doubted: Callable[[StaffId], bool], enforce: Callable[[StaffId], Awaitable[None]]
    ) -> None:
        """`enforce` takes away what pages of somebody see who must prove who they are, as `doubted` says."""
        self._doubted, self._send_away = doubted, enforce

    def sight(self) -> Sight:
        if self._desk.fresh and self._standing.fresh_for_ms:
            return Sight.CLEAR
        return Sight.LOST if self._desk.given_up or self._standing.given_up else Sight.DIM

    def reliable_ms(self) -> int:
        return min(self._desk.fresh_for_ms, self._standing.fresh_for_ms)

    def case_live(self, case: CaseId, agent: StaffId, now: int) -> bool:
        if self.held(case, now) or not self._standing.fresh_for_ms:
            return False
        return self._desk.is_live(SupportCaseId(case), SupportStaffId(agent), now)

    def held(self, case: CaseId, now: int) -> bool:
        """A flag asked that nothing happens in this case for now."""
        return self._holds.held(case, now)

    def blocked(self, agent: StaffId, now: int) -> bool:
        return self._desk.blocked(SupportStaffId(agent), now)

    def login_live(self, login: LoginId, now: int) -> bool:
        staff = self._logins.staff_of(login)
        if staff is None or self._desk.blocked(SupportStaffId(staff), now):
            return False
        return self._logins.live(login, now)

    def must_prove(self, agent: StaffId) -> str | None:
        """The demand that they prove again who they are, as last read; None if there is none."""
        return self._desk.must_prove.get(SupportStaffId(agent))

    async def look_again(self) -> bool:
        """So that what was just written counts here. False if the database did not answer."""
        return await self._desk.refresh()

    def in_doubt(self, person: StaffId) -> bool:
        """Whether they must prove who they are before they go on."""
        return self._doubted(person)

    async def follow(self, case: CaseId) -> None:
        """Before a session is opened in it. Raises StoreUnavailable."""
        self._followed[case] = asyncio.get_running_loop().time()
        await self._desk.follow(SupportCaseId(case))

    async def watch(self, seats: Seats, live: Callable[[], list[Session]]) -> None:
        """For ever: the desk is read again, blocks take effect, logins with an open socket stay, sockets of dead
        logins are dismissed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_desk(live))
            tasks.create_task(self._watch_blocks(live))
            tasks.create_task(self._watch_logins(seats))

    async def _watch_desk(self, live: Callable[[], list[Session]]) -> None:
        while True:
            await self._desk.refresh()
            self._read.set()
            self._forget_unused({session.case for session in live() if session.state is not State.ENDED})
            await asyncio.sleep(REFRESH_EVERY_S)

    async def _watch_blocks(self, live: Callable[[], list[Session]]) -> None:
        while True:
            await self._read.wait()
            self._read.clear()
            now = self._clock.now_ms()
            at_work = {session.agent for session in live()}
            for blocked in map(StaffId, self._desk.blocked_staff(now)):
                if blocked in at_work | self._not_enforced or self._logins.running(blocked, now):
                    await self._end_all_of(blocked)
            for doubted in filter(self._doubted, map(StaffId, self._desk.must_prove)):
                if self._send_away is not None:
                    await self._send_away(doubted)

    async def _watch_logins(self, seats: Seats) -> None:
        rounds = 0
        while True:
            rounds += 1
            await self._look_at_logins(seats, keep=rounds % KEEP_EVERY == 0)
            await asyncio.sleep(REFRESH_EVERY_S)

    async def _end_all_of(self, blocked: StaffId) -> None:
        if self._enforce is None:
            return
        try:
            await self._enforce(blocked)
        except StoreUnavailable:
            self._not_enforced.add(blocked)
            _log.warning("the sign-ins of a blocked person could not be written as ended", staff=blocked)
        else:
            self._not_enforced.discard(blocked)

    def _forget_unused(self, used: set[CaseId]) -> None:
        long_ago = asyncio.get_running_loop().time() - UNUSED_FOR_S
        for case in [case for case, since in self._followed.items() if case not in used and since < long_ago]:
            del self._followed[case]
            self._desk.forget(SupportCaseId(case))

    async def _look_at_logins(self, seats: Seats, *, keep: bool) -> None:
        now = self._clock.now_ms()
        for login in {seat.login for seat in seats.everybody() if seat.login is not None}:
            if not self.login_live(login, now):
                seats.sign_out(login)
            elif keep:
                await self._keep(login, now)

    async def _keep(self, login: LoginId, now: int) -> None:
        try:
            await self._logins.keep(login, now)
        except StoreUnavailable:
            _log.warning("a sign-in's activity could not be written", login=login)
