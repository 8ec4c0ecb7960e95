"""What happens to a customer's factors is told: to the log, and to the customer by mail."""

from typing import Final

import structlog

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.ports import AuditWriter
from server.link_news import LinkNews
from server.notices import NoticeKind, Notices
from server.storage.transaction import Transaction
from support.identity import CustomerId
from verification.ports import StoreUnavailable

_SYSTEM: Final = Actor(ActorKind.SYSTEM)
_log: Final = structlog.get_logger("factors")


class FactorNews:
    def __init__(self, log: AuditWriter, notices: Notices, links: LinkNews) -> None:
        self._log, self._notices, self._links = log, notices, links

    async def recovery_code_used(
        self, transaction: Transaction, customer: CustomerId, code: str, left: int, now: int
    ) -> None:
        """In the transaction that uses it up: no code is used in silence."""
        await self._notices.tell(
            customer,
            NoticeKind.RECOVERY_CODE_USED,
            {"at_ms": now, "left": left},
            once=f"recovery-code/{code}",
            within=transaction,
        )

    async def recovery_codes_made(
        self, transaction: Transaction, customer: CustomerId, made: str, now: int
    ) -> None:
        """In the transaction that makes them, with a link that stops them. `made` names that act."""
        await self._links.recovery_codes_made(transaction, customer, made, now)

    def device_void(self, customer: CustomerId, device: str, now: int) -> None:
        self._taken_away(EventName.SYSTEM_DEVICE_VOIDED, customer, {"device": device}, now)

    async def disabled(self, customer: CustomerId, authenticator: str, now: int) -> None:
        """It is disabled already; this waits for nobody's entry, and a mail that cannot be queued changes nothing."""
        facts: dict[str, Fact] = {"authenticator": authenticator, "reason": "wrong_codes"}
        self._taken_away(EventName.SYSTEM_AUTHENTICATOR_DISABLED, customer, facts, now)
        try:
            await self._notices.tell(
                customer,
                NoticeKind.AUTHENTICATOR_DISABLED,
                {"at_ms": now},
                once=f"disabled/{authenticator}",
            )
        except StoreUnavailable:
            _log.warning("a customer was not told that an authenticator is disabled")

    def _taken_away(self, name: EventName, customer: CustomerId, facts: dict[str, Fact], now: int) -> None:
        self._log.append_reducing(
            Event(
                name=name,
                outcome=Outcome.DONE,
                at_ms=now,
                actor=_SYSTEM,
                customer=customer,
                facts=facts,
            )
        )
