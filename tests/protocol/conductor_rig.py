"""The real conductor with a log, a gate and a store in memory, and a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from audit.event import EventName, Outcome
from audit.memory import MemoryLog
from session.conductor import Conductor
from session.events import (
    BadgeAccepted,
    BadgeShown,
    Connected,
    ConsentGranted,
    InvitationClaimed,
    SessionEvent,
    ShareStarted,
    VerificationSucceeded,
)
from session.identity import CaseId, LoginId, SessionId, StaffId
from session.media.fake import FakeGate
from session.model import Level, Party, Scope, Session
from session.ports import Homes, Sight
from tests.storage.memory_session_store import MemorySessionStore
from tests.storage.session_examples import NOW, consent, device_of, fresh, verification

T = TypeVar("T")

NAME = SessionId("ses_1")
CUSTOMER_HERE = Connected(Party.CUSTOMER, "page_1")
AGENT_HERE = Connected(Party.AGENT)


@dataclass(slots=True)
class MovedClock:
    """UTC and the gate's monotonic clock, in milliseconds."""

    utc: int = NOW
    monotonic: int = 0

    def now_ms(self) -> int:
        return self.utc

    def monotonic_ms(self) -> int:
        return self.monotonic

    def move(self, ms: int) -> None:
        self.utc += ms
        self.monotonic += ms


@dataclass(slots=True)
class SetCircumstances:
    cases_live: bool = True
    logins_live: bool = True
    seen: Sight = Sight.CLEAR
    reliable_for_ms: int = 1_750
    agents_blocked: set[StaffId] = field(default_factory=set)

    def case_live(self, case: CaseId, agent: StaffId, now: int) -> bool:  # noqa: ARG002  # the port's names
        return self.cases_live and self.seen is Sight.CLEAR

    def sight(self) -> Sight:
        return self.seen

    def reliable_ms(self) -> int:
        return self.reliable_for_ms if self.seen is Sight.CLEAR else 0

    def blocked(self, agent: StaffId, now: int) -> bool:  # noqa: ARG002  # the port's names
        return agent in self.agents_blocked

    def login_live(self, login: LoginId, now: int) -> bool:  # noqa: ARG002  # the port's names
        return self.logins_live


@dataclass(slots=True)
class ShownSessions:
    shown: list[Session] = field(default_factory=list)

    def session_changed(self, session: Session) -> None:
        self.shown.append(session)


class Rig:
    def __init__(
        self,
        store: MemorySessionStore | None = None,
        log: MemoryLog | None = None,
        gate_type: type[FakeGate] = FakeGate,
        *,
        clock: MovedClock | None = None,
        circumstances: "SetCircumstances | None" = None,
        homes: Homes | None = None,
    ) -> None:
        self.clock = clock or MovedClock()
        self.store = store or MemorySessionStore()
        self.log = log or MemoryLog()
        self.gate = gate_type(self.clock.monotonic_ms)
        self.notices = ShownSessions()
        self.circumstances = circumstances or SetCircumstances()
        self.conductor = Conductor(
            self.store, self.log, self.gate, self.notices, self.circumstances, self.clock, homes
        )

    async def pages_show_what_is_so(self) -> None:
        """Once all is quiet, what pages were told last of a session is the session as it is. Which version of its row
        that is no page is shown."""
        for name, shown in {one.id: one for one in self.notices.shown}.items():
            so = await self.conductor.load(name)
            assert replace(shown, version=0) == replace(so, version=0)

    async def apply(self, *events: SessionEvent, name: SessionId = NAME) -> Session:
        for event in events:
            await self.conductor.apply(name, event)
        return await self.conductor.load(name)

    def new_session(self, name: SessionId) -> Session:
        return fresh(name, now=self.clock.utc)

    async def verifying(self, name: SessionId = NAME) -> Session:
        await self.conductor.open(self.new_session(name))
        claimed = InvitationClaimed(device_of(name))
        return await self.apply(AGENT_HERE, claimed, CUSTOMER_HERE, BadgeShown(), BadgeAccepted(), name=name)

    async def consenting(self, name: SessionId = NAME, level: Level = Level.V1) -> Session:
        await self.verifying(name)
        found = verification(self.clock.utc, level=level, device=device_of(name), of=self.new_session(name))
        return await self.apply(VerificationSucceeded(found), name=name)

    async def ready(self, name: SessionId = NAME, *, minutes: int = 5) -> Session:
        asked = await self.consenting(name)
        granted = ConsentGranted(consent(self.clock.utc, minutes=minutes), asked.consent_nonce or "")
        session = await self.apply(granted, name=name)
        await self.conductor.open_media(name, "v=0")
        return session

    async def sharing(self, name: SessionId = NAME, *, minutes: int = 5) -> Session:
        """Needs a running conductor for the gate's stamps to be read."""
        await self.ready(name, minutes=minutes)
        return await self.apply(ShareStarted(Scope.TAB.value), name=name)

    def told(self, name: SessionId = NAME) -> list[tuple[EventName, Outcome]]:
        """The entries of one session, in order."""
        return [(event.name, event.outcome) for event in self.log.events if event.session == name]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Rig"]:
        """The conductor reads the gate, sweeps and settles while the block runs."""
        task = soon(self.conductor.run())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def soon(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Started now, held by the test."""
    return asyncio.get_running_loop().create_task(work)


async def let_others_run(turns: int = 30) -> None:
    """As many turns of the event loop as any chain of ready callbacks here needs; no time passes."""
    for _ in range(turns):
        await asyncio.sleep(0)
