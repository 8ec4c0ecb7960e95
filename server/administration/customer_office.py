"""Customers: importing, listing, and the link by which one enrols."""

import asyncio
import hashlib
from typing import Final

from audit.event import Actor, EventName
from server.administration import acts
from server.administration.errors import ActRefused
from server.administration.ground import Ground
from server.enrolments import EnrolledAlready
from server.intake import Intake
from server.problems import record_merged
from server.storage.customer_roll import LISTED_AT_MOST
from server.storage.database import AlreadyThere
from support.customer import Customer
from support.customer_file import BadRow, FileRefused, GivenCustomer, read
from support.factor_request import VOUCHERS, Kind
from verification.enrolment import Subject, SubjectKind

TOLD_AT_MOST: Final = 100
CHANGED_AT_MOST: Final = 1_000  # each is an entry of its own


class CustomerOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._intake = Intake(ground.stores, ground.register, ground.clock)

    async def take_in(self, act: acts.ImportCustomers, by: Actor) -> acts.CustomersImported:
        """All or nothing. Read in a thread: the loop renews leases meanwhile."""
        try:
            given = await asyncio.to_thread(read, act.content)
        except FileRefused as error:
            return _refused(error.rows)
        found = await self._intake.sort(given)
        if found.different and not act.update:
            return _refused([_known_otherwise(one) for one in found.different])
        if len(found.changed) > CHANGED_AT_MOST:
            raise ActRefused(
                f"The file changes {len(found.changed)} customers; {CHANGED_AT_MOST} at once is the most, since each "
                "change is recorded by itself. Split it. Nothing was changed."
            )
        if found.added or found.changed:
            digest = hashlib.sha256(act.content).hexdigest()
            try:
                await self._intake.import_all(
                    found, by, {"file_sha256": digest, "unchanged": found.unchanged}
                )
            except AlreadyThere:
                raise ActRefused(
                    "Customers were changed by somebody else at the same moment. Nothing was changed; try again."
                ) from None
        return acts.CustomersImported(
            added=len(found.added), changed=len(found.changed), unchanged=found.unchanged
        )

    async def show_all(self, act: acts.ListCustomers, by: Actor) -> acts.CustomerList:
        await self._ground.register.look(
            EventName.OPERATOR_CUSTOMERS_LISTED, by, {"further": act.after != ""}
        )
        page = await self._ground.stores.customer_roll.page(act.after)
        lines = [
            acts.CustomerLine(id=customer.id, reference=customer.reference, label=customer.label)
            for customer in page
        ]
        return acts.CustomerList(customers=lines, more=len(page) == LISTED_AT_MOST)

    async def enrol(self, act: acts.EnrolCustomer, by: Actor) -> acts.LinkGiven:
        links = self._ground.links()
        customer = await self._customer(act.reference)
        if await self._ground.stores.authenticators.of_owner(customer.id) is not None:
            raise _enrolled_already(customer)
        subject = Subject(SubjectKind.CUSTOMER, customer.id)
        try:
            link = await links.issue(subject, by=by, now=self._ground.clock.now_ms(), first=True)
        except EnrolledAlready:
            raise _enrolled_already(customer) from None
        return acts.LinkGiven(to=customer.reference, url=link.url, expires_at_ms=link.expires_at_ms)

    async def request_reset(self, act: acts.ResetCustomer, by: Actor) -> acts.ResetAsked:
        """A lost authenticator: two people vouch, and then it waits."""
        customer = await self._customer(act.reference)
        ground = self._ground
        asked = await ground.factor_requests().ask_for(customer, Kind.LOST, by)
        able = await ground.stores.staff_roll.able_to_sign_in(VOUCHERS, ground.clock.now_ms())
        return acts.ResetAsked(
            reset=asked.id, to=customer.reference, expires_at_ms=asked.ends_at_ms, approvers=len(able)
        )

    async def _customer(self, named: str) -> Customer:
        customer = await self._ground.stores.customer_roll.of_reference(named)
        if customer is None:
            raise ActRefused("There is no customer with this reference. Nothing was changed.")
        if customer.merged_into is not None:
            raise ActRefused(record_merged().detail)
        return customer


def _known_otherwise(given: GivenCustomer) -> BadRow:
    return BadRow(
        given.line, "This customer is known with other details. Check them, then import with --update."
    )


def _refused(rows: list[BadRow]) -> acts.CustomersImported:
    told = [acts.BadLine(line=row.line, sentence=row.sentence) for row in rows[:TOLD_AT_MOST]]
    return acts.CustomersImported(added=0, changed=0, unchanged=0, bad=told, bad_in_all=len(rows))


def _enrolled_already(customer: Customer) -> ActRefused:
    return ActRefused(
        f"{customer.reference} has an authenticator, and a new one needs two officers: "
        f"`tachiai customer reset {customer.reference}`. Nothing was changed."
    )
