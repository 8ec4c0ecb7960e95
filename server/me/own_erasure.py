"""A customer asks for their own erasure, with a proof of the last ten minutes, and takes that back."""

from dataclasses import dataclass
from typing import Final

from audit.event import Actor, ActorKind
from server.erasures import ErasureRefused, Erasures
from server.me.proving import must_be_proved
from server.notices import NoticeKind, Notices
from server.problems import Problem, not_found, not_signed_in
from server.storage.erasures import SqlErasureStore
from session.ports import Clock
from support.erasure import Erasure
from support.identity import CustomerId
from support.ports import CustomerStore
from verification.customer_login import CustomerLogin

_TOLD: Final = frozenset({"session", "case", "asked"})  # what else is in the way is not the page's to say


@dataclass(frozen=True, slots=True)
class Asked:
    """`approved`: both officers have. It is carried out at `due_at_ms` at the earliest."""

    requested_at_ms: int
    due_at_ms: int
    approved: bool


class OwnErasure:
    """Raises StoreUnavailable, LogUnavailable: then nothing was changed, as far as is known."""

    def __init__(
        self,
        erasures: Erasures,
        store: SqlErasureStore,
        customers: CustomerStore,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._erasures, self._store, self._customers = erasures, store, customers
        self._notices, self._clock = notices, clock

    async def asked(self, login: CustomerLogin) -> Asked | None:
        found = await self._open(login)
        return Asked(found.requested_at_ms, found.due_at_ms, found.approved) if found is not None else None

    async def ask(self, login: CustomerLogin) -> Asked:
        """Raises Problem."""
        now = self._clock.now_ms()
        must_be_proved(login, now)
        customer = await self._customers.find(CustomerId(login.customer))
        if customer is None or customer.erased_at_ms is not None:
            raise not_signed_in()
        proof = f"They asked on their own page, with a passkey, in the sign-in {login.id}."
        try:
            made = await self._erasures.request(customer, login.level, proof, _actor(login))
        except ErasureRefused as refused:
            raise _problem(refused) from refused
        await self._notices.tell(
            customer.id,
            NoticeKind.ERASURE_REQUESTED,
            {"at_ms": now, "due_ms": made.due_at_ms},
            once=f"erasure/{made.id}/requested",
        )
        return Asked(made.requested_at_ms, made.due_at_ms, made.approved)

    async def take_back(self, login: CustomerLogin) -> None:
        """Whoever may have asked: taking it back loses nothing. Raises Problem."""
        found = await self._open(login)
        if found is None:
            raise not_found()
        try:
            await self._erasures.withdraw(found.id, _actor(login))
        except ErasureRefused as refused:
            raise _problem(refused) from refused

    async def _open(self, login: CustomerLogin) -> Erasure | None:
        return await self._store.open_of(CustomerId(login.customer), self._clock.now_ms())


def _actor(login: CustomerLogin) -> Actor:
    return Actor(ActorKind.CUSTOMER, login.customer)


def _problem(refused: ErasureRefused) -> Problem:
    if refused.reason == "asked":
        return Problem(409, "erasure_asked", "You have asked for it already. Nothing was changed.")
    if refused.reason in _TOLD:
        return Problem(
            409,
            "erasure_in_contact",
            "We are in contact with you, or a case of yours is open. Nothing was changed. Ask again once that is over.",
        )
    return Problem(
        409,
        "erasure_not_now",
        "This cannot be done now, since something must be kept for a while. Nothing was changed. Ask us in writing, "
        "and you are told why.",
    )
