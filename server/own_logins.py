"""Staff and their own sign-ins: which there are, ending them, and proving once more who they are within one."""

from typing import Final

from audit.event import Fact
from audit.ports import AuditWriter
from server.clock import TrueClock, must_agree
from server.login_entries import CONFIRMED, ENDED, NOT_CONFIRMED, entry
from server.principals import StaffPrincipal
from server.problems import Problem, not_signed_in
from server.proof_demands import ProofDemands, problem_of
from server.signing_out import SigningOut
from session.identity import LoginId
from verification.credentials import Door
from verification.login import Login, LoginRegistry
from verification.passkey import Passkey
from verification.proof_demand import Shortfall
from verification.step_up import StepUp

BY_CODE: Final = "code"
BY_PASSKEY: Final = "passkey"


class OwnLogins:
    """`officers_by_passkey`: they prove themselves by nothing weaker than what they sign in by.

    Raises StoreUnavailable where the rows cannot be read; what ends has ended in memory all the same.
    """

    def __init__(
        self,
        logins: LoginRegistry,
        signing_out: SigningOut,
        step_up: StepUp,
        demands: ProofDemands,
        log: AuditWriter,
        clock: TrueClock,
        *,
        officers_by_passkey: bool = True,
    ) -> None:
        self._officers_by_passkey = officers_by_passkey
        self._logins, self._signing_out, self._step_up = logins, signing_out, step_up
        self._demands, self._log, self._clock = demands, log, clock

    async def live(self, staff: StaffPrincipal) -> list[Login]:
        """The latest first; the one that asks is among them."""
        return await self._logins.of_staff(staff.staff.id, self._clock.now_ms())

    async def end(self, staff: StaffPrincipal, named: str) -> bool:
        """False if this is none of theirs. What runs under it ends first."""
        login = next((one for one in await self.live(staff) if one.id == named), None)
        if login is None:
            return False
        await self._end(staff, login)
        return True

    async def end_others(self, staff: StaffPrincipal) -> int:
        """All but the one that asks; how many that were."""
        others = [one for one in await self.live(staff) if one.id != staff.login]
        for login in others:
            await self._end(staff, login)
        return len(others)

    async def by_code(self, staff: StaffPrincipal) -> bool:
        """Whether a code may prove who they are, and they have one."""
        weak = self._officers_by_passkey and staff.door is Door.SECURITY
        if weak or await self._code_shortfall(staff) is not None:
            return False
        return await self._step_up.possible(staff.staff.id)

    async def by_provider(self, staff: StaffPrincipal) -> bool:
        """Whether what the organisation's own sign-in says may prove it."""
        return await self._code_shortfall(staff) is None

    async def confirm(self, staff: StaffPrincipal, code: str) -> str:
        """The new token for the cookie, once the entry is durable. Raises Problem, LogUnavailable."""
        must_agree(self._clock)
        now = self._clock.now_ms()
        login = await self._own(staff, now)
        if self._officers_by_passkey and staff.door is Door.SECURITY:
            facts = _facts(login, reason="passkey_needed")
            await self._log.append(entry(NOT_CONFIRMED, staff.door, staff.staff.id, now, facts))
            raise Problem(
                422,
                "confirmation_by_passkey",
                "Officers prove who they are by passkey only. The code was not looked at, and nothing was done. Use "
                "your passkey.",
            )
        await self._must_do(staff, login, await self._demands.code_shortfall(staff, login))
        refused = await self._step_up.refusal(login, code, now)
        if refused is None:
            return await self.renew(staff, login, BY_CODE)
        await self._log.append(
            entry(NOT_CONFIRMED, staff.door, staff.staff.id, now, _facts(login, reason=refused.reason))
        )
        if not refused.over:
            raise Problem(
                422,
                "confirmation_refused",
                "That code was not accepted. Nothing was done. Use the next one from your app: each works once.",
            )
        await self._end(staff, login)
        raise Problem(
            401,
            "confirmation_over",
            "Too many wrong codes, so this sign-in has ended. Nothing was done. Sign in again; if somebody else typed "
            "them, tell a security officer.",
        )

    async def renewed(
        self, staff: StaffPrincipal, by: str, link: int | None = None, passkey: Passkey | None = None
    ) -> str:
        """As `confirm`, where the caller has judged the proof. `link`: by which the organisation's provider spoke for
        them; `passkey`: the one that answered. Raises Problem, LogUnavailable."""
        return await self.renew(staff, await self._own(staff, self._clock.now_ms()), by, link, passkey)

    async def renew(
        self,
        staff: StaffPrincipal,
        login: Login,
        by: str,
        link: int | None = None,
        passkey: Passkey | None = None,
    ) -> str:
        """Proved again: recorded, then the login has a new token; and what was demanded of them is done. Raises
        Problem, LogUnavailable."""
        now = self._clock.now_ms()
        demand = await self._demands.of(staff.staff.id)
        if demand is not None:
            await self._must_do(staff, login, await self._demands.shortfall(demand, staff, login, passkey))
        await self._log.append(entry(CONFIRMED, staff.door, staff.staff.id, now, _facts(login, by=by)))
        token = await self._logins.renew(login, now, link, by_passkey=by == BY_PASSKEY)
        if token is None:  # ended or renewed at this moment, by another window
            raise not_signed_in()
        if demand is not None:
            await self._demands.proved(demand, staff, login, by)
        return token

    async def _code_shortfall(self, staff: StaffPrincipal) -> Shortfall | None:
        login = await self._own(staff, self._clock.now_ms())
        return await self._demands.code_shortfall(staff, login)

    async def _must_do(self, staff: StaffPrincipal, login: Login, shortfall: Shortfall | None) -> None:
        if shortfall is None:
            return
        facts = _facts(login, reason=f"proof_{shortfall.value}")
        await self._log.append(entry(NOT_CONFIRMED, staff.door, staff.staff.id, self._clock.now_ms(), facts))
        raise problem_of(shortfall)

    async def _own(self, staff: StaffPrincipal, now: int) -> Login:
        found = await self._logins.of_staff(staff.staff.id, now)
        login = next((one for one in found if one.id == staff.login), None)
        if login is None or login.token_hash != staff.cookie:
            raise not_signed_in()
        return login

    async def _end(self, staff: StaffPrincipal, login: Login) -> None:
        await self._signing_out.one(LoginId(login.id))
        by_other = _facts(login) | ({} if login.id == staff.login else {"from": staff.login})
        self._log.append_reducing(entry(ENDED, login.door, staff.staff.id, self._clock.now_ms(), by_other))


def _facts(login: Login, **more: Fact) -> dict[str, Fact]:
    return {"login": login.id, **more}
