"""Who works here, from pages: inviting, blocking, ending sign-ins, changing a role, asking for a new start.

Every method gets the officer or supervisor who asks, and judges the person it is about: a page that may be opened is
not yet a person who may be touched. docs/roles.md says who may what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.acts import InviteStaff
from server.administration.register import Register
from server.administration.staff_office import FOREVER_MS, staff_of
from server.approvals import Approvals
from server.block_lifts import BlockLifts
from server.blocking import Blocking
from server.enrolments import EnrolledAlready, Enrolments, IssuedLink
from server.identity import new_id
from server.member_change import MemberChange, change_member
from server.problems import Problem, not_found
from server.signing_out import SigningOut
from server.storage.database import AlreadyThere
from server.storage.staff_roll import StaffOnRoll
from server.storage.stores import Stores
from session.identity import StaffId as SessionStaffId
from session.ports import Clock
from support.identity import StaffId, is_id
from support.reset import LIFE_MS, OFFICERS, Reset
from support.staff import Role, Staff
from verification.credentials import NO_PASSWORD
from verification.enrolment import Subject, SubjectKind
from verification.login import LoginRegistry

LONGEST_BLOCK_MS: Final = 30 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Member:
    """`state`: active, pending (no password yet), blocked or disabled. `logins`: live sign-ins. `must_prove_since_ms`:
    when it was demanded that they prove again who they are; None if they need not."""

    staff: Staff
    state: str
    logins: int
    must_prove_since_ms: int | None


@dataclass(frozen=True, slots=True)
class Invited:
    """`link` is None where a second officer approves first."""

    staff: Staff
    link: IssuedLink | None


class StaffDesk:
    """Raises Problem, LogUnavailable, StoreUnavailable: then nothing was given."""

    def __init__(
        self,
        stores: Stores,
        log: AuditWriter,
        links: Enrolments,
        approvals: Approvals,
        blocking: Blocking,
        lifts: BlockLifts,
        signing_out: SigningOut,
        logins: LoginRegistry,
        clock: Clock,
    ) -> None:
        self._stores, self._links, self._approvals = stores, links, approvals
        self._lifts = lifts
        self._blocking, self._signing_out, self._logins, self._clock = blocking, signing_out, logins, clock
        self._log, self._register = log, Register(log, clock)

    async def everybody(self) -> list[Member]:
        """By username. No entry: it shows nothing of any customer."""
        demands = await self._stores.proof_demands.open_by_person()
        since = {person: demand.demanded_at_ms for person, demand in demands.items()}
        return [self._member(row, since) for row in await self._stores.staff_roll.everybody()]

    async def team_of(self, supervisor: Staff) -> list[Member]:
        """The agents of their team, themselves left out."""
        return [one for one in await self.everybody() if _is_of_team(one.staff, supervisor)]

    async def invite(self, asked: InviteStaff, admin: Staff) -> Invited:
        """Raises ActRefused too. An officer's link waits for another officer; asking is the first approval."""
        wanted = staff_of(asked)
        found = await self._stores.staff_roll.of_username(wanted.username)
        if found is not None:
            if (
                not found.pending
                or found.staff.blocked(self._clock.now_ms())
                or not _same(found.staff, wanted)
            ):
                raise Problem(
                    409,
                    "username_taken",
                    "This username is somebody's already. Nothing was changed. Take another one.",
                )
            wanted = found.staff
        else:
            await self._add(wanted, admin)
        if wanted.role in OFFICERS:
            reset = await self._request(wanted, admin, EventName.OFFICER_RESET_REQUESTED, ActorKind.OFFICER)
            await self._approvals.approve(reset.id, admin)
            return Invited(wanted, None)
        subject = Subject(SubjectKind.STAFF, wanted.id)
        try:
            link = await self._links.issue(subject, by=_officer(admin), now=self._clock.now_ms(), first=True)
        except EnrolledAlready:
            raise Problem(
                409, "enrolled_meanwhile", "They have just finished enrolling. Nothing was changed."
            ) from None
        return Invited(wanted, link)

    async def block(self, named: str, officer: Staff, minutes: int | None) -> None:
        """Until somebody lifts it where `minutes` is None. Dark first: it waits for nothing that records. A longer
        block stays as it is: else this would be a way to lift one, without a reason and without a second officer."""
        staff = await self._other(named, officer)
        now = self._clock.now_ms()
        until = FOREVER_MS if minutes is None else now + min(minutes * 60_000, LONGEST_BLOCK_MS)
        await self._blocking.block(
            SessionStaffId(staff.id), until, by=SessionStaffId(officer.id), or_longer=True
        )
        await self._links.withdraw(Subject(SubjectKind.STAFF, staff.id), by=_officer(officer), now=now)

    async def unblock(self, named: str, admin: Staff, reason: str) -> bool:
        """Also a detector's block. Whether it is lifted now; False where another officer has to approve. `reason`: one
        line."""
        staff = await self._other(named, admin)
        if not staff.blocked(self._clock.now_ms()):
            return True
        return await self._lifts.ask(staff, admin, reason)

    async def sign_out(self, named: str, officer: Staff) -> int:
        """All their sign-ins, with what runs under them; how many were live here."""
        staff = await self.found(named)
        ended = await self._signing_out.everywhere(staff.id)
        facts: dict[str, Fact] = {**_about(staff), "logins": ended}
        self._register.taken_away(EventName.OFFICER_LOGINS_ENDED, _officer(officer), facts)
        return ended

    async def change(self, named: str, admin: Staff, *, role: Role, team: str) -> int:
        """Agent or supervisor, and whose team. Their sign-ins end, so that no cookie outlives its rights; how many that
        were. Not of somebody whose block takes another officer: out of the team, it would take one alone."""
        member = await self._other(named, admin)
        if member.blocked(self._clock.now_ms()) and self._lifts.two_needed(member, admin):
            raise Problem(
                409,
                "blocked_stays",
                "They are blocked, and it takes another officer to lift that. Nothing was changed. Lift the block "
                "first.",
            )
        return await change_member(
            self._register,
            self._stores.staff,
            self._signing_out.everywhere,
            MemberChange(member, role, team),
            EventName.OFFICER_STAFF_CHANGED,
            _officer(admin),
        )

    async def request_reset(self, named: str, officer: Staff) -> None:
        """Gives nothing: two officers do."""
        staff = await self.found(named)
        await self._request(staff, officer, EventName.OFFICER_RESET_REQUESTED, ActorKind.OFFICER)

    async def request_of_team(self, named: str, supervisor: Staff) -> None:
        """For an agent of one's own team; anybody else is not there."""
        staff = await self.found(named)
        if not _is_of_team(staff, supervisor):
            raise not_found()
        await self._request(staff, supervisor, EventName.AGENT_RESET_REQUESTED, ActorKind.AGENT)

    async def _request(self, subject: Staff, by: Staff, name: EventName, kind: ActorKind) -> Reset:
        now = self._clock.now_ms()
        reset = Reset(new_id("rst"), subject.id, by.id, now, now + LIFE_MS)
        facts: dict[str, Fact] = {
            "reset": reset.id,
            "subject": subject.id,
            "expires_at_ms": reset.expires_at_ms,
        }
        intent = self._register.intent(name, Actor(kind, by.id), facts)
        await self._register.carry_out([intent], lambda index: self._stores.resets.add(reset, index))
        return reset

    async def _add(self, staff: Staff, admin: Staff) -> None:
        facts: dict[str, Fact] = {**_about(staff), "role": staff.role.value}
        intent = self._register.intent(EventName.OFFICER_STAFF_INVITED, _officer(admin), facts)
        try:
            await self._register.carry_out([intent], lambda _: self._stores.staff.add(staff, NO_PASSWORD))
        except AlreadyThere:
            raise Problem(
                409, "number_taken", "This username or number is somebody's already. Nothing was changed."
            ) from None

    async def _other(self, named: str, officer: Staff) -> Staff:
        """Raises Problem for oneself: nobody judges their own access."""
        staff = await self.found(named)
        if staff.id == officer.id:
            raise Problem(
                409, "yourself", "Nobody does this to themselves. Nothing was changed. Ask another officer."
            )
        return staff

    async def found(self, named: str) -> Staff:
        """Raises Problem."""
        staff = await self._stores.staff.find(StaffId(named)) if is_id(named, "sta") else None
        if staff is None:
            raise not_found()
        return staff

    def _member(self, row: StaffOnRoll, since: Mapping[str, int]) -> Member:
        staff, now = row.staff, self._clock.now_ms()
        state = "pending" if row.pending else "active"
        if staff.blocked(now):
            state = "disabled" if staff.blocked_until_ms == FOREVER_MS else "blocked"
        return Member(staff, state, len(self._logins.running(staff.id, now)), since.get(staff.id))


def _is_of_team(staff: Staff, supervisor: Staff) -> bool:
    return staff.role is Role.AGENT and staff.team == supervisor.team and staff.id != supervisor.id


def _same(one: Staff, other: Staff) -> bool:
    return (one.name, one.number, one.team, one.role) == (other.name, other.number, other.team, other.role)


def _about(staff: Staff) -> dict[str, Fact]:
    return {"staff": staff.id}


def _officer(officer: Staff) -> Actor:
    return Actor(ActorKind.OFFICER, officer.id)
