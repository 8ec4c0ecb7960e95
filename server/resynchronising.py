"""A device whose clock went off: two codes that follow each other, from a customer who is authenticated otherwise."""

from typing import Final

from audit.event import Actor, ActorKind, EventName, Fact
from server.administration.register import Register
from server.storage.authenticators import SqlAuthenticatorStore
from server.storage.transaction import Within
from support.identity import CustomerId
from verification import totp
from verification.authenticator import Authenticator
from verification.customer_code import opened_secret
from verification.ports import AttemptStore
from verification.sealing import Keyring
from verification.throttle import FailureLimit

TRIES: Final = FailureLimit(count=5, window_ms=3_600_000, in_a_row=50)


class _Passed(Exception):
    """Another code of this app was used meanwhile."""


class Resynchronising:
    """Raises LogUnavailable, StoreUnavailable."""

    def __init__(
        self,
        authenticators: SqlAuthenticatorStore,
        attempts: AttemptStore,
        keyring: Keyring,
        register: Register,
    ) -> None:
        self._authenticators, self._attempts = authenticators, attempts
        self._keyring, self._register = keyring, register

    async def run(
        self,
        customer: CustomerId,
        first: str,
        second: str,
        facts: dict[str, Fact],
        now: int,
        *within: Within,
    ) -> bool:
        """Whether the device's clock is known from now on; both codes are used then. `facts` tell by which right it
        is asked; `within` judges that once more in the write, and what it raises passes. One answer for every
        refusal."""
        account = f"resynchronising/{customer}"
        allowed = await self._attempts.reserve(account, TRIES, now)
        found = await self._authenticators.of_owner(customer)
        moved = self._found(found, first, second, now) if allowed else None
        if found is None or moved is None:
            await self._register.refused(_NAME, _actor(customer), facts)
            return False
        told = {**facts, "authenticator": found.id, "offset": moved.offset}
        intent = self._register.intent(_NAME, _actor(customer), told, customer=customer)

        async def effect(_: int) -> None:
            if not await self._authenticators.set_offset(found, moved.offset, moved.step, *within):
                raise _Passed

        try:
            await self._register.carry_out([intent], effect)
        except _Passed:
            return False
        await self._attempts.take_back(account)
        return True

    def _found(self, found: Authenticator | None, first: str, second: str, now: int) -> totp.Confirmed | None:
        secret = opened_secret(self._keyring, found) if found is not None else None
        if found is None or secret is None or found.disabled_at_ms is not None:
            return None
        return totp.resynchronised(secret, first, second, now)


_NAME: Final = EventName.CUSTOMER_AUTHENTICATOR_RESYNCHRONISED


def _actor(customer: CustomerId) -> Actor:
    return Actor(ActorKind.CUSTOMER, customer)
