"""Asking for changes to customers' factors, vouching, carrying out, and stopping them (`support.factor_request`).

What gives follows the order rule, and looks again in the transaction that gives: the request as it was judged, or
nothing, and by somebody who is not in a session with that customer. What takes away happens first and is told
afterwards; a change that is carried out ends the customer's sessions, before and after its write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from audit.event import Actor, ActorKind, Event, EventName, Fact
from audit.ports import AuditWriter
from server.administration.register import Register
from server.customer_sessions import NO_SESSIONS, EndSessions
from server.enrolments import Enrolments, IssuedLink
from server.factor_changes import (
    FactorChanges,
    FactorRefused,
    MergeRefused,
    enrolled_already,
    must_be_outside,
    nothing_stays,
)
from server.identity import new_id
from server.link_news import LinkNews, stopped
from server.problems import Problem, not_allowed, not_found, record_merged
from server.second_pair import SecondPair
from server.storage.stores import Stores
from server.storage.transaction import Transaction
from session.ports import Clock
from support.customer import Customer
from support.factor_request import (
    FactorRequest,
    How,
    Kind,
    Objection,
    Step,
    Voucher,
    carrying_out,
    hold_of,
    may_vouch,
    vouching,
)
from support.identity import CustomerId, StaffId, is_id
from support.independence import Independence
from support.intake import IntakeRefused, plain_text
from support.merging import standing, under_way
from support.staff import Staff
from verification.enrolment import Subject, SubjectKind

LONGEST_REFERENCE: Final = 100
_MADE: Final = {
    ActorKind.AGENT: EventName.AGENT_FACTOR_REQUEST_MADE,
    ActorKind.OFFICER: EventName.OFFICER_FACTOR_REQUEST_MADE,
    ActorKind.OPERATOR: EventName.OPERATOR_FACTOR_REQUEST_MADE,
}
_VOUCHED: Final = {
    ActorKind.AGENT: EventName.AGENT_FACTOR_REQUEST_VOUCHED,
    ActorKind.OFFICER: EventName.OFFICER_FACTOR_REQUEST_VOUCHED,
}
_CARRIED_OUT: Final = {
    ActorKind.AGENT: EventName.AGENT_FACTOR_REQUEST_CARRIED_OUT,
    ActorKind.OFFICER: EventName.OFFICER_FACTOR_REQUEST_CARRIED_OUT,
}
_MERGED: Final = {
    ActorKind.AGENT: EventName.AGENT_RECORDS_MERGED,
    ActorKind.OFFICER: EventName.OFFICER_RECORDS_MERGED,
}
_REFUSED: Final = {
    ActorKind.AGENT: EventName.AGENT_FACTOR_REQUEST_REFUSED,
    ActorKind.OFFICER: EventName.OFFICER_FACTOR_REQUEST_REFUSED,
}
_READ: Final = {
    ActorKind.AGENT: EventName.AGENT_FACTOR_REQUESTS_READ,
    ActorKind.OFFICER: EventName.OFFICER_FACTOR_REQUESTS_READ,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A request with the people in it. `mine`: what the viewer's vouching would do, or why nothing; `carry`: why the
    viewer cannot carry it out, None if they can."""

    request: FactorRequest
    customer: Customer
    absorbed: Customer | None
    vouchers: tuple[Staff, ...]
    mine: Step | Objection
    carry: Objection | None


class FactorRequests:
    """Raises LogUnavailable and StoreUnavailable: then nothing was given. `hold_ms` is the organisation's choice."""

    def __init__(
        self,
        stores: Stores,
        log: AuditWriter,
        enrolments: Enrolments,
        news: LinkNews,
        clock: Clock,
        hold_ms: int,
        second: SecondPair,
        end_sessions: EndSessions = NO_SESSIONS,
    ) -> None:
        self._stores, self._news = stores, news
        self._clock, self._hold_ms, self._second_pair = clock, hold_ms, second
        self._changes = FactorChanges(stores, enrolments, news, end_sessions)
        self._register = Register(log, clock)

    async def waiting(self, by: Actor, staff: Staff) -> list[Shown]:
        """Recorded before it is shown. Raises Problem."""
        now = self._clock.now_ms()
        if not may_vouch(staff, now):
            raise not_allowed()
        await self._register.look(_READ[by.kind], by, {})
        found, apart = await self._stores.factor_requests.unfinished(now), await self._second_pair.now(now)
        customers = await self._stores.customers.find_all(
            frozenset(named for one in found for named in one.customers)
        )
        people = await self._stores.staff.find_all(_named(found))
        return [
            await self._shown(one, customers, people, staff, apart, now)
            for one in found
            if customers.keys() >= set(one.customers)
        ]

    async def ask(
        self,
        kind: Kind,
        named: str,
        how: How,
        reference: str,
        by: Actor,
        staff: Staff,
        *,
        absorbed: str = "",
    ) -> FactorRequest:
        """The one who asks is the first to vouch. `absorbed`: of a merge, the other record's reference. Raises
        FactorRefused, MergeRefused, Problem, IntakeRefused."""
        customer, proof = await self._customer(named), _reference(reference)
        now = self._clock.now_ms()
        request = self._new(kind, customer.id, by, now)
        if kind is Kind.MERGE:
            other = await self._customer(absorbed)
            request = replace(request, absorbed=other.id)
            await self._refuse_merge(_MADE[by.kind], by, request, customer, other)
        else:
            await self._refuse_unfit(kind, customer)
        in_session = await self._stores.factor_requests.in_session(staff.id, request.customers)
        apart = await self._second_pair.now(now)
        step = vouching(request, staff, apart, in_session=in_session, now_ms=now)
        if isinstance(step, Objection):
            await self._object(_MADE[by.kind], by, request, step)
        request = replace(request, first=Voucher(staff.id, now, how))
        facts: dict[str, Fact] = {**_facts(request), "how": how.value}
        intent = self._intent(_MADE[by.kind], by, facts, request, {"reference": proof})

        async def outside(connection: Transaction) -> None:
            await must_be_outside(connection, staff, request)

        await self._register.carry_out(
            [intent], lambda index: self._stores.factor_requests.add(request, index, outside)
        )
        return request

    async def ask_for(self, customer: Customer, kind: Kind, by: Actor) -> FactorRequest:
        """By an operator on the host, who vouches for nothing."""
        request = self._new(kind, customer.id, by, self._clock.now_ms())
        intent = self._intent(_MADE[by.kind], by, _facts(request), request, {})
        await self._register.carry_out(
            [intent], lambda index: self._stores.factor_requests.add(request, index)
        )
        return request

    async def vouch(self, named: str, how: How, reference: str, by: Actor, staff: Staff) -> FactorRequest:
        """Raises FactorRefused, Problem, IntakeRefused."""
        request, proof = await self._request(named), _reference(reference)
        now = self._clock.now_ms()
        in_session = await self._stores.factor_requests.in_session(staff.id, request.customers)
        apart = await self._second_pair.now(now)
        step = vouching(request, staff, apart, in_session=in_session, now_ms=now)
        if isinstance(step, Objection):
            await self._object(_VOUCHED[by.kind], by, request, step)
            raise FactorRefused(step)
        voucher = Voucher(staff.id, now, how)
        after = request.vouched(step, voucher)
        facts: dict[str, Fact] = {**_facts(request), "how": how.value, "step": step.value}
        intent = self._intent(_VOUCHED[by.kind], by, facts, request, {"reference": proof})

        async def write(_: int) -> None:
            async def told(connection: Transaction) -> None:
                await must_be_outside(connection, staff, request)
                await self._news.held(connection, after, now)

            if not await self._stores.factor_requests.vouch(request, step, voucher, told):
                raise FactorRefused(Objection.NOT_OPEN)

        await self._register.carry_out([intent], write)
        return after

    async def carry_out(self, named: str, by: Actor, staff: Staff) -> IssuedLink | None:
        """The link, to be handed over; None for a removal. Raises FactorRefused, Problem."""
        request, now = await self._request(named), self._clock.now_ms()
        people = await self._stores.staff.find_all(_named([request]))
        in_session = await self._stores.factor_requests.in_session(staff.id, request.customers)
        objection = carrying_out(request, staff, list(people.values()), in_session=in_session, now_ms=now)
        if objection is not None:
            await self._object(_CARRIED_OUT[by.kind], by, request, objection)
            raise FactorRefused(objection)
        done = _MERGED if request.kind is Kind.MERGE else _CARRIED_OUT
        intent = self._intent(done[by.kind], by, _facts(request), request, {})
        return await self._register.carry_out([intent], lambda _: self._changes.make(request, by, staff, now))

    async def refuse(self, named: str, by: Actor, staff: Staff) -> None:
        """Ends it, whoever of them refuses. Raises Problem."""
        request, now = await self._request(named), self._clock.now_ms()
        if not may_vouch(staff, now):
            raise not_allowed()
        if await self._stores.factor_requests.close(request.id, now):
            self._register.taken_away(_REFUSED[by.kind], by, _facts(request))
            await self._news.cancelled(request.customers, request.id, now, stopped(request.kind))

    async def _shown(
        self,
        request: FactorRequest,
        customers: Mapping[CustomerId, Customer],
        people: Mapping[StaffId, Staff],
        staff: Staff,
        apart: Independence,
        now: int,
    ) -> Shown:
        in_session = await self._stores.factor_requests.in_session(staff.id, request.customers)
        found = [people[one.staff] for one in (request.first, request.second) if one and one.staff in people]
        return Shown(
            request,
            customers[request.customer],
            customers[request.absorbed] if request.absorbed is not None else None,
            tuple(found),
            vouching(request, staff, apart, in_session=in_session, now_ms=now),
            carrying_out(request, staff, found, in_session=in_session, now_ms=now),
        )

    async def _refuse_unfit(self, kind: Kind, customer: Customer) -> None:
        app = await self._stores.authenticators.of_owner(customer.id)
        passkeys = await self._stores.passkeys.of_owner(Subject(SubjectKind.CUSTOMER, customer.id))
        has_one = app is not None or bool(passkeys)
        works = app is not None and app.disabled_at_ms is None
        if kind is Kind.APP and (app is None or all(one.disabled_at_ms is not None for one in passkeys)):
            raise nothing_stays()
        if kind is Kind.PASSKEYS and not (works and passkeys):
            raise nothing_stays()
        stopped = await self._stores.factor_caps.stopped(customer.id, self._clock.now_ms())
        if (has_one or stopped) and kind is Kind.FIRST:
            raise enrolled_already()
        if not has_one and kind is Kind.REMOVAL:
            raise Problem(
                409, "nothing_to_remove", "This customer has no authenticator. Nothing was changed."
            )

    async def _refuse_merge(
        self, name: EventName, by: Actor, request: FactorRequest, kept: Customer, absorbed: Customer
    ) -> None:
        """Told before anybody waits for it; the write that merges asks again. Raises MergeRefused."""
        obstacle = standing(kept, absorbed)
        if obstacle is None:
            ties = await self._stores.merged.ties(kept.id, absorbed.id, request.asked_at_ms)
            obstacle = under_way(ties, sessions_ended=False)
        if obstacle is not None:
            await self._register.refused(name, by, {**_facts(request), "reason": obstacle.value})
            raise MergeRefused(obstacle)

    async def _customer(self, named: str) -> Customer:
        found = await self._stores.customer_roll.of_reference(named)
        if found is None or found.erased_at_ms is not None:
            raise Problem(
                404, "customer_unknown", "There is no customer with this reference. Nothing was changed."
            )
        if found.merged_into is not None:
            raise record_merged()
        return found

    async def _request(self, named: str) -> FactorRequest:
        found = await self._stores.factor_requests.find(named) if is_id(named, "frq") else None
        if found is None:
            raise not_found()
        return found

    async def _object(self, name: EventName, by: Actor, request: FactorRequest, why: Objection) -> None:
        await self._register.refused(name, by, {**_facts(request), "reason": why.value})
        raise FactorRefused(why)

    def _new(self, kind: Kind, customer: CustomerId, by: Actor, now: int) -> FactorRequest:
        return FactorRequest(new_id("frq"), kind, customer, by.id, now, hold_of(kind, self._hold_ms))

    def _intent(
        self,
        name: EventName,
        by: Actor,
        facts: Mapping[str, Fact],
        request: FactorRequest,
        theirs: Mapping[str, Fact],
    ) -> Event:
        """`theirs`: where the proof is filed may say who the customer is, so it is in the customer's own section. What
        is about two records has a section of each, by which it is found."""
        intent = self._register.intent(name, by, facts, customer=request.customer)
        if request.absorbed is not None:
            theirs = {"act": "merge", **theirs}
        return replace(intent, personal=dict.fromkeys(request.customers, theirs) if theirs else {})


def _reference(text: str) -> str:
    cleaned = plain_text(text, what="reference", longest=LONGEST_REFERENCE)
    if not cleaned:
        raise IntakeRefused("Say where the proof is filed. Nothing was changed.")
    return cleaned


def _named(requests: list[FactorRequest]) -> frozenset[StaffId]:
    return frozenset(
        one.staff for request in requests for one in (request.first, request.second) if one is not None
    )


def _facts(request: FactorRequest) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"request": request.id, "kind": request.kind.value, "customer": request.customer}
    return facts if request.absorbed is None else {**facts, "absorbed": request.absorbed}
