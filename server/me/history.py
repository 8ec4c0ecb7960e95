"""What the log says about one customer, for that customer: who looked and why, and what they can hold a receipt of.

Each page is read from the log itself, newest first. An entry has a proof where it has a section of this customer's;
those from before there were such sections have none, and are told all the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from audit.log import AuditLog
from audit.ports import OpenedEntry
from audit.receipts.receipt import Kind
from audit.receipts.statement import kind_of
from audit.search.log_search import LogSearch
from audit.search.query import Query
from server.bus.ports import Counters
from server.problems import Problem, not_found
from server.receipt_book import ReceiptBook, Receivable
from server.receipts import Receipts
from server.storage.stores import Stores
from session.identity import SessionId
from session.ports import Clock
from support.identity import CaseId, CustomerId, StaffId, is_id
from verification.throttle import Rate

AT_ONCE: Final = 300  # entries about the customer that one page is made of
ISSUED: Final = Rate(count=60, period_ms=3_600_000)  # of one customer: each is an entry
_DONE: Final = frozenset({Outcome.DONE})
_MERGED: Final = frozenset({EventName.AGENT_RECORDS_MERGED, EventName.OFFICER_RECORDS_MERGED})
_ACCESSES: Final[Mapping[EventName, tuple[str, frozenset[Outcome]]]] = {
    EventName.AGENT_CASE_VIEWED: ("record", _DONE),
    EventName.AGENT_FIELD_UNMASKED: ("field", _DONE),
    EventName.AGENT_CASE_OPENED: ("opened", _DONE),
    EventName.AGENT_CASE_APPROVED: ("approved", _DONE),
    EventName.AGENT_CASE_OVERRIDDEN: ("overridden", _DONE),
    EventName.AGENT_CASE_REFUSED: ("refused", frozenset({Outcome.REFUSED})),
    EventName.AGENT_CONTACT_NOTED: ("contact", _DONE),
    EventName.AGENT_SESSION_OPENED: ("session", _DONE),
    EventName.AGENT_HELP_ACCEPTED: ("session", _DONE),
    EventName.OFFICER_EVIDENCE_EXPORTED: ("evidence", _DONE),
    EventName.OFFICER_CUSTOMER_EXPORTED: ("evidence", _DONE),
    EventName.OPERATOR_EVIDENCE_EXPORTED: ("evidence", _DONE),
    EventName.OPERATOR_CUSTOMER_CHANGED: ("changed", _DONE),
    EventName.KEY_CUSTOMER_ADDED: ("added", _DONE),
}


@dataclass(frozen=True, slots=True)
class Who:
    """`kind`: agent, officer, operator, key. Of the last two, and of staff who are no longer known, nothing else."""

    kind: ActorKind
    name: str = ""
    number: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """`what`: record, field, opened, approved, overridden, refused, contact, session, evidence, changed,
    added. `case`: its reference, "" if none."""

    index: int
    at_ms: int
    what: str
    who: Who
    case: str
    field: str | None
    proof: bool


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the customer should know of. `what`: code_replayed, passkey_copied, records_merged,
    record_overridden."""

    at_ms: int
    what: str


@dataclass(frozen=True, slots=True)
class History:
    """All newest first. Entries below `read_from` were not looked at; 0 when nothing below concerns this customer."""

    accesses: Sequence[Access]
    receipts: Sequence[Receivable]
    warnings: Sequence[Warned]
    read_from: int


class Histories:
    """Raises StoreUnavailable, LogUnavailable, and what reading the log raises."""

    def __init__(
        self,
        log: AuditLog,
        search: LogSearch,
        stores: Stores,
        receipts: Receipts,
        counters: Counters,
        clock: Clock,
    ) -> None:
        self._log, self._search, self._stores = log, search, stores
        self._receipts, self._counters, self._clock = receipts, counters, clock

    async def page(self, customer: CustomerId, before: int | None) -> History:
        own = await self._stores.merged.ids_of(customer)
        query = Query(customer=customer, others=frozenset(own[1:]))
        found = await self._search.search(query, before, AT_ONCE)
        told = [entry for entry in found.entries if entry.event is not None and _told(entry.event)]
        staff = await self._stores.staff.find_all(
            frozenset(StaffId(one.event.actor.id) for one in told if one.event and _of_staff(one.event.actor))
        )
        cases = await self._references(told)
        accesses = []
        for entry in reversed(told):
            if entry.event is None:
                continue
            one = staff.get(StaffId(entry.event.actor.id))
            who = Who(entry.event.actor.kind)
            if one is not None:
                who = Who(entry.event.actor.kind, one.name, one.number, one.team)
            accesses.append(_access(entry.index, entry.event, own, who, cases))
        warnings = [
            warned for entry in reversed(found.entries) if (warned := _warning(entry.event)) is not None
        ]
        return History(accesses, _receivable(found.entries, own), warnings, found.start)

    async def file(self, customer: CustomerId, index: int) -> tuple[Kind, bytes]:
        """One receipt, once its issue is durable in the log. Raises Problem (404, 429)."""
        (entry,) = await self._log.read_at([index]) or (None,)
        event = entry.event if entry is not None else None
        own = await self._stores.merged.ids_of(customer)
        facts = _facts_of(event, own) if event is not None else None
        kind = kind_of(facts) if facts else None
        if event is None or kind is None:
            raise not_found()
        if await self._counters.take(f"me-receipts/{customer}", ISSUED):
            raise Problem(
                429,
                "receipts_used_up",
                "Many receipts were downloaded in the last hour. Nothing is lost: try again later.",
            )
        rows = _receivable([entry], own) if entry is not None and event.session else []
        subject = next(one for one in own if one in event.personal)
        row = rows[0] if rows else Receivable(index, kind, event.at_ms, subject)
        content = await self._receipts.made(row, SessionId(event.session) if event.session else None)
        await self._log.append(
            Event(
                EventName.CUSTOMER_RECEIPT_ISSUED,
                Outcome.DONE,
                self._clock.now_ms(),
                Actor(ActorKind.CUSTOMER, customer),
                case=event.case,
                customer=customer,
                facts={"entry": index, "kind": kind.value},
            )
        )
        return kind, content

    async def _references(self, entries: Iterable[OpenedEntry]) -> dict[str, str]:
        """Of cases, by their ids."""
        named = {entry.event.case for entry in entries if entry.event is not None and entry.event.case}
        found = [await self._stores.cases.find(CaseId(case)) for case in sorted(named)]
        return {case.id: case.reference for case in found if case is not None}


def _told(event: Event) -> bool:
    known = _ACCESSES.get(event.name)
    return known is not None and event.outcome in known[1]


def _warning(event: Event | None) -> Warned | None:
    """Of suspicions only what concerns the customer's own codes and passkeys, and what they can do something about."""
    if event is None:
        return None
    if event.name is EventName.CUSTOMER_CODE_REPLAYED:
        return Warned(event.at_ms, "code_replayed")
    if event.name is EventName.CUSTOMER_PASSKEY_REFUSED and event.facts.get("reason") == "counter":
        return Warned(event.at_ms, "passkey_copied")
    if event.name in _MERGED and event.outcome is Outcome.DONE:
        return Warned(event.at_ms, "records_merged")
    if event.name is EventName.AGENT_CASE_OVERRIDDEN and event.outcome is Outcome.DONE:
        return Warned(event.at_ms, "record_overridden")
    return None


def _of_staff(actor: Actor) -> bool:
    return is_id(actor.id, "sta")


def _facts_of(event: Event, own: Sequence[CustomerId]) -> Mapping[str, Fact] | None:
    """What it says about this person, under whichever of their records."""
    return next((event.personal[one] for one in own if one in event.personal), None)


def _access(
    index: int, event: Event, own: Sequence[CustomerId], who: Who, cases: Mapping[str, str]
) -> Access:
    facts = _facts_of(event, own)
    field = event.facts.get("field")
    return Access(
        index=index,
        at_ms=event.at_ms,
        what=_ACCESSES[event.name][0],
        who=who,
        case=cases.get(event.case or "", ""),
        field=field if isinstance(field, str) else None,
        proof=facts is not None and kind_of(facts) is Kind.ACCESS,
    )


def _receivable(entries: Iterable[OpenedEntry], own: Sequence[CustomerId]) -> list[Receivable]:
    """As a session's own page tells them: a consent whose grant came to nothing is none."""
    book, sessions = ReceiptBook(), set()
    for entry in entries:
        book.heard(entry)
        if entry.event is not None and entry.event.session is not None:
            sessions.add(entry.event.session)
    rows = [row for session in sessions for row in book.of(SessionId(session)) if row.subject in own]
    return sorted(rows, key=lambda row: row.index, reverse=True)
