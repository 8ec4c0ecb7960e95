"""What the desk asks of storage. Every method raises StoreUnavailable if the database does not answer in 2 s."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from support.case import Case
from support.customer import Customer
from support.identity import CaseId, CustomerId, StaffId
from support.staff import Staff


class StoreUnavailable(Exception):
    """The database cannot be asked now: nothing opens."""


class CaseStore(Protocol):
    async def find(self, case: CaseId) -> Case | None: ...

    async def of_agent(self, agent: StaffId) -> list[Case]:
        """All cases assigned to this agent, the latest activity first; 500 at most."""
        ...

    async def add(self, case: Case) -> None:
        """Committed on return."""
        ...

    async def record_activity(self, case: CaseId, now_ms: int) -> None:
        """The customer or a session was active. Never goes back in time. Committed on return."""
        ...

    async def confirm(self, case: CaseId, now_ms: int) -> None:
        """A provisional case is so no more, and this one was active, as by `record_activity`. Committed on return."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """The cases asked for that exist, until when (UTC ms, exclusive) who is blocked, and by which demand who must prove
    again who they are."""

    cases: Mapping[CaseId, Case]
    blocked: Mapping[StaffId, int]
    must_prove: Mapping[StaffId, str] = field(default_factory=dict)


class DeskWatch(Protocol):
    async def look(self, followed: frozenset[CaseId]) -> Seen:
        """One consistent view, however many cases are asked for. Stands behind no other reader or writer."""
        ...


class CustomerStore(Protocol):
    async def find(self, customer: CustomerId) -> Customer | None: ...

    async def find_all(self, customers: frozenset[CustomerId]) -> dict[CustomerId, Customer]:
        """Those that exist, in one question."""
        ...

    async def add(self, customer: Customer) -> None:
        """Committed on return."""
        ...


class StaffStore(Protocol):
    async def find(self, staff: StaffId) -> Staff | None: ...

    async def find_all(self, staff: frozenset[StaffId]) -> dict[StaffId, Staff]: ...

    async def add(self, staff: Staff, password_hash: str) -> None:
        """Committed on return. Usernames are unique, in small letters."""
        ...

    async def block(self, staff: StaffId, until_ms: int | None, *, or_longer: bool = False) -> None:
        """Blocked until then (exclusive); None lifts it. Committed on return.

        `or_longer`: a block that lasts longer already stays as it is.
        """
        ...
