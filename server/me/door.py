"""The way into `/me` and out of it. Every way in ends in one entry, durable before the cookie is given."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.administration.register import Register
from server.me.signed_tokens import SignedTokens
from server.problems import not_found
from server.storage.handoffs import Taken
from server.storage.stores import Stores
from session.ports import Clock
from support.customer import Customer
from support.identity import CustomerId
from verification.customer_login import CustomerLogin, CustomerLogins, Way

LIFE_MS: Final = 120_000
TOKEN_BYTES: Final = 16
_MINTED: Final = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


class EntryRefused(Exception):
    """No way in. Outwardly all reasons are one; `customer` is whose the token was, where that is known."""

    def __init__(self, reason: str, customer: str | None = None) -> None:
        super().__init__(f"This opens nothing: {reason}.")
        self.reason, self.customer = reason, customer


@dataclass(frozen=True, slots=True)
class Handoff:
    """`url` holds the secret and is kept nowhere. `expires_at_ms` is UTC milliseconds, exclusive."""

    url: str = field(repr=False)
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class Entered:
    login: CustomerLogin
    token: str = field(repr=False)


class Door:
    """Raises LogUnavailable and StoreUnavailable: then nobody was let in."""

    def __init__(
        self,
        stores: Stores,
        log: AuditWriter,
        logins: CustomerLogins,
        signed: SignedTokens,
        base_url: str,
        clock: Clock,
    ) -> None:
        self._stores, self._log, self._logins, self._signed = stores, log, logins, signed
        self._base_url, self._clock = base_url.rstrip("/"), clock
        self._register = Register(log, clock)

    async def mint(self, reference: str, by: Actor) -> Handoff:
        """For a customer who is signed in on the organisation's own site. Raises Problem (404)."""
        customer = await self._stores.customer_roll.of_reference(reference)
        if customer is None or customer.gone:
            raise not_found()
        token = base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode("ascii")
        now = self._clock.now_ms()
        expires = now + LIFE_MS
        facts: dict[str, Fact] = {"expires_at_ms": expires}
        intent = self._register.intent(EventName.KEY_HANDOFF_MINTED, by, facts, customer=customer.id)
        await self._register.carry_out(
            [intent],
            lambda index: self._stores.handoffs.add(_hash(token), customer.id, by.id, index, now, expires),
        )
        return Handoff(f"{self._base_url}/me#t={token}", expires)

    async def behind(self, token: str) -> Customer:
        """Whose page it would open; nothing is used up. Raises EntryRefused."""
        now = self._clock.now_ms()
        if _MINTED.fullmatch(token):
            return await self._known(await self._stores.handoffs.peek(_hash(token), now))
        return await self._known(await self._signed.peek(token, now))

    async def by_token(self, token: str) -> Entered:
        """Raises EntryRefused. Whatever comes of it, the token is used up."""
        now = self._clock.now_ms()
        if _MINTED.fullmatch(token):
            taken, way = await self._stores.handoffs.take(_hash(token), now), Way.HANDOFF
        else:
            taken, way = await self._signed.take(token, now), Way.SIGNED
        return await self._entered(taken, way)

    async def let_in(self, customer: CustomerId, way: Way, level: str, passkey: str | None = None) -> Entered:
        """Somebody who has just proved to be this customer. Raises EntryRefused where a cap came in between, or the
        passkey was taken away: whoever stops one finds this sign-in, or prevents it."""
        login, token = self._logins.new(customer, way, level, self._clock.now_ms())
        told: dict[str, Fact] = {"login": login.id, "way": way.value, "level": level}
        if passkey is not None:
            told["passkey"] = passkey
        await self._log.append(self._event(EventName.CUSTOMER_LOGIN_STARTED, Outcome.DONE, customer, told))
        if not await self._logins.added(login, passkey):
            await self.end(login)
            raise EntryRefused("overtaken", customer)
        return Entered(login, token)

    async def end(self, login: CustomerLogin) -> None:
        """At once; the entry follows."""
        told: dict[str, Fact] = {"login": login.id}
        self._log.append_reducing(
            self._event(EventName.CUSTOMER_LOGIN_ENDED, Outcome.DONE, login.customer, told)
        )
        await self._logins.end(login, self._clock.now_ms())

    async def end_others(self, login: CustomerLogin) -> int:
        """All sign-ins of this customer but this one; how many were alive."""
        ended = await self._logins.end_all(login.customer, self._clock.now_ms(), but=login.id)
        for one in ended:
            told: dict[str, Fact] = {"login": one.id}
            self._log.append_reducing(
                self._event(EventName.CUSTOMER_LOGIN_ENDED, Outcome.DONE, login.customer, told)
            )
        return len(ended)

    async def _entered(self, taken: Taken, way: Way) -> Entered:
        customer = await self._known(taken)
        return await self.let_in(customer.id, way, "V0")

    async def _known(self, taken: Taken) -> Customer:
        if taken.reason or taken.customer is None:
            raise EntryRefused(taken.reason or "unknown", taken.customer)
        customer = await self._stores.customers.find(taken.customer)
        if customer is None or customer.gone:
            raise EntryRefused("erased")
        return customer

    def _event(self, name: EventName, outcome: Outcome, customer: str, facts: dict[str, Fact]) -> Event:
        actor = Actor(ActorKind.CUSTOMER, customer)
        return Event(name, outcome, self._clock.now_ms(), actor, customer=customer, facts=facts)


def refusal(refused: EntryRefused, now_ms: int) -> Event:
    """For the log alone."""
    return Event(
        EventName.CUSTOMER_LOGIN_REFUSED,
        Outcome.REFUSED,
        now_ms,
        Actor(ActorKind.CUSTOMER, refused.customer or ""),
        customer=refused.customer,
        facts={"reason": refused.reason},
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("ascii")).hexdigest()
