"""Codes of a customer who is signed in on their own page: ten new recovery codes, and an app whose clock went off.

Both change by what somebody is known, so both ask for a passkey of the last ten minutes: a hand-off proves nothing to
us, and whoever holds an app's older codes must not make them good again by having its clock found anew. Neither is done
while a session of theirs is under way: the screen that an agent sees could be this one.
"""

from typing import Final

from audit.event import Actor, ActorKind, Fact
from server.bus.ports import Counters
from server.me.contact import Contacts
from server.me.proving import must_be_proved, overtaken_told, standing
from server.problems import Problem
from server.recovery_codes import RecoveryCodeMaking
from server.resynchronising import Resynchronising
from server.storage.contacts import SESSION
from session.ports import Clock
from support.identity import CustomerId
from verification.customer_login import CustomerLogin
from verification.throttle import Rate

MADE: Final = Rate(count=5, period_ms=24 * 3_600_000)  # of one customer: each makes ten hashes that cost work


class OwnCodes:
    """Raises Problem, LogUnavailable, StoreUnavailable, BusUnavailable: then nothing was changed."""

    def __init__(
        self,
        making: RecoveryCodeMaking,
        resynchronising: Resynchronising,
        contacts: Contacts,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self._making, self._resynchronising, self._contacts = making, resynchronising, contacts
        self._counters, self._clock = counters, clock

    async def left(self, login: CustomerLogin) -> int:
        """Recovery codes that were not used."""
        return await self._making.left(CustomerId(login.customer))

    async def make(self, login: CustomerLogin) -> list[str]:
        """Ten, in place of all before; the customer is told by mail in the same write. Raises TooBusy."""
        now = self._clock.now_ms()
        must_be_proved(login, now)
        await self._must_be_unseen(login)
        if await self._counters.take(f"me-recovery-codes/{login.customer}", MADE):
            raise Problem(
                429,
                "recovery_codes_used_up",
                "New recovery codes were made several times today. Nothing was changed: the last ones are good. Come "
                "back tomorrow.",
            )
        customer, facts = CustomerId(login.customer), _facts(login)
        with overtaken_told():
            return await self._making.make(customer, _actor(login), facts, now, standing(login, now))

    async def resynchronise(self, login: CustomerLogin, first: str, second: str) -> bool:
        """Whether the app's clock is known from now on. One answer for every refusal."""
        now = self._clock.now_ms()
        must_be_proved(login, now)
        await self._must_be_unseen(login)
        customer, facts = CustomerId(login.customer), _facts(login)
        with overtaken_told():
            return await self._resynchronising.run(customer, first, second, facts, now, standing(login, now))

    async def _must_be_unseen(self, login: CustomerLogin) -> None:
        found = await self._contacts.talking(CustomerId(login.customer))
        if any(way.channel == SESSION for way in found.ways):
            raise Problem(
                409,
                "codes_in_session",
                "You are in a help session: somebody may see your screen. Nothing was shown or changed. End the "
                "session first.",
            )


def _facts(login: CustomerLogin) -> dict[str, Fact]:
    return {"login": login.id}


def _actor(login: CustomerLogin) -> Actor:
    return Actor(ActorKind.CUSTOMER, login.customer)
