"""Staff who must prove again who they are: dark first, then the row, then the entry; free again the other way round.

While a demand is open, the guard refuses every request of this person but those that take something away or give the
proof, on every server, since it stands in the row that each request reads; and none of their pages has a socket. A
session goes on without its agent, as after a lost line: the picture is black at once, the customer reads that the agent
is away, and after the minute that any agent may be away it ends. What the proof must be is `verification.proof_demand`.
"""

import asyncio
from typing import Final

import structlog

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.circumstances import LiveCircumstances
from server.identity import new_id
from server.login_entries import ENDED, entry
from server.principals import StaffPrincipal
from server.problems import Problem, not_found
from server.signalling.seats import Seats
from server.signing_out import SigningOut
from server.staff_passkeys import StaffPasskeys
from server.storage.proof_demands import DemandClosing, ProofDemandStore
from session.conductor import Conductor
from session.errors import SessionElsewhere, SessionUnknown
from session.events import ConnectionLost
from session.identity import LoginId, SessionId, StaffId
from session.model import Party
from session.ports import Clock, StoreUnavailable
from session.transitions import IllegalEvent
from support.identity import StaffId as SupportStaffId
from support.ports import StaffStore
from support.staff import Staff
from verification.credentials import Door
from verification.login import Login, LoginRegistry
from verification.passkey import Passkey
from verification.proof_demand import (
    DemandEnd,
    ProofDemand,
    Shortfall,
    code_shortfall,
    passkey_shortfall,
)

_GIVEN: Final = {Door.AGENT: EventName.AGENT_PROOF_GIVEN, Door.SECURITY: EventName.OFFICER_PROOF_GIVEN}
_KINDS: Final = {Door.AGENT: ActorKind.AGENT, Door.SECURITY: ActorKind.OFFICER}
_SENTENCES: Final = {
    Shortfall.PASSKEY: (
        "You have a passkey, and only that proves now who you are. Nothing else was looked at, and nothing was opened. "
        "Use your passkey."
    ),
    Shortfall.NEW_PASSKEY: (
        "This passkey was added too lately to prove who you are. Nothing was opened. Use one that you had before, or "
        "ask a security officer."
    ),
    Shortfall.DOUBTED: (
        "This very sign-in is in doubt, so nothing that you type in it proves who you are. Nothing was opened. Prove "
        "it where you were signed in before, or ask a security officer."
    ),
}
_log: Final = structlog.get_logger("proof_demands")


class ProofDemands:
    """Raises StoreUnavailable; what is over for somebody is over all the same."""

    def __init__(
        self,
        store: ProofDemandStore,
        staff: StaffStore,
        passkeys: StaffPasskeys,
        logins: LoginRegistry,
        signing_out: SigningOut,
        conductor: Conductor,
        circumstances: LiveCircumstances,
        seats: Seats,
        changed: asyncio.Event,
        log: AuditWriter,
        clock: Clock,
    ) -> None:
        self._store, self._staff, self._passkeys, self._logins = store, staff, passkeys, logins
        self._signing_out, self._conductor, self._seats = signing_out, conductor, seats
        self._circumstances, self._changed, self._log, self._clock = circumstances, changed, log, clock
        self._register = Register(log, clock)
        # Demanded here, and not yet read from the database by everybody here.
        self._unwritten: set[str] = set()
        self._ended: set[str] = set()  # demands that ended here, until the desk was read again

    def doubts(self, staff: StaffPrincipal) -> bool:
        """As their row said when they asked, or demanded in this moment, so that it may not say so yet."""
        return staff.must_prove or staff.id in self._unwritten

    def open_for(self, person: str) -> bool:
        """Answered at once, from memory: as of the last reading of the desk, a quarter of a second ago."""
        named = self._circumstances.must_prove(StaffId(person))
        return person in self._unwritten or (named is not None and named not in self._ended)

    async def demand(self, person: StaffId, detector: str, *, doubted_since_ms: int | None = None) -> bool:
        """`doubted_since_ms`: where it is a sign-in that is in doubt, when that began. False where there is nobody of
        that name. Theirs is dark before this first waits; a database that does not answer keeps it so, and raises."""
        self._unwritten.add(person)
        await self.enforce(person)
        if await self._staff.find(SupportStaffId(person)) is None:
            self._unwritten.discard(person)
            return False
        now = self._clock.now_ms()
        doubted = doubted_since_ms is not None
        since = now if doubted_since_ms is None else doubted_since_ms
        made = ProofDemand(new_id("prf"), person, detector, now, since, sign_in_doubted=doubted)
        await self._store.open(made)
        facts: dict[str, Fact] = {"staff": person, "detector": detector, "sign_in_doubted": doubted}
        self._register.taken_away(EventName.SYSTEM_PROOF_DEMANDED, Actor(ActorKind.SYSTEM), facts)
        if not await self._circumstances.look_again():
            raise StoreUnavailable
        self._unwritten.discard(person)
        self._changed.set()
        return True

    async def enforce(self, person: StaffId) -> None:
        """Their pages lose their sockets, and their sessions their agent, here."""
        theirs = [
            one.id for one in self._conductor.live() if one.agent == person and Party.AGENT in one.present
        ]
        async with asyncio.TaskGroup() as tasks:  # each is dark before the first waits for storage
            for session in theirs:
                tasks.create_task(self._leave(session))
            await asyncio.sleep(0)
            for seat in self._seats.everybody():
                if seat.login is not None and self._logins.staff_of(seat.login) == person:
                    self._seats.send_away(seat, "must_prove")

    async def of(self, person: str) -> ProofDemand | None:
        """The open one."""
        return await self._store.find_open(person)

    async def code_shortfall(self, staff: StaffPrincipal, login: Login) -> Shortfall | None:
        """What stands against a code in this sign-in, where a proof is demanded."""
        demand = await self.of(staff.staff.id)
        return None if demand is None else await self.shortfall(demand, staff, login, None)

    async def shortfall(
        self, demand: ProofDemand, staff: StaffPrincipal, login: Login, passkey: Passkey | None
    ) -> Shortfall | None:
        """`passkey` is None for a proof by anything else."""
        if passkey is not None:
            return passkey_shortfall(demand, passkey)
        return code_shortfall(demand, login, await self._passkeys.of(staff))

    async def proved(self, demand: ProofDemand, staff: StaffPrincipal, login: Login, means: str) -> None:
        """By a proof that falls short of nothing. Their other sign-ins end: nobody proved anything in those. Raises
        Problem where there is another doubt meanwhile, and LogUnavailable: then nothing is open."""
        now = self._clock.now_ms()
        for other in await self._logins.of_staff(staff.staff.id, now):
            if other.id != login.id:
                await self._signing_out.one(LoginId(other.id))
                facts: dict[str, Fact] = {"login": other.id, "from": login.id}
                self._log.append_reducing(entry(ENDED, other.door, staff.staff.id, now, facts))
        facts = {"staff": staff.staff.id, "demand": demand.id, "login": login.id, "means": means}
        intent = self._register.intent(_GIVEN[staff.door], Actor(_KINDS[staff.door], staff.staff.id), facts)
        closing = DemandClosing(DemandEnd.PROVED, now, means=means)
        await self._register.carry_out([intent], lambda index: self._close(demand, closing, index))

    async def waive(self, named: str, officer: Staff, reason: str) -> None:
        """An officer says that it is them. Not for themselves, nor for somebody of their own team. Raises Problem."""
        demand = await self.of(named)
        person = await self._staff.find(SupportStaffId(named)) if demand is not None else None
        if demand is None or person is None:
            raise not_found()
        facts: dict[str, Fact] = {"staff": person.id, "demand": demand.id, "reason": reason}
        by = Actor(ActorKind.OFFICER, officer.id)
        if officer.team == person.team:
            await self._register.refused(EventName.OFFICER_PROOF_WAIVED, by, facts)
            raise Problem(
                409,
                "proof_own_team",
                "You are of the same team, or it is you. Nothing was changed. They prove it themselves, or an officer "
                "of another team decides.",
            )
        closing = DemandClosing(DemandEnd.WAIVED, self._clock.now_ms(), officer=officer.id, reason=reason)
        intent = self._register.intent(EventName.OFFICER_PROOF_WAIVED, by, facts)
        await self._register.carry_out([intent], lambda index: self._close(demand, closing, index))

    async def _close(self, demand: ProofDemand, closing: DemandClosing, index: int) -> None:
        if not await self._store.close(demand, closing, index):
            raise Problem(
                409,
                "proof_overtaken",
                "Something else came up about this person in this moment. Nothing was opened. Try again.",
            )
        self._ended.add(demand.id)
        if await self._circumstances.look_again():
            self._ended.discard(demand.id)
        self._changed.set()

    async def _leave(self, session: SessionId) -> None:
        try:
            await self._conductor.apply(session, ConnectionLost(Party.AGENT))
        except (IllegalEvent, SessionUnknown, SessionElsewhere):
            _log.info(
                "a session of somebody who must prove who they are is over here already", session=session
            )


def problem_of(shortfall: Shortfall) -> Problem:
    return Problem(403, f"proof_{shortfall.value}", _SENTENCES[shortfall])
