"""Proofs on a customer's own page: the way in by a passkey, what raises a sign-in to V2 or, by a code of an app, to V1;
adding and removing passkeys.

Adding one needs a proof by another, at most ten minutes old: a hand-off or a code is never enough to change by what
somebody is known. So does removing one. The customer is told by mail of both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from audit.event import ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.bus.ports import Counters
from server.me.door import Door, Entered, EntryRefused
from server.passkeys import Holder, Passkeys
from server.problems import Problem, not_found, not_signed_in
from server.storage.customer_logins import Overtaken, must_stand
from server.storage.passkeys import good_ones
from server.storage.transaction import Transaction, Within
from server.typed_codes import AppCodes, TypedCode
from server.verifications import Caps, Proved
from session.ports import Clock
from support.identity import CustomerId
from support.ports import CustomerStore
from verification.customer_login import CustomerLogin, CustomerLogins, Way
from verification.enrolment import Subject, SubjectKind
from verification.passkey import Passkey
from verification.passkey_challenge import Purpose
from verification.passkey_response import AssertionResponse, RegistrationResponse
from verification.passkeys import Asked, RegistrationAsked
from verification.throttle import Rate

PROVED: Final = "V2"
WRONG_CODES: Final = Rate(count=5, period_ms=12 * 3_600_000)  # of one sign-in, right ones among them


class Proving:
    """Raises PasskeyRefused, LogUnavailable, StoreUnavailable: then nothing was given or changed."""

    def __init__(
        self,
        passkeys: Passkeys,
        codes: AppCodes,
        counters: Counters,
        door: Door,
        logins: CustomerLogins,
        customers: CustomerStore,
        caps: Caps,
        log: AuditWriter,
        clock: Clock,
    ) -> None:
        self._passkeys, self._door, self._logins, self._customers = passkeys, door, logins, customers
        self._caps = caps
        self._codes, self._counters, self._log, self._clock = codes, counters, log, clock

    async def ask_stranger(self, binding: str) -> Asked:
        """The same for everybody: the answer says who it is."""
        return await self._passkeys.assertion_options(
            Purpose.SIGN_IN, binding=binding, now=self._clock.now_ms()
        )

    async def enter(self, response: AssertionResponse, binding: str) -> Entered:
        """Raises EntryRefused too; whoever calls records what was refused."""
        asserted = await self._passkeys.judge(
            Purpose.SIGN_IN,
            response,
            kind=SubjectKind.CUSTOMER,
            binding=binding,
            now=self._clock.now_ms(),
        )
        customer = await self._customers.find(CustomerId(asserted.owner.id))
        if customer is None or customer.gone:
            raise EntryRefused("erased")
        # After a loss whoever has the new passkey may be another: it opens the page, and changes nothing yet.
        level = await self._caps.cap_of(customer.id, self._clock.now_ms()) or PROVED
        return await self._door.let_in(customer.id, Way.PASSKEY, level, asserted.passkey)

    async def ask(self, login: CustomerLogin) -> Asked:
        return await self._passkeys.assertion_options(
            Purpose.STEP_UP,
            binding=login.id,
            now=self._clock.now_ms(),
            owner=_holder(login).subject,
        )

    async def prove(self, login: CustomerLogin, response: AssertionResponse) -> str:
        """The new token of this sign-in, which is at V2 from now on. Raises Problem."""
        now = self._clock.now_ms()
        if await self._caps.cap_of(login.customer, now) is not None:
            raise _capped()
        asserted = await self._passkeys.assertion(
            Purpose.STEP_UP, response, holder=_holder(login), binding=login.id, now=now
        )
        return await self._raised(login, PROVED, {"passkey": asserted.passkey}, now)

    async def prove_by_code(self, login: CustomerLogin, code: str, known_device: str) -> str:
        """The second factor of somebody who was handed over: at V1 from now on, with a new token. Five wrong ones end
        the sign-in. Raises Problem, BusUnavailable."""
        now = self._clock.now_ms()
        if await self._counters.take(f"me-code/{login.id}", WRONG_CODES):
            await self._door.end(login)
            raise not_signed_in()
        found = await self._codes.judge(login.customer, login.id, "me", TypedCode(code, known_device), now)
        if isinstance(found, Proved):
            return await self._raised(login, "V1", {"method": "totp"}, now)
        await self._log.append(
            _event(EventName.CUSTOMER_CODE_REFUSED, Outcome.REFUSED, login, {"login": login.id}, now)
        )
        raise Problem(
            409,
            "own_code_refused",
            "That code was not accepted. Nothing was changed. Each code works once: wait for the next one.",
        )

    async def _raised(self, login: CustomerLogin, level: str, how: dict[str, Fact], now: int) -> str:
        told: dict[str, Fact] = {"login": login.id, "level": level, **how}
        await self._log.append(_event(EventName.CUSTOMER_LOGIN_RAISED, Outcome.DONE, login, told, now))
        token = await self._logins.raised(login, level, now)
        if token is None:
            raise _capped() if await self._caps.cap_of(login.customer, now) is not None else not_signed_in()
        return token

    async def own(self, login: CustomerLogin) -> list[Passkey]:
        return await self._passkeys.of(_holder(login).subject)

    async def ask_new(self, login: CustomerLogin) -> RegistrationAsked:
        must_be_proved(login, self._clock.now_ms())
        return await self._passkeys.registration_options(
            _holder(login), binding=login.id, now=self._clock.now_ms()
        )

    async def add(self, login: CustomerLogin, response: RegistrationResponse, label: str) -> None:
        now = self._clock.now_ms()
        must_be_proved(login, now)
        with overtaken_told():
            await self._passkeys.register(
                _holder(login),
                response,
                binding=login.id,
                label=label,
                now=now,
                facts={"login": login.id},
                within=standing(login, now),
            )

    async def remove(self, login: CustomerLogin, passkey: str) -> None:
        """Not the last one: then nobody could prove anything here any more. Raises Problem."""
        now = self._clock.now_ms()
        must_be_proved(login, now)

        async def allowed(connection: Transaction) -> None:
            await must_stand(connection, login, now)
            if await good_ones(connection, _holder(login).subject) == 0:
                raise Problem(
                    409,
                    "passkey_last",
                    "This is your only passkey. Nothing was changed. Add another one first, then remove this one.",
                )

        with overtaken_told():
            removed = await self._passkeys.remove(
                _holder(login), passkey, now=now, facts={"login": login.id}, within=allowed
            )
        if not removed:
            raise not_found()


def must_be_proved(login: CustomerLogin, now_ms: int) -> None:
    """By a passkey, within the last ten minutes. Raises Problem."""
    if not login.proves(PROVED, now_ms):
        raise Problem(
            409,
            "passkey_needed",
            "This asks for your passkey, used at most ten minutes ago. Nothing was changed. Use it, then go on.",
        )


def standing(login: CustomerLogin, now_ms: int) -> Within:
    """Judged once more in the very write of what `login` changes."""
    return lambda connection: must_stand(connection, login, now_ms)


@contextmanager
def overtaken_told() -> Iterator[None]:
    try:
        yield
    except Overtaken as overtaken:
        raise (_capped() if overtaken.capped else not_signed_in()) from overtaken


def _capped() -> Problem:
    return Problem(
        409,
        "factors_capped",
        "For a week after a lost app or passkey was replaced, nothing can be changed here, and nothing was. "
        "If it was not you who replaced it, tell us at once.",
    )


def _event(
    name: EventName, outcome: Outcome, login: CustomerLogin, facts: dict[str, Fact], now: int
) -> Event:
    return Event(name, outcome, now, _holder(login).actor, customer=login.customer, facts=facts)


def _holder(login: CustomerLogin) -> Holder:
    return Holder(Subject(SubjectKind.CUSTOMER, login.customer), ActorKind.CUSTOMER)
