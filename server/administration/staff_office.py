"""Who works here: inviting, disabling, enabling, and asking for a new start."""

import re
from typing import Final

from audit.event import Actor, EventName, Fact
from server.administration import acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.administration.resets import request_reset
from server.enrolments import EnrolledAlready
from server.identity import new_id
from server.member_change import MemberChange, change_member
from server.problems import Problem
from server.storage.database import AlreadyThere
from server.storage.staff_roll import StaffOnRoll
from support.identity import StaffId
from support.intake import IntakeRefused, plain_text
from support.ports import StoreUnavailable
from support.reset import APPROVERS_NEEDED, OFFICERS
from support.staff import Role, Staff
from verification.credentials import NO_PASSWORD
from verification.enrolment import Subject, SubjectKind

FOREVER_MS: Final = 2**53 - 1  # disabled: blocked until somebody lifts it
LONGEST_NAME: Final = 128
LONGEST_TEAM: Final = 64
_USERNAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,63}", re.ASCII)
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}", re.ASCII)


class StaffOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def show_all(self, act: acts.ListStaff, _: Actor) -> acts.StaffList:
        """No entry: it shows nothing of any customer."""
        rows = await self._ground.stores.staff_roll.everybody()
        shown = [row for row in rows if act.desk is None or _desk_of(row.staff) == act.desk]
        return acts.StaffList(staff=[self._line(row) for row in shown])

    async def invite(self, act: acts.InviteStaff, by: Actor) -> acts.LinkGiven:
        """Raises ActRefused for an officer where two can sign in: then an administrator and a second officer invite."""
        links = self._ground.links()
        wanted = staff_of(act)
        if wanted.role in OFFICERS:
            able = await self._ground.officers_able(self._ground.clock.now_ms())
            if len(able) >= APPROVERS_NEEDED:
                raise ActRefused(
                    f"{len(able)} officers can sign in, so they decide who becomes one: an administrator invites on "
                    "/security/staff, and a second officer approves. Nothing was changed."
                )
        found = await self._ground.stores.staff_roll.of_username(wanted.username)
        if found is None:
            await self._add(wanted, by)
        elif (
            not found.pending
            or found.staff.blocked(self._ground.clock.now_ms())
            or not _same(found.staff, wanted)
        ):
            raise ActRefused(
                f"{wanted.username} is somebody's already, with other details or a password of their own. "
                "Take another username, or see `reset`. Nothing was changed."
            )
        else:
            wanted = found.staff
        subject, now = Subject(SubjectKind.STAFF, wanted.id), self._ground.clock.now_ms()
        try:
            link = await links.issue(subject, by=by, now=now, first=True)
        except EnrolledAlready:
            raise ActRefused(
                f"{wanted.username} finished enrolling at this moment. Nothing was changed; see `reset`."
            ) from None
        return acts.LinkGiven(to=wanted.username, url=link.url, expires_at_ms=link.expires_at_ms)

    async def disable(self, act: acts.DisableStaff, by: Actor) -> acts.StaffChanged:
        """Dark first, then rows, then the entry: it waits for nothing that records."""
        row = await self._row(act.username, act.desk)
        subject, now = Subject(SubjectKind.STAFF, row.staff.id), self._ground.clock.now_ms()
        facts: dict[str, Fact] = {"staff": row.staff.id}
        try:
            ended = await self._ground.exclusion.exclude(row.staff.id, FOREVER_MS)
        except StoreUnavailable:
            facts["not_written"] = True  # it holds in this server's memory
            raise
        finally:
            self._ground.register.taken_away(EventName.OPERATOR_STAFF_DISABLED, by, facts)
        await self._ground.withdrawing().withdraw(subject, by=by, now=now)
        return acts.StaffChanged(staff=self._line(await self._row(act.username, act.desk)), ended=ended)

    async def enable(self, act: acts.EnableStaff, by: Actor) -> acts.StaffChanged:
        row = await self._row(act.username, act.desk)
        if not row.staff.blocked(self._ground.clock.now_ms()):
            return acts.StaffChanged(staff=self._line(row))
        intent = self._ground.register.intent(EventName.OPERATOR_STAFF_ENABLED, by, {"staff": row.staff.id})
        await self._ground.register.carry_out(
            [intent], lambda _: self._ground.stores.staff.block(row.staff.id, None)
        )
        return acts.StaffChanged(staff=self._line(await self._row(act.username, act.desk)))

    async def change(self, act: acts.ChangeStaff, by: Actor) -> acts.StaffChanged:
        """See `change_member` for who may become what."""
        staff = (await self._row(act.username, "agent")).staff
        try:
            role = Role(act.role) if act.role else staff.role
            team = plain_text(act.team, what="team", longest=LONGEST_TEAM) if act.team else staff.team
        except IntakeRefused as error:
            raise ActRefused(f"{error} Nothing was changed.") from None
        except ValueError:
            raise ActRefused("The role is agent or supervisor. Nothing was changed.") from None
        try:
            ended = await change_member(
                self._ground.register,
                self._ground.stores.staff,
                self._ground.exclusion.sign_out,
                MemberChange(staff, role, team),
                EventName.OPERATOR_STAFF_CHANGED,
                by,
            )
        except Problem as problem:
            raise ActRefused(problem.detail) from None
        return acts.StaffChanged(staff=self._line(await self._row(act.username, "agent")), ended=ended)

    async def request_reset(self, act: acts.RequestReset, by: Actor) -> acts.ResetAsked:
        """Gives nothing: two officers do."""
        row = await self._row(act.username, act.desk)
        return await request_reset(self._ground, row.staff.id, row.staff.username, by)

    async def recover(self, act: acts.RecoverOfficer, by: Actor) -> acts.LinkGiven:
        """Only where two officers cannot approve; its entry makes a flag that officers see."""
        links = self._ground.links()
        row = await self._row(act.username, "officer")
        now = self._ground.clock.now_ms()
        able = await self._ground.officers_able(now)
        if len(able) >= APPROVERS_NEEDED:
            raise ActRefused(
                f"{len(able)} officers can sign in, so two of them decide: `tachiai officer reset {act.username}`. "
                "Nothing was changed."
            )
        if row.staff.blocked(now):
            raise ActRefused(f"{act.username} is disabled: enable first. Nothing was changed.")
        facts: dict[str, Fact] = {
            "staff": row.staff.id,
            "number": row.staff.number,  # what colleagues know each other by; a name is no fact of the log
            "officers_able": len(able),
        }
        intent = self._ground.register.intent(EventName.OPERATOR_OFFICER_RECOVERED, by, facts)
        link = await self._ground.register.carry_out(
            [intent], lambda _: links.issue(Subject(SubjectKind.STAFF, row.staff.id), by=by, now=now)
        )
        return acts.LinkGiven(to=row.staff.username, url=link.url, expires_at_ms=link.expires_at_ms)

    async def _add(self, staff: Staff, by: Actor) -> None:
        facts: dict[str, Fact] = {"staff": staff.id, "role": staff.role.value}
        intent = self._ground.register.intent(EventName.OPERATOR_STAFF_INVITED, by, facts)
        try:
            await self._ground.register.carry_out(
                [intent], lambda _: self._ground.stores.staff.add(staff, NO_PASSWORD)
            )
        except AlreadyThere:
            raise ActRefused(
                f"The username or the number {staff.number} is somebody else's. Nothing was changed."
            ) from None

    async def _row(self, username: str, desk: acts.Desk) -> StaffOnRoll:
        row = await self._ground.stores.staff_roll.of_username(username)
        if row is None:
            raise ActRefused(f"Nobody here has the username {username!r}. Nothing was changed.")
        if _desk_of(row.staff) != desk:
            raise ActRefused(
                f"{username} is {row.staff.role.value}: use `tachiai {_desk_of(row.staff)}`. Nothing was changed."
            )
        return row

    def _line(self, row: StaffOnRoll) -> acts.StaffLine:
        staff = row.staff
        return acts.StaffLine(
            id=staff.id,
            username=staff.username,
            name=staff.name,
            number=staff.number,
            team=staff.team,
            role=staff.role.value,
            state=_state(row, self._ground.clock.now_ms()),
        )


def staff_of(act: acts.InviteStaff) -> Staff:
    """Who is invited, with an id of their own. Raises ActRefused."""
    if _USERNAME.fullmatch(act.username) is None:
        raise ActRefused(
            "A username has 2 to 64 small letters, digits, dots, dashes and underscores, a letter first."
        )
    if _NUMBER.fullmatch(act.number) is None:
        raise ActRefused("A number, as customers see it, has 1 to 32 letters, digits and dashes.")
    try:
        name = plain_text(act.name, what="name", longest=LONGEST_NAME)
        team = plain_text(act.team, what="team", longest=LONGEST_TEAM)
        role = Role(act.role)
    except IntakeRefused as error:
        raise ActRefused(f"{error} Nothing was changed.") from None
    except ValueError:
        raise ActRefused(f"The role is one of {', '.join(Role)}. Nothing was changed.") from None
    return Staff(StaffId(new_id("sta")), act.username, name, act.number, team, role)


def _same(one: Staff, other: Staff) -> bool:
    return (one.name, one.number, one.team, one.role) == (other.name, other.number, other.team, other.role)


def _desk_of(staff: Staff) -> acts.Desk:
    return "officer" if staff.role in OFFICERS else "agent"


def _state(row: StaffOnRoll, now: int) -> str:
    if row.staff.blocked_until_ms == FOREVER_MS:
        return "disabled"
    if row.staff.blocked(now):
        return "blocked"
    return "pending" if row.pending else "active"
