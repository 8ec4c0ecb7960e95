"""Whether this server may rely on what it knows, where it shares a bus and a database with others.

1. A round asks the bus (be present) and then the database (what has ended, and which run of the bus is in charge), four
   times a second and when the bell rings. What the round learned is carried out before the round counts.
2. A membership is fresh for 1.75 s after a round *began* that found: the bus's run is the one in charge, this server
   was present without a gap, and the same held in the round before. Monotonic clock; only then is anything given, and
   no lease of the gate is renewed for longer than this lasts.
3. After another run, or a gap, the server first makes the database agree to the run, then claims every session that it
   holds under it, and only then begins again with 1. A session that another server has claimed meanwhile ends here.
4. For ten seconds after a run began no server takes what another one may still be about to claim.
5. A run that was followed by another is never agreed to again.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Final, Protocol

import structlog

from server.bus.ports import PRESENCE_LIFE_MS, Bell, BusUnavailable, Presence
from server.storage.others import Ends
from session.errors import CutOff
from session.identity import LoginId, SessionId
from session.ports import Clock, StoreUnavailable

ROUND_EVERY_S: Final = 0.25
FRESH_FOR_S: Final = 1.75
GIVEN_UP_AFTER_S: Final = 15.0
_log: Final = structlog.get_logger("membership")


class Others(Protocol):
    """What is true for all servers. Both raise StoreUnavailable."""

    async def ends(self, asked: frozenset[LoginId], held: frozenset[SessionId]) -> Ends:
        """In one consistent view."""
        ...

    async def agree(self, run: str, now_ms: int) -> bool:
        """Whether `run` is in charge from now on, unless it was followed by another before."""
        ...


class Held(Protocol):
    """What this server holds, and must give up."""

    def logins(self) -> frozenset[LoginId]: ...

    def sessions(self) -> frozenset[SessionId]: ...

    async def learn(self, ends: Ends) -> None:
        """Carry these out: dark before this first waits."""
        ...

    async def lose(self, sessions: Iterable[SessionId]) -> None:
        """Another server has claimed these."""
        ...


class Standing(Protocol):
    """Answered at once, from memory."""

    @property
    def fresh_for_ms(self) -> int:
        """For how long from now this server may rely on what it knows; 0 if it may not."""
        ...

    @property
    def given_up(self) -> bool:
        """It could not be relied on for so long that nobody need wait."""
        ...


class OnlyServer:
    """Implements Standing where there is no bus to share."""

    fresh_for_ms = int(GIVEN_UP_AFTER_S * 1_000)
    given_up = False


class Membership:
    """Implements Standing and `session.ports.Homes`. `run` must be running, or nothing is ever given."""

    shared = True

    def __init__(
        self,
        presence: Presence,
        bell: Bell,
        others: Others,
        clock: Clock,
        start: Callable[[Coroutine[Any, Any, None]], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._presence, self._bell, self._others = presence, bell, others
        self._clock, self._start, self._monotonic = clock, start, monotonic
        self._run: str | None = None  # that all which is held was claimed under
        self._run_since = 0.0
        self._fresh_since: float | None = None
        self._began = monotonic()

    @property
    def fresh_for_ms(self) -> int:
        if self._fresh_since is None:
            return 0
        return max(0, int((FRESH_FOR_S - (self._monotonic() - self._fresh_since)) * 1_000))

    @property
    def given_up(self) -> bool:
        since = self._began if self._fresh_since is None else self._fresh_since
        return self._monotonic() - since >= GIVEN_UP_AFTER_S

    def sure(self) -> bool:
        return self.fresh_for_ms > 0

    async def claim(self, session: SessionId) -> bool:
        """Raises CutOff where this server may not rely on what it knows."""
        if not self.sure():
            raise CutOff
        try:
            return await self._presence.claim(session)
        except BusUnavailable as error:
            raise CutOff from error

    def release(self, session: SessionId) -> None:
        self._start(self._released(session))

    def changed(self) -> None:
        self._bell.ring()

    def may_take_orphans(self) -> bool:
        """Whoever still is a member has claimed what is theirs by now."""
        settled = self._monotonic() - self._run_since >= PRESENCE_LIFE_MS / 1_000
        return self.sure() and settled

    async def run(self, held: Held) -> None:
        """For ever."""
        while True:
            await self.round(held)
            with suppress(TimeoutError):  # nobody rang: it is time for the next round all the same
                async with asyncio.timeout(ROUND_EVERY_S):
                    await self._bell.heard()

    async def leave(self) -> None:
        """What was held may be taken by others at once."""
        self._fresh_since = None
        try:
            await self._presence.leave()
        except BusUnavailable:
            _log.info("the bus was not told that this server leaves; it notices by itself")

    async def round(self, held: Held) -> None:
        """One question to each. Whatever does not answer leaves the membership to grow old."""
        began = self._monotonic()
        try:
            beat = await self._presence.beat()
            if beat.run != self._run or not beat.kept:
                await self._begin_again(beat.run, held)
            else:
                await self._confirm(beat.run, held, began)
        except BusUnavailable:
            _log.warning("the bus does not answer", fresh_for_ms=self.fresh_for_ms)
        except StoreUnavailable:
            _log.warning("the ends in the database cannot be read", fresh_for_ms=self.fresh_for_ms)

    async def _confirm(self, run: str, held: Held, began: float) -> None:
        ends = await self._others.ends(held.logins(), held.sessions())
        await held.learn(ends)
        if ends.run == run:
            self._fresh_since = began
        else:
            self._fresh_since = None
            _log.error("another Redis is in charge; this server grants nothing until it asks that one")

    async def _begin_again(self, run: str, held: Held) -> None:
        self._run = self._fresh_since = None
        if not await self._others.agree(run, self._clock.now_ms()):
            _log.error("this Redis was followed by another; nothing is granted until the other one is asked")
            return
        now = self._monotonic()
        lost = [name for name in sorted(held.sessions()) if not await self._presence.claim(name)]
        self._run, self._run_since = run, now
        await held.lose(lost)
        _log.info("a member of the servers on this bus", held=len(held.sessions()), lost=len(lost))

    async def _released(self, session: SessionId) -> None:
        try:
            await self._presence.release(session)
        except BusUnavailable:
            _log.info("the name of a session that ended runs out by itself")
