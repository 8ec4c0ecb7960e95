"""A copy of all that is known about a customer, for that customer: the record, cases, sessions, and what the log says.

What the organisation keeps about its own work stays out of it: who of the staff has which id, detectors, holds. Secrets
by which somebody is known (of an authenticator, a cookie) are in no copy.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.log import AuditLog
from audit.ports import OpenedEntry
from audit.search.log_search import LogSearch
from audit.search.query import Query
from server.bus.ports import Counters
from server.exports_made import all_matching
from server.me.proving import must_be_proved
from server.notices import NoticeKind, Notices
from server.problems import Problem, not_signed_in
from server.storage.own_copy import OwnCase, OwnRows, OwnSession
from session.ports import Clock
from support.customer import Customer
from support.identity import CustomerId
from support.ports import CustomerStore
from verification.customer_login import CustomerLogin
from verification.throttle import Rate

FORMAT: Final = "tachiai-copy/v1"
ISSUED: Final = Rate(count=4, period_ms=24 * 3_600_000)  # of one customer: each reads all about them


class OwnField(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: str


class OwnEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the log. `said` is what stands in this customer's own section."""

    index: int
    at: str
    name: str
    outcome: str
    by: str
    case: str | None
    session: str | None
    said: dict[str, Fact]


class OwnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Another record of this customer, which was merged into the one of the copy."""

    pseudonym: str
    reference: str
    name: str
    fields: Sequence[OwnField]


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """Times are UTC, ISO 8601. `pseudonym` is what the log calls this customer."""

    format: str
    made_at: str
    organisation: str
    log: str
    pseudonym: str
    reference: str
    name: str
    known_since: str
    fields: Sequence[OwnField]
    merged: Sequence[OwnRecord]
    cases: Sequence[OwnCase]
    sessions: Sequence[OwnSession]
    entries: Sequence[OwnEntry]


class Copies:
    """Raises StoreUnavailable, LogUnavailable, and what reading the log raises: then nothing leaves."""

    def __init__(
        self,
        log: AuditLog,
        search: LogSearch,
        customers: CustomerStore,
        rows: OwnRows,
        counters: Counters,
        notices: Notices,
        organisation: str,
        clock: Clock,
    ) -> None:
        self._log, self._search, self._customers, self._rows = log, search, customers, rows
        self._counters, self._notices = counters, notices
        self._organisation, self._clock = organisation, clock

    async def make(self, login: CustomerLogin, form: str) -> Copy:
        """On record before it is read, and again once it is whole. Raises Problem."""
        now = self._clock.now_ms()
        must_be_proved(login, now)
        if await self._counters.take(f"me-copies/{login.customer}", ISSUED):
            raise Problem(
                429,
                "copies_used_up",
                "You had several copies made today. Nothing was made. Use one of them, or come back tomorrow.",
            )
        customer = await self._customers.find(CustomerId(login.customer))
        if customer is None or customer.erased_at_ms is not None:
            raise not_signed_in()
        begun = Event(
            EventName.CUSTOMER_COPY_ISSUED,
            Outcome.INTENT,
            now,
            Actor(ActorKind.CUSTOMER, customer.id),
            customer=customer.id,
            facts={"login": login.id, "form": form},
        )
        intent = (await self._log.append(begun)).index
        try:
            copy = await self._copy(customer, intent)
        except BaseException:
            self._log.append_reducing(replace(begun, outcome=Outcome.FAILED, intent=intent, facts={}))
            raise
        digest = hashlib.sha256(encoded(copy)).hexdigest()
        facts: dict[str, Fact] = {"entries": len(copy.entries), "sha256": digest}
        await self._log.append(replace(begun, outcome=Outcome.DONE, intent=intent, facts=facts))
        await self._notices.tell(
            customer.id, NoticeKind.COPY_REQUESTED, {"at_ms": now}, once=f"copy/{intent}"
        )
        return copy

    async def _copy(self, customer: Customer, before: int) -> Copy:
        own = await self._rows.records_of(customer.id)
        query = Query(customer=customer.id, others=frozenset(own[1:]))
        entries = await all_matching(self._search, query, before)
        merged = await self._customers.find_all(frozenset(own[1:]))
        return Copy(
            format=FORMAT,
            made_at=moment(self._clock.now_ms()),
            organisation=self._organisation,
            log=self._log.verifier_key.splitlines()[0],
            pseudonym=customer.id,
            reference=customer.reference,
            name=customer.display_name,
            known_since=moment(customer.since_ms),
            fields=[OwnField(name=field.name, value=field.value) for field in customer.fields],
            merged=[
                OwnRecord(
                    pseudonym=one.id,
                    reference=one.reference,
                    name=one.display_name,
                    fields=[OwnField(name=field.name, value=field.value) for field in one.fields],
                )
                for one in merged.values()
            ],
            cases=await self._rows.cases(customer.id),
            sessions=await self._rows.sessions(customer.id),
            entries=[told for entry in entries if (told := _told(entry, own)) is not None],
        )


def encoded(copy: Copy) -> bytes:
    """JSON for people and programs."""
    return msgspec.json.format(msgspec.json.encode(copy), indent=2) + b"\n"


def moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_KEPT_BACK: Final = frozenset(
    {
        EventName.OPERATOR_HOLD_PLACED,  # whoever must not know of an inquiry would learn of it here
        EventName.OPERATOR_HOLD_LIFTED,
        EventName.SYSTEM_ERASURE_HINDERED,
        EventName.SYSTEM_FLAG_RAISED,
    }
)


def _told(entry: OpenedEntry, own: Sequence[str]) -> OwnEntry | None:
    event = entry.event
    if event is None or event.name in _KEPT_BACK:
        return None
    return OwnEntry(
        index=entry.index,
        at=moment(event.at_ms),
        name=event.name.value,
        outcome=event.outcome.value,
        by=event.actor.kind.value,
        case=event.case,
        session=event.session,
        said=next((dict(event.personal[one]) for one in own if one in event.personal), {}),
    )
