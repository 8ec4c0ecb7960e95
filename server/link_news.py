"""Customers hear of everything that gives somebody a factor of theirs, each time with a link that stops it."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from server.notices import CANCEL, NoticeKind, Notices
from server.storage import cancellations
from server.storage.transaction import Transaction
from support.factor_request import CAPPED_FOR_MS, FactorRequest, Kind
from support.identity import CustomerId
from verification import cancel_link, enrolment
from verification.enrolment import Enrolment

Facts = Mapping[str, str | int]
_ASKED: Final = {
    Kind.LOST: NoticeKind.RESET_REQUESTED,
    Kind.REMOVAL: NoticeKind.REMOVAL_REQUESTED,
    Kind.PASSKEYS: NoticeKind.PASSKEY_REMOVAL_REQUESTED,
    Kind.MERGE: NoticeKind.MERGE_REQUESTED,
}
_DONE: Final = {
    Kind.LOST: NoticeKind.RESET_DONE,
    Kind.REMOVAL: NoticeKind.AUTHENTICATOR_REMOVED,
    Kind.APP: NoticeKind.AUTHENTICATOR_REMOVED,
    Kind.PASSKEYS: NoticeKind.PASSKEY_REMOVED,
    Kind.MERGE: NoticeKind.RECORDS_MERGED,
}


class LinkNews:
    """Each is told in the transaction of what it tells: nothing of this happens in silence. Raises StoreUnavailable."""

    def __init__(self, notices: Notices, base_url: str) -> None:
        self._notices, self._base_url = notices, base_url.rstrip("/")

    async def link_made(self, connection: Transaction, link: Enrolment) -> None:
        customer, until = CustomerId(link.subject.id), link.expires_at_ms
        cancel = await self._cancel(connection, customer, enrolment=link.id, until_ms=until)
        facts: Facts = {"at_ms": link.issued_at_ms, "until_ms": until, CANCEL: cancel}
        await self._tell(connection, customer, NoticeKind.ENROLMENT_LINK_MADE, facts, f"link/{link.id}")

    async def enrolled(
        self,
        connection: Transaction,
        link: Enrolment,
        now: int,
        kind: NoticeKind = NoticeKind.AUTHENTICATOR_ADDED,
    ) -> None:
        """`kind`: what was set up by the link."""
        customer = CustomerId(link.subject.id)
        cancel = await self._cancel(connection, customer, enrolment=link.id, until_ms=now)
        facts: Facts = {"at_ms": now, CANCEL: cancel}
        await self._tell(connection, customer, kind, facts, f"enrolled/{link.id}")

    async def passkey_changed(
        self, connection: Transaction, customer: CustomerId, passkey: str, kind: NoticeKind, now: int
    ) -> None:
        """On the customer's own page. `kind`: added or removed."""
        cancel = await self._cancel(connection, customer, passkey=passkey, since_ms=now, until_ms=now)
        facts: Facts = {"at_ms": now, CANCEL: cancel}
        await self._tell(connection, customer, kind, facts, f"passkey/{passkey}/{kind}")

    async def recovery_codes_made(
        self, connection: Transaction, customer: CustomerId, made: str, now: int
    ) -> None:
        """`made` names that act."""
        cancel = await self._cancel(connection, customer, since_ms=now, until_ms=now)
        facts: Facts = {"at_ms": now, CANCEL: cancel}
        await self._tell(
            connection, customer, NoticeKind.RECOVERY_CODES_MADE, facts, f"recovery-codes/{made}"
        )

    async def held(self, connection: Transaction, request: FactorRequest, now: int) -> None:
        """Two have vouched. The first authenticator of a customer is told of by its link. Of a merge both records are
        told, each with a link of its own: either may be the one whose owner knows nothing of it."""
        kind, due = _ASKED.get(request.kind), request.due_at_ms
        if kind is None or due is None:
            return
        for customer in request.customers:
            cancel = await self._cancel(connection, customer, request=request.id, until_ms=request.ends_at_ms)
            facts: Facts = {"at_ms": now, "due_ms": due, CANCEL: cancel}
            await self._tell(connection, customer, kind, facts, _once(request, customer, "held"))

    async def done(self, connection: Transaction, request: FactorRequest, now: int) -> None:
        kind = _DONE.get(request.kind)
        if kind is None:
            return
        for customer in request.customers:
            await self._tell(connection, customer, kind, {"at_ms": now}, _once(request, customer, "done"))

    async def cancelled(
        self,
        customers: Sequence[CustomerId],
        what: str,
        now: int,
        kind: NoticeKind = NoticeKind.RESET_CANCELLED,
    ) -> None:
        """After the fact: it is stopped whether this can be told or not. `what` names it."""
        for customer in customers:
            once = f"cancelled/{what}" if len(customers) == 1 else f"cancelled/{what}/{customer}"
            await self._notices.tell(customer, kind, {"at_ms": now}, once=once)

    async def _cancel(
        self,
        connection: Transaction,
        customer: CustomerId,
        *,
        request: str | None = None,
        enrolment: str | None = None,
        passkey: str | None = None,
        since_ms: int | None = None,
        until_ms: int,
    ) -> str:
        """A fresh link, good until the week after `until_ms`: a mail may be read late."""
        token = cancel_link.token_from(secrets.token_bytes(TOKEN_BYTES))
        await cancellations.add(
            connection,
            cancel_link.token_hash(token),
            customer,
            request=request,
            enrolment=enrolment,
            passkey=passkey,
            since_ms=since_ms,
            expires_at_ms=until_ms + CAPPED_FOR_MS,
        )
        return f"{self._base_url}/cancel#{token}"

    async def _tell(
        self,
        connection: Transaction,
        customer: CustomerId,
        kind: NoticeKind,
        facts: Facts,
        once: str,
    ) -> None:
        await self._notices.tell(customer, kind, facts, once=once, within=connection)


def stopped(kind: Kind | None) -> NoticeKind:
    """What is told when a request of this kind, or a link, was stopped."""
    return NoticeKind.MERGE_CANCELLED if kind is Kind.MERGE else NoticeKind.RESET_CANCELLED


def _once(request: FactorRequest, customer: CustomerId, what: str) -> str:
    of = "" if customer == request.customer else f"/{customer}"
    return f"factor-request/{request.id}/{what}{of}"


TOKEN_BYTES: Final = enrolment.TOKEN_BYTES
