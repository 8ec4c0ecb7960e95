"""The bus of a running server: in memory, or on a Redis with a membership of those that share it."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from audit.ports import LogUnavailable
from server.bus.in_process import InProcessCounters, InProcessTickets
from server.bus.ports import Counters, Tickets
from server.bus.settings import RedisSettings
from server.clock import TrueClock
from server.identity import new_id
from server.membership import Membership, OnlyServer, Standing
from server.password_files import password_in
from server.storage.others import Ends, SqlOthers
from server.tasks import Tasks
from session.conductor import Conductor
from session.identity import LoginId, SessionId
from session.model import EndCause
from session.ports import Homes, StoreUnavailable
from verification.login import LoginRegistry

if TYPE_CHECKING:  # Redis's client takes a quarter of a second to import, and most servers have none
    from server.bus.redis_client import RedisClient, RedisPlace
    from server.bus.redis_presence import RedisBell

ORPHANS_EVERY_S: Final = 2.5
JOINED_WITHIN_S: Final = 10.0
TRY_AGAIN_S: Final = 0.25
_log: Final = structlog.get_logger("bus")


class BusRefused(Exception):
    """No server may start on this bus. The message says why, and what to do."""


class HeldHere:
    """Implements `server.membership.Held`."""

    def __init__(self, conductor: Conductor, logins: LoginRegistry, clock: TrueClock) -> None:
        self._conductor, self._logins, self._clock = conductor, logins, clock

    def logins(self) -> frozenset[LoginId]:
        return frozenset(LoginId(name) for name in self._logins.all_live(self._clock.now_ms()))

    def sessions(self) -> frozenset[SessionId]:
        return self._conductor.held()

    async def learn(self, ends: Ends) -> None:
        self._logins.learn_ended(ends.logins, self._clock.now_ms())
        if ends.logins:
            self._conductor.sweep()
        await self._conductor.learn_ended(ends.sessions)
        await self._logins.write_owed()

    async def lose(self, sessions: Iterable[SessionId]) -> None:
        await self._conductor.end_held(sessions, EndCause.CONNECTION_LOST)


class SharedBus:
    """What a server does as one of several. `close` it."""

    def __init__(self, client: "RedisClient", bell: "RedisBell", membership: Membership) -> None:
        self.client, self.bell, self.membership = client, bell, membership

    async def join(self, held: HeldHere) -> None:
        """Returns once this server may rely on what it knows. Raises BusRefused."""
        until = time.monotonic() + JOINED_WITHIN_S
        while not self.membership.sure():
            if time.monotonic() >= until:
                raise BusRefused(
                    "The Redis of redis.url does not answer, or is not the one in charge, so limits and leases "
                    "cannot be kept. Nothing was started. Is it running, and are redis.url and redis.access right? "
                    "See the messages above and docs/redis.md."
                )
            await self.membership.round(held)
            if not self.membership.sure():
                await asyncio.sleep(TRY_AGAIN_S)

    def start(self, tasks: Tasks, held: HeldHere, conductor: Conductor) -> None:
        tasks.start(self.membership.run(held), name="membership")
        tasks.start(self.bell.run(), name="bell")
        tasks.start(end_orphans(self.membership, conductor), name="orphans")

    async def close(self) -> None:
        await self.membership.leave()
        await self.client.close()


async def end_orphans(membership: Membership, conductor: Conductor) -> None:
    """For ever: what a server that is gone has left ends."""
    while True:
        if membership.may_take_orphans():
            try:
                await conductor.end_orphans()
            except (StoreUnavailable, LogUnavailable):
                _log.warning("sessions of a server that is gone could not be ended yet")
        await asyncio.sleep(ORPHANS_EVERY_S)


@dataclass(frozen=True, slots=True)
class BusParts:
    """`own`: counters of what only protects this server. `shared`: None where it is alone."""

    counters: Counters
    own: Counters
    tickets: Tickets
    standing: Standing
    homes: Homes | None = None
    shared: SharedBus | None = None

    def ring(self) -> None:
        """Other servers, if there are any, should look at the database."""
        if self.homes is not None:
            self.homes.changed()


def bus_parts(settings: RedisSettings, others: SqlOthers, tasks: Tasks, clock: TrueClock) -> BusParts:
    """Raises SettingsRefused."""
    own = InProcessCounters(_monotonic_ms)
    if not settings.url:
        return BusParts(own, own, InProcessTickets(_monotonic_ms), OnlyServer())
    from server.bus.redis_client import RedisClient  # noqa: PLC0415
    from server.bus.redis_limits import RedisCounters, RedisTickets  # noqa: PLC0415
    from server.bus.redis_presence import RedisBell, RedisPresence  # noqa: PLC0415

    client, server = RedisClient(place_of(settings)), new_id("srv")
    bell = RedisBell(client, server, lambda ringing: tasks.start(ringing, name="ring"))
    membership = Membership(
        RedisPresence(client, server),
        bell,
        others,
        clock,
        lambda releasing: tasks.start(releasing, name="release"),
    )
    return BusParts(
        RedisCounters(client),
        own,
        RedisTickets(client),
        membership,
        membership,
        SharedBus(client, bell, membership),
    )


def place_of(settings: RedisSettings) -> "RedisPlace":
    """Raises SettingsRefused."""
    from server.bus.redis_client import RedisPlace  # noqa: PLC0415

    password = password_in("redis.access", settings.access, "Redis") if settings.access else None
    return RedisPlace(settings.url, password, str(Path(settings.ca).resolve()) if settings.ca else "")


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
