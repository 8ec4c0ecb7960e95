"""What other systems of the organisation tell us and ask for: customers, cases, links to enrol by."""

from audit.event import Actor
from server.enrolments import EnrolledAlready, Enrolments, IssuedLink
from server.intake import Intake
from server.problems import Problem, not_found, record_merged
from server.storage.stores import Stores
from session.ports import Clock
from support.case import Case
from support.customer import Customer
from support.identity import StaffId
from support.intake import (
    LONGEST_CASE_REFERENCE,
    LONGEST_REASON,
    extra_name,
    field_kind,
    plain_text,
    record,
    reference,
)
from verification.enrolment import Subject, SubjectKind


class OtherSystems:
    """Raises IntakeRefused and Different (what was sent cannot be taken), LogUnavailable, StoreUnavailable."""

    def __init__(self, stores: Stores, intake: Intake, enrolments: Enrolments, clock: Clock) -> None:
        self._stores, self._intake, self._enrolments, self._clock = stores, intake, enrolments, clock

    async def add_customer(
        self, named: str, name: str, email: str, phone: str, extra: list[tuple[str, str, str]], by: Actor
    ) -> tuple[Customer, bool]:
        """The customer, and whether there was none before."""
        more = [(extra_name(field), field_kind(kind), value) for field, kind, value in extra]
        if len({field for field, _, _ in more}) != len(more):
            raise Problem(422, "does_not_fit", "A field is named twice. Nothing was changed.")
        return await self._intake.add_customer(reference(named), record(name, email, phone, more), by)

    async def open_case(
        self, named: str, customer: str, reason: str, agent: str, by: Actor
    ) -> tuple[Case, bool]:
        """A case that is live at once, and whether there was none before."""
        checked = reference(named, longest=LONGEST_CASE_REFERENCE)
        cleaned = plain_text(reason, what="reason", longest=LONGEST_REASON)
        found = await self._stores.customer_roll.current(customer)
        if found is None:
            raise not_found()
        return await self._intake.open_case(checked, found.id, cleaned, await self._agent(agent), by)

    async def enrolment(self, customer: str, by: Actor) -> IssuedLink:
        """For a customer without an authenticator. Their former links that were not used are void."""
        found = await self._customer(customer)
        if await self._stores.authenticators.of_owner(found.id) is not None:
            raise _enrolled_already()
        subject = Subject(SubjectKind.CUSTOMER, found.id)
        try:
            return await self._enrolments.issue(subject, by=by, now=self._clock.now_ms(), first=True)
        except EnrolledAlready:
            raise _enrolled_already() from None

    async def replacement(self, customer: str, by: Actor) -> IssuedLink:
        """Of the demo alone, where no two officers are at hand: what is set up replaces what this customer had."""
        found = await self._customer(customer)
        subject = Subject(SubjectKind.CUSTOMER, found.id)
        return await self._enrolments.issue(subject, by=by, now=self._clock.now_ms())

    async def _customer(self, named: str) -> Customer:
        """To give them something: not for a record that another one stands for."""
        found = await self._stores.customer_roll.of_reference(named)
        if found is None:
            raise not_found()
        if found.merged_into is not None:
            raise record_merged()
        return found

    async def _agent(self, username: str) -> StaffId | None:
        if not username:
            return None
        staff = await self._stores.staff.find_by_username(username)
        if staff is None or not staff.helps_customers:
            raise Problem(422, "does_not_fit", "The agent is no agent's username. Nothing was changed.")
        return staff.id


def _enrolled_already() -> Problem:
    return Problem(
        409,
        "enrolled_already",
        "This customer has an authenticator. Nothing was changed. For a new one two security officers decide: "
        "the operator asks them with `tachiai customer reset`.",
    )
