"""Staff and their passkeys: signing in by one, proving once more by one, and having them.

A sign-in does not say beforehand who comes: the passkey tells. What a browser asks for is bound to it by a cookie of
its own, so that an answer made in one browser opens nothing in another.
"""

import hashlib
from typing import Final

from audit.event import ActorKind
from server.passkeys import Holder, Passkeys
from server.principals import StaffPrincipal
from server.problems import Problem, not_found, not_signed_in
from server.storage.customer_logins import Overtaken
from server.storage.passkeys import good_ones
from server.storage.staff import DOORS
from server.storage.standing import is_signed_in
from server.storage.transaction import Transaction
from support.identity import StaffId
from support.ports import StaffStore
from support.staff import Staff
from verification.credentials import Door, SignInMeans
from verification.enrolment import Subject, SubjectKind
from verification.login import LoginRegistry, token_hash
from verification.passkey import Passkey
from verification.passkey_challenge import Bound, Purpose, prefixed
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import AssertionResponse, RegistrationResponse
from verification.passkeys import Asked, Asserted, RegistrationAsked
from verification.sign_in import SignedIn, SignInRefused

_KINDS: Final = {Door.AGENT: ActorKind.AGENT, Door.SECURITY: ActorKind.OFFICER}


class StaffPasskeys:
    """`needed_by_officers`: they sign in by nothing else, so nobody removes their last one."""

    def __init__(
        self, passkeys: Passkeys, staff: StaffStore, logins: LoginRegistry, *, needed_by_officers: bool
    ) -> None:
        self._passkeys, self._staff, self._logins = passkeys, staff, logins
        self.needed_by_officers = needed_by_officers

    async def sign_in_options(self, browser_token: str, now: int) -> Asked:
        return await self._passkeys.assertion_options(
            Purpose.SIGN_IN, binding=_of_browser(browser_token), now=now
        )

    async def sign_in(
        self, response: AssertionResponse, door: Door, browser_token: str, *, browser: str, now: int
    ) -> SignedIn | SignInRefused:
        """For `http.logins.given`, which records what came of it. Raises StoreUnavailable."""
        try:
            asserted = await self._passkeys.judge(
                Purpose.SIGN_IN,
                response,
                kind=SubjectKind.STAFF,
                binding=_of_browser(browser_token),
                now=now,
            )
        except PasskeyRefused as refused:
            return SignInRefused(staff=refused.owner or "", reason=f"passkey_{refused.reason.value}")
        staff = await self._staff.find(StaffId(asserted.owner.id))
        if staff is None or door not in DOORS[staff.role]:
            return SignInRefused(staff=asserted.owner.id, reason="door")
        if staff.blocked(now):
            return SignInRefused(staff=staff.id, reason="blocked")
        login, token = await self._logins.start(
            staff.id, door, now, means=SignInMeans.PASSKEY, browser=browser
        )
        # Removed meanwhile: whoever did that has ended all logins, maybe before this one was there to be ended.
        if asserted.passkey not in {one.id for one in await self._good(asserted.owner)}:
            await self._logins.end(login.id, now)
            return SignInRefused(staff=staff.id, reason="replaced")
        return SignedIn(staff=staff.id, login=login, token=token)

    async def proof_options(self, staff: StaffPrincipal, now: int) -> Asked:
        return await self._passkeys.assertion_options(
            Purpose.STEP_UP, binding=_of_login(staff), now=now, owner=_subject(staff)
        )

    async def prove(self, staff: StaffPrincipal, response: AssertionResponse, now: int) -> Passkey:
        """The passkey that answered. On record when this returns. Raises PasskeyRefused, LogUnavailable."""
        asserted = await self._passkeys.assertion(
            Purpose.STEP_UP, response, holder=_holder(staff), binding=_of_login(staff), now=now
        )
        return await self._named(asserted)

    async def badge_options(self, staff: StaffPrincipal, bound: Bound, nonce: bytes, now: int) -> Asked:
        """`nonce` is the badge issuer's."""
        return await self._passkeys.assertion_options(
            Purpose.BADGE,
            binding=_of_badge(bound),
            now=now,
            owner=_subject(staff),
            bound=bound,
            nonce=nonce,
        )

    async def stand_for_badge(
        self, staff: StaffPrincipal, response: AssertionResponse, bound: Bound, *, session: str, now: int
    ) -> Passkey:
        """The passkey that answered. On record when this returns. Raises PasskeyRefused, LogUnavailable."""
        asserted = await self._passkeys.assertion(
            Purpose.BADGE,
            response,
            holder=_holder(staff),
            binding=_of_badge(bound),
            now=now,
            session=session,
        )
        return await self._named(asserted)

    async def of(self, staff: StaffPrincipal) -> list[Passkey]:
        return await self._passkeys.of(_subject(staff))

    async def has(self, staff: StaffPrincipal) -> bool:
        """Also one that is shut: a password and code stand for it no more than for a good one."""
        return bool(await self.of(staff))

    async def has_good(self, staff: StaffPrincipal) -> bool:
        """One that opens something."""
        return bool(await self._good(_subject(staff)))

    async def registration_options(self, staff: StaffPrincipal, now: int) -> RegistrationAsked:
        """Raises PasskeyRefused."""
        return await self._passkeys.registration_options(_holder(staff), binding=_of_login(staff), now=now)

    async def register(
        self, staff: StaffPrincipal, response: RegistrationResponse, label: str, now: int
    ) -> Passkey:
        """Asked again in the write: whoever ends a stolen sign-in leaves nothing behind that it had under way. Raises
        PasskeyRefused, Problem, LogUnavailable."""

        async def signed_in(connection: Transaction) -> None:
            if not await is_signed_in(connection, staff.login):
                raise Overtaken(capped=False)

        try:
            return await self._passkeys.register(
                _holder(staff), response, binding=_of_login(staff), label=label, now=now, within=signed_in
            )
        except Overtaken as overtaken:
            raise not_signed_in() from overtaken

    async def remove(self, staff: StaffPrincipal, named: str, now: int) -> None:
        """Raises Problem."""
        good = {one.id for one in await self._good(_subject(staff))}
        needed = self.needed_by_officers and staff.door is Door.SECURITY and named in good

        async def another_stays(connection: Transaction) -> None:
            if needed and await good_ones(connection, _subject(staff)) == 0:
                raise Problem(
                    409,
                    "last_passkey",
                    "This is your only passkey, and officers sign in by nothing else. Nothing was changed. Add "
                    "another.",
                )

        if not await self._passkeys.remove(_holder(staff), named, now=now, within=another_stays):
            raise not_found()

    async def _named(self, asserted: Asserted) -> Passkey:
        for one in await self._good(asserted.owner):
            if one.id == asserted.passkey:
                return one
        raise PasskeyRefused(Refusal.UNKNOWN, owner=asserted.owner.id)  # removed meanwhile

    async def _good(self, owner: Subject) -> list[Passkey]:
        return [one for one in await self._passkeys.of(owner) if one.disabled_at_ms is None]


def account_of(staff: Staff) -> str:
    """What the browser's window writes beside the organisation's name."""
    return f"{staff.name} ({staff.number})"


def _subject(staff: StaffPrincipal) -> Subject:
    return Subject(SubjectKind.STAFF, staff.staff.id)


def _holder(staff: StaffPrincipal) -> Holder:
    return Holder(_subject(staff), _KINDS[staff.door])


def _of_login(staff: StaffPrincipal) -> str:
    return f"login/{staff.login}"


def _of_badge(bound: Bound) -> str:
    return f"badge/{hashlib.sha256(prefixed(bound.parts)).hexdigest()}"


def _of_browser(token: str) -> str:
    return f"sign-in/{token_hash(token)}"
