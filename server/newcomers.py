"""Whose enrolment link it is: a member of staff or a customer, as the rows say now."""

from dataclasses import dataclass

from audit.event import Actor, ActorKind
from support.identity import CustomerId, StaffId
from support.masking import FieldKind, masked
from support.ports import CustomerStore, StaffStore
from support.staff import Staff
from verification.enrolment import Subject, SubjectKind
from verification.guesses import accounts_of


@dataclass(frozen=True, slots=True)
class Newcomer:
    """`account` is what an authenticator app writes beside the organisation's name. A customer's is masked: whoever
    holds the link has proved nothing yet. `staff` is None for customers."""

    actor: Actor
    account: str
    staff: Staff | None
    code_accounts: tuple[str, ...]  # where wrong codes of their former authenticator were counted

    def blocked(self, now_ms: int) -> bool:
        return self.staff is not None and self.staff.blocked(now_ms)


class Newcomers:
    def __init__(self, staff: StaffStore, customers: CustomerStore) -> None:
        self._staff, self._customers = staff, customers

    async def find(self, subject: Subject) -> Newcomer | None:
        """None where there is nobody of this id. Raises StoreUnavailable."""
        if subject.kind is SubjectKind.CUSTOMER:
            customer = await self._customers.find(CustomerId(subject.id))
            if customer is None:
                return None
            label = masked(FieldKind.ACCOUNT, customer.reference)
            return Newcomer(Actor(ActorKind.CUSTOMER, customer.id), label, None, accounts_of(customer.id))
        staff = await self._staff.find(StaffId(subject.id))
        if staff is None:
            return None
        kind = ActorKind.AGENT if staff.helps_customers else ActorKind.OFFICER
        return Newcomer(Actor(kind, staff.id), staff.username, staff, (f"code/{staff.id}",))
