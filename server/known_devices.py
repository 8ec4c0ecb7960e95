"""The browsers that customers are known by: remembered after a verification in them, forgotten when asked."""

import secrets
from typing import Final

from audit.event import Actor, ActorKind, EventName, Fact
from server.administration.register import Register
from server.identity import new_id
from server.storage.known_devices import SqlKnownDeviceStore
from support.identity import CustomerId
from verification import known_device
from verification.known_device import KnownDevice

SEEN_EVERY_MS: Final = 3_600_000


class KnownDevices:
    """Raises StoreUnavailable."""

    def __init__(self, store: SqlKnownDeviceStore, register: Register) -> None:
        self._store, self._register = store, register

    async def known(self, cookie: str | None, customer: str, now: int) -> KnownDevice | None:
        """The browser, if this customer was verified in it before; else None, whatever its cookie says."""
        found = await self._found(cookie)
        return found if found is not None and found.good(customer, now) else None

    async def remember(
        self, customer: CustomerId, found: KnownDevice | None, facts: dict[str, Fact], now: int
    ) -> str | None:
        """The new cookie, or None where the browser is known already: `found` is what `known` said. Only after a
        verification in it, of which `facts` tell (session, method). Raises LogUnavailable."""
        if found is not None:
            if now - found.seen_at_ms >= SEEN_EVERY_MS:
                await self._store.seen(found.id, now)
            return None
        token = known_device.token_from(secrets.token_bytes(known_device.TOKEN_BYTES))
        made = KnownDevice(
            id=new_id("dev"),
            customer=customer,
            token_hash=known_device.token_hash(token),
            made_at_ms=now,
            expires_at_ms=now + known_device.LIFE_MS,
            seen_at_ms=now,
        )
        intent = self._register.intent(
            EventName.CUSTOMER_DEVICE_REMEMBERED,
            Actor(ActorKind.CUSTOMER, customer),
            {"device": made.id, **facts},
            customer=customer,
        )
        await self._register.carry_out([intent], lambda index: self._store.add(made, index))
        return token

    async def of(self, customer: CustomerId, now: int) -> list[KnownDevice]:
        """Those that are good, the latest seen first."""
        return await self._store.of_customer(customer, now)

    async def forget(self, device: str, customer: CustomerId, now: int) -> bool:
        """By the customer; False if there is no such browser of theirs."""
        if not await self._store.forget(device, customer, now):
            return False
        actor = Actor(ActorKind.CUSTOMER, customer)
        self._register.taken_away(EventName.CUSTOMER_DEVICE_FORGOTTEN, actor, {"device": device})
        return True

    async def _found(self, cookie: str | None) -> KnownDevice | None:
        good = cookie is not None and known_device.is_token(cookie)
        return await self._store.of_token_hash(known_device.token_hash(cookie if good and cookie else ""))
