"""Several servers with real conductors and memberships on one store, one log and one bus, all in memory."""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from audit.memory import MemoryLog
from server.bus_parts import end_orphans
from server.membership import Membership
from server.storage.others import Ends
from session.identity import CaseId, LoginId, SessionId, StaffId
from session.model import EndCause, Session, State
from session.ports import Sight, StoreUnavailable
from tests.memory_bus import MemoryBell, MemoryBus, MemoryPresence
from tests.protocol.conductor_rig import MovedClock, Rig, SetCircumstances, soon
from tests.storage.memory_session_store import MemorySessionStore
from tests.storage.session_examples import fresh

ROUND_MS = 250


@dataclass(slots=True)
class MemoryOthers:
    """Implements `server.membership.Others` over what the tests say and the store holds."""

    store: MemorySessionStore
    signed_out: set[LoginId] = field(default_factory=set)
    runs: list[str] = field(default_factory=list)

    async def ends(self, asked: frozenset[LoginId], held: frozenset[SessionId]) -> Ends:
        self._reach()
        rows = self.store.rows
        over = {name for name in held if name in rows and rows[name].state is State.ENDED}
        latest = self.runs[-1] if self.runs else None
        return Ends(latest, frozenset(asked & self.signed_out), frozenset(over))

    async def agree(self, run: str, now_ms: int) -> bool:  # noqa: ARG002  # the port's arguments
        self._reach()
        if run not in self.runs:
            self.runs.append(run)
        return self.runs[-1] == run

    def _reach(self) -> None:
        if self.store.down:
            raise StoreUnavailable("the store is down")


@dataclass(slots=True)
class MembersCircumstances(SetCircumstances):
    """What a server knows of others goes into it as in earnest; the rest is as the test sets it."""

    membership: Membership | None = None
    dead: set[LoginId] = field(default_factory=set)

    def sight(self) -> Sight:
        assert self.membership is not None
        if self.membership.sure():
            return self.seen
        return Sight.LOST if self.membership.given_up else Sight.DIM

    def case_live(self, case: CaseId, agent: StaffId, now: int) -> bool:  # noqa: ARG002
        return self.cases_live and self.sight() is Sight.CLEAR

    def reliable_ms(self) -> int:
        assert self.membership is not None
        return min(self.reliable_for_ms, self.membership.fresh_for_ms) if self.sight() is Sight.CLEAR else 0

    def login_live(self, login: LoginId, now: int) -> bool:  # noqa: ARG002
        return self.logins_live and login not in self.dead


class MemberRig(Rig):
    """Each session has a sign-in of its own."""

    def new_session(self, name: SessionId) -> Session:
        return fresh(name, now=self.clock.utc, login=login_of(name))


def login_of(name: SessionId) -> LoginId:
    return LoginId(f"log_{name}")


class Server:
    """`held` is what its membership asks."""

    def __init__(self, company: "Company", name: str) -> None:
        self.name, self.company = name, company
        self.presence = MemoryPresence(company.bus, name)
        self.bell = MemoryBell(company.bus, name)
        self.tasks: list[asyncio.Task[None]] = []
        clock = company.clock
        self.membership = Membership(
            self.presence, self.bell, company.others, clock, self._start, lambda: clock.monotonic_ms() / 1_000
        )
        self.circumstances = MembersCircumstances(membership=self.membership)
        self.rig = MemberRig(
            company.store,
            company.log,
            clock=clock,
            circumstances=self.circumstances,
            homes=self.membership,
        )

    def start(self) -> None:
        """Works until `crash`."""
        for work in (
            self.rig.conductor.run(),
            self.membership.run(self),
            end_orphans(self.membership, self.rig.conductor),
        ):
            self._start(work)

    async def crash(self) -> None:
        """Its memory and its gate are gone."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.bell.bus.bells.remove(self.bell)

    def ask(self, bus: MemoryBus) -> None:
        """From now on, for everything."""
        self.bell.bus.bells.remove(self.bell)
        bus.bells.append(self.bell)
        self.presence.bus = self.bell.bus = bus

    def logins(self) -> frozenset[LoginId]:
        return frozenset(session.agent_login for session in self.rig.conductor.live())

    def sessions(self) -> frozenset[SessionId]:
        return self.rig.conductor.held()

    async def learn(self, ends: Ends) -> None:
        self.circumstances.dead |= ends.logins
        self.rig.conductor.sweep()
        await self.rig.conductor.learn_ended(ends.sessions)

    async def lose(self, sessions: Iterable[SessionId]) -> None:
        await self.rig.conductor.end_held(sessions, EndCause.CONNECTION_LOST)

    def forwards(self, session: SessionId) -> bool:
        return self.rig.gate.forwarding(session)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks = [task for task in self.tasks if not task.done() or task.exception()]
        self.tasks.append(soon(work))


class Company:
    def __init__(self, servers: int = 2) -> None:
        self.clock = MovedClock()
        self.store, self.log = MemorySessionStore(), MemoryLog()
        self.bus = MemoryBus(self.clock.monotonic_ms)
        self.others = MemoryOthers(self.store)
        self.born = 0
        self.servers = [self.new_server() for _ in range(servers)]

    def new_server(self) -> Server:
        self.born += 1
        return Server(self, f"srv_{self.born}")

    def forwarding(self, session: SessionId) -> list[Server]:
        return [server for server in self.servers if server.forwards(session)]
