"""Staff at the organisation's own provider: an agent links their own identity, and agent or officer takes it away.

Nobody links somebody else's from a page: whoever may say who an agent is at the provider can become that agent. So the
agent proves who they are twice, here and there, and no subject is ever typed.
"""

from typing import Final

from audit.event import Actor, ActorKind, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.principals import StaffPrincipal
from server.problems import Problem, not_found, not_signed_in
from server.signing_out import SigningOut
from server.storage.database import AlreadyThere
from server.storage.staff_identities import Link, SqlStaffIdentities, StaffIdentity
from server.storage.staff_roll import StaffRoll
from session.identity import LoginId
from session.ports import Clock
from support.identity import StaffId
from support.staff import Staff
from verification.credentials import SignInMeans
from verification.login import LoginRegistry

_BY_PROVIDER: Final = frozenset({SignInMeans.PROVIDER, SignInMeans.PROVIDER_AND_CODE})


class Identities:
    """`issuer` is the provider's of the settings. Raises Problem, LogUnavailable, StoreUnavailable."""

    def __init__(
        self,
        issuer: str,
        rows: SqlStaffIdentities,
        roll: StaffRoll,
        logins: LoginRegistry,
        signing_out: SigningOut,
        log: AuditWriter,
        clock: Clock,
    ) -> None:
        self._issuer, self._rows, self._roll = issuer, rows, roll
        self._logins, self._signing_out, self._clock = logins, signing_out, clock
        self._register = Register(log, clock)

    async def of(self, staff: StaffId) -> Link | None:
        return await self._rows.of_staff(self._issuer, staff)

    async def linked(self) -> frozenset[StaffId]:
        return frozenset(await self._rows.everybody(self._issuer))

    async def link(self, staff: StaffPrincipal, subject: str) -> None:
        """On record first. What was signed in by a former identity ends."""
        former = await self.of(staff.staff.id)
        identity = StaffIdentity(self._issuer, subject, staff.staff.id)
        intent = self._register.intent(EventName.AGENT_IDENTITY_LINKED, _agent(staff), _facts(staff))

        async def effect(index: int) -> None:
            if not await self._rows.link(identity, index, self._clock.now_ms(), login=staff.login):
                raise not_signed_in()

        try:
            await self._register.carry_out([intent], effect)
        except AlreadyThere:
            raise Problem(
                409,
                "identity_taken",
                "That sign-in is linked to somebody else here. Nothing was changed. Sign out at the organisation's own "
                "sign-in, then link yours; if it was yours, tell a security officer.",
            ) from None
        if former is not None:
            await self._end_by_provider(staff.staff.id)

    async def unlink_own(self, staff: StaffPrincipal) -> None:
        """Their sign-ins by it end, this one too if it is one. Raises Problem where nothing else would let them in."""
        if await self.of(staff.staff.id) is None:
            raise not_found()
        able = await self._roll.able_to_sign_in(frozenset({staff.staff.role}), self._clock.now_ms())
        if staff.staff.id not in able:
            raise Problem(
                409,
                "last_way_in",
                "This is your only way to sign in. Nothing was changed. Add a passkey first.",
            )
        await self._rows.unlink(staff.staff.id)
        await self._end_by_provider(staff.staff.id)
        self._register.taken_away(EventName.AGENT_IDENTITY_UNLINKED, _agent(staff), _facts(staff))

    async def unlink(self, staff: Staff, officer: Staff) -> int:
        """All their sign-ins end; how many were live here. Before the row goes, so that none of them links another, and
        after it, so that none is left that was under way."""
        if not await self._rows.anywhere(staff.id):
            raise not_found()
        ended = await self._signing_out.everywhere(staff.id)
        await self._rows.unlink(staff.id)
        ended += await self._signing_out.everywhere(staff.id)
        facts: dict[str, Fact] = {"staff": staff.id, "logins": ended}
        by = Actor(ActorKind.OFFICER, officer.id)
        self._register.taken_away(EventName.OFFICER_IDENTITY_UNLINKED, by, facts)
        return ended

    async def refused(self, staff: str, login: str, reason: str) -> None:
        """They came back from the provider with what links nothing. Raises LogUnavailable."""
        facts: dict[str, Fact] = {"staff": staff, "login": login, "reason": reason}
        by = Actor(ActorKind.AGENT, staff)
        await self._register.refused(EventName.AGENT_IDENTITY_LINKED, by, facts)

    async def _end_by_provider(self, staff: StaffId) -> None:
        for login in await self._logins.of_staff(staff, self._clock.now_ms()):
            if login.means in _BY_PROVIDER:
                await self._signing_out.one(LoginId(login.id))


def _agent(staff: StaffPrincipal) -> Actor:
    return Actor(ActorKind.AGENT, staff.staff.id)


def _facts(staff: StaffPrincipal) -> dict[str, Fact]:
    return {"staff": staff.staff.id, "login": staff.login}
